// Package robots reads robots.txt (RFC 9309, with the tolerance of Google's
// open-source parser) and answers whether a URL may be fetched.
//
// It neither fetches nor remembers: robots.txt is a task of the frontier like
// any other, so that it counts for politeness and is asked for once. It does
// not decide what a site's owner may override; the per-site policy does.
package robots

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// MaxSize is how much of a robots.txt is read, in bytes (RFC 9309, 2.5).
const MaxSize = 500 << 10

// maxLine is where Google cuts a line: 8 times the longest URL of a browser,
// less one byte for the end of a C string.
const maxLine = 2083*8 - 1

// maxDelay keeps an absurd crawl-delay from overflowing a duration. What is
// reasonable is for the caller to say.
const maxDelay = 24 * time.Hour

// A File is a parsed robots.txt. It is immutable.
type File struct {
	// Sitemaps are the values of Sitemap lines in order, not resolved.
	Sitemaps []string
	// Truncated: longer than MaxSize, and the rest was not read.
	Truncated bool

	// Rules follow the RFC: only allow and disallow end a run of user-agent
	// lines. A crawl-delay, which the RFC does not know, means the agents
	// right above it, so it is kept apart.
	rules  []ruleGroup
	delays []delayGroup
}

type ruleGroup struct {
	agents []string // product tokens in lower case; "*" is everybody
	rules  []rule
}

type delayGroup struct {
	agents []string
	delay  time.Duration
	given  bool
}

// Parse never fails: lines that make no sense are passed over, as the RFC asks.
func Parse(body []byte) *File {
	b := builder{file: &File{}}
	if len(body) > MaxSize {
		b.file.Truncated = true
		body = body[:MaxSize]
		// Half a line may say the opposite of the whole one.
		body = body[:max(0, bytes.LastIndexAny(body, "\r\n"))]
	}
	body = fromUTF16(body)
	for i := 0; i < 3 && len(body) > 0 && body[0] == "\xef\xbb\xbf"[i]; i++ {
		body = body[1:] // a byte order mark, or what is left of one
	}
	for len(body) > 0 {
		line := body
		if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
			line, body = body[:i], body[i+1:]
		} else {
			body = nil
		}
		if key, value, ok := splitLine(string(line[:min(len(line), maxLine)])); ok {
			b.line(key, value)
		}
	}
	return b.file
}

// fromUTF16 turns a file with a UTF-16 byte order mark into UTF-8.
func fromUTF16(b []byte) []byte {
	if len(b) < 2 {
		return b
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "\xff\xfe":
		order = binary.LittleEndian
	case "\xfe\xff":
		order = binary.BigEndian
	default:
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

func splitLine(line string) (key, value string, ok bool) {
	if i := strings.IndexAny(line, "#\x00"); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimSpace(line)
	key, value, ok = strings.Cut(line, ":")
	if !ok {
		// "Disallow /x": a forgotten colon, as long as there are just two words.
		fields := strings.Fields(line)
		if len(fields) != 2 {
			return "", "", false
		}
		key, value = fields[0], fields[1]
	}
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), true
}

type builder struct {
	file      *File
	ruleOpen  bool // the next user-agent line joins the current rule group
	delayOpen bool // the same for the current delay group
}

// line takes keys that begin as they should, and the usual misspellings.
func (b *builder) line(key, value string) {
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(key, name) })
	}
	switch {
	case is("user-agent", "useragent", "user agent"):
		b.agent(value)
	case is("allow"):
		b.rule(value, true)
	case is("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"):
		b.rule(value, false)
	case is("sitemap", "site-map"):
		if value != "" {
			b.file.Sitemaps = append(b.file.Sitemaps, value)
		}
	case is("crawl-delay", "crawldelay"):
		b.delay(value)
	}
}

func (b *builder) agent(value string) {
	name := ProductToken(value)
	if value == "*" || strings.HasPrefix(value, "* ") || strings.HasPrefix(value, "*\t") {
		name = "*"
	}
	f := b.file
	if !b.ruleOpen {
		f.rules = append(f.rules, ruleGroup{})
		b.ruleOpen = true
	}
	if !b.delayOpen {
		f.delays = append(f.delays, delayGroup{})
		b.delayOpen = true
	}
	r, d := &f.rules[len(f.rules)-1], &f.delays[len(f.delays)-1]
	r.agents = append(r.agents, name)
	d.agents = append(d.agents, name)
}

func (b *builder) rule(value string, allow bool) {
	b.ruleOpen, b.delayOpen = false, false
	if n := len(b.file.rules); n > 0 { // before any user-agent line it is nobody's
		g := &b.file.rules[n-1]
		g.rules = appendRule(g.rules, value, allow)
	}
}

func (b *builder) delay(value string) {
	b.delayOpen = false
	n := len(b.file.delays)
	seconds, err := strconv.ParseFloat(value, 64)
	if n == 0 || err != nil || !(seconds >= 0) { // also NaN
		return
	}
	g := &b.file.delays[n-1]
	g.given = true
	g.delay = maxDelay
	if seconds < maxDelay.Seconds() {
		g.delay = time.Duration(seconds * float64(time.Second))
	}
}

// ProductToken is the part of a user-agent string by which robots.txt knows a
// crawler: its leading letters, hyphens and underscores, in lower case.
func ProductToken(userAgent string) string {
	i := 0
	for i < len(userAgent) && isToken(userAgent[i]) {
		i++
	}
	return strings.ToLower(userAgent[:i])
}

func isToken(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '_'
}

// A Group is what a File says to one crawler: the rules of every group that
// names it, or of those for everybody. It is immutable; nil allows all.
type Group struct {
	rules []rule // the one that decides comes first
	delay time.Duration
	timed bool
}

// Agent returns the group for a product token (see ProductToken); case does
// not matter.
func (f *File) Agent(product string) *Group {
	g := &Group{}
	product = strings.ToLower(product)
	for _, name := range []string{product, "*"} {
		found := false
		for _, rg := range f.rules {
			if name != "" && slices.Contains(rg.agents, name) {
				found = true
				g.rules = append(g.rules, rg.rules...)
			}
		}
		if found {
			break
		}
	}
	for _, name := range []string{product, "*"} {
		for _, dg := range f.delays {
			if dg.given && !g.timed && name != "" && slices.Contains(dg.agents, name) {
				g.delay, g.timed = dg.delay, true
			}
		}
	}
	sortRules(g.rules)
	return g
}

// Delay returns the crawl-delay, if one was given. A crawler named without a
// delay of its own goes by the delay for everybody: that is the polite reading.
func (g *Group) Delay() (time.Duration, bool) {
	if g == nil {
		return 0, false
	}
	return g.delay, g.timed
}
