// Package lang picks between the Chinese and the English wording of what
// people read: help, messages, reports. It does not translate: both wordings
// stand side by side where they are used.
package lang

import "strings"

// Lang is a language of messages.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// Parse reads "zh", "en" or a locale such as "zh_CN.UTF-8". Other values give
// ok == false.
func Parse(s string) (l Lang, ok bool) {
	s = strings.ToLower(s)
	switch {
	case s == "zh" || strings.HasPrefix(s, "zh_") || strings.HasPrefix(s, "zh-"):
		return Chinese, true
	case s == "en" || strings.HasPrefix(s, "en_") || strings.HasPrefix(s, "en-"):
		return English, true
	}
	return "", false
}

// FromEnv follows POSIX: LC_ALL, then LC_MESSAGES, then LANG. A Chinese locale
// gives Chinese, everything else English.
func FromEnv(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if l, ok := Parse(v); ok {
				return l
			}
			return English
		}
	}
	return English
}

// Pick returns zh for Chinese and en otherwise.
func (l Lang) Pick(zh, en string) string {
	if l == Chinese {
		return zh
	}
	return en
}
