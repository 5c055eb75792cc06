package crawler

import (
	"strconv"
	"strings"
	"time"
)

// trapCost tells how much a URL looks like one of endlessly many: 0 not at
// all, from TrapCost on so much that it counts against Budget.Traps. Such
// URLs are fetched after all others, never dropped.
func trapCost(url string, now time.Time) int {
	p := pathOf(url)
	p, query, _ := strings.Cut(p, "?")
	cost := max(segmentCost(p), queryCost(query, now))
	if len(url) > 1000 {
		cost = max(cost, 2)
	}
	return cost
}

// segmentCost finds paths that repeat themselves (/a/b/a/b/a/b), as relative
// links on error pages make them, and very deep ones.
func segmentCost(p string) int {
	depth := strings.Count(p, "/")
	switch {
	case depth > 25:
		return TrapCost
	case depth > 15:
		return 2
	case depth < 4:
		return 0
	}
	segments := strings.Split(strings.Trim(p, "/"), "/")
	worst := 0
	for i, s := range segments {
		if s == "" || isNumber(s) {
			continue
		}
		n := 1
		for _, other := range segments[i+1:] {
			if other == s {
				n++
			}
		}
		worst = max(worst, n)
	}
	switch {
	case worst >= 3:
		return TrapCost
	case worst == 2 && depth > 8:
		return 1
	}
	return 0
}

// queryCost finds calendars, paging far out, and piled-up parameters.
func queryCost(query string, now time.Time) int {
	if query == "" {
		return 0
	}
	params := strings.Split(query, "&")
	cost := 0
	switch n := len(params); {
	case n > 20:
		cost = TrapCost
	case n > 10:
		cost = 2
	}
	for i, param := range params {
		name, value, _ := strings.Cut(param, "=")
		for _, earlier := range params[:i] {
			if strings.HasPrefix(earlier, name+"=") {
				cost = max(cost, 1) // the same parameter again, as filters that pile up do
			}
		}
		switch name = strings.ToLower(name); {
		case strings.Contains(name, "page") || name == "p" || name == "pn":
			if n, err := strconv.Atoi(value); err == nil && n > 1000 {
				cost = max(cost, 2)
			}
		case isDateParam(name):
			cost = max(cost, dateCost(value, now))
		}
	}
	return cost
}

func isDateParam(name string) bool {
	switch name {
	case "ym", "ymd", "rq", "nian", "yue", "y", "m":
		return true
	}
	for _, s := range []string{"date", "year", "month", "day"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// dateCost is that of a page of a calendar: a likely trap when its year is one
// in which nothing was or will be published soon.
func dateCost(value string, now time.Time) int {
	digits := strings.NewReplacer("-", "", "/", "", ".", "", "%2F", "").Replace(value)
	if n := len(digits); n != 4 && n != 6 && n != 8 && len(digits) == len(value) || n < 4 || !isNumber(digits) || !isNumber(value[:4]) {
		return 1 // no year to judge by
	}
	year, err := strconv.Atoi(value[:4])
	if err != nil || year < 1990 || year > now.Year()+1 {
		return TrapCost
	}
	return 1
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// shapeOf is a URL with every number replaced by 0 and without the values of
// its query: pages of one list share it.
func shapeOf(url string) string {
	b := make([]byte, 0, len(url))
	inQuery, inValue := false, false
	for i := range len(url) {
		ch := url[i]
		switch {
		case ch == '?':
			inQuery = true
		case inQuery && ch == '=':
			inValue = true
			b = append(b, ch)
			continue
		case inQuery && ch == '&':
			inValue = false
		}
		if inValue {
			continue
		}
		if ch >= '0' && ch <= '9' {
			if len(b) > 0 && b[len(b)-1] == '0' {
				continue
			}
			ch = '0'
		}
		b = append(b, ch)
	}
	return string(b)
}
