// Package sitemap reads the lists of URLs that sites publish for crawlers:
// XML sitemaps and sitemap indexes (sitemaps.org), text sitemaps, RSS and Atom
// feeds, each of them plain or gzipped.
//
// It streams, keeps to limits, and yields what a damaged file holds up to the
// damage and beyond it where that is safe. It fetches nothing, resolves no
// relative URLs and decides nothing about scope.
package sitemap

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Errors of Parse. All entries before the error have been handed over.
var (
	// ErrFormat: neither a sitemap nor a feed, often an HTML error page.
	ErrFormat = errors.New("neither a sitemap nor a feed")
	// ErrDamaged: cut off or broken; there may have been more entries.
	ErrDamaged = errors.New("damaged")
	// ErrLimit: larger than Limits allow; there are more entries.
	ErrLimit = errors.New("over the limit")
)

// The limits of the sitemaps.org protocol.
const (
	DefaultMaxEntries = 50000
	DefaultMaxBytes   = 50 << 20
)

// Limits of one file; zero fields are the protocol's.
type Limits struct {
	MaxEntries int
	MaxBytes   int64 // after decompression
}

// Kind says what an entry points at.
type Kind string

// The kinds of entry.
const (
	Page    Kind = "page"
	Sitemap Kind = "sitemap" // another list: from an index, or a feed's next page
	Asset   Kind = "asset"   // an image, video or enclosure
)

// Entry is one URL of a list.
type Entry struct {
	Loc     string // trimmed and unescaped, otherwise as written: may be relative
	Kind    Kind
	LastMod time.Time // zero where absent or unreadable
}

// Format is what a file turned out to be.
type Format string

// The formats.
const (
	FormatURLSet Format = "urlset"
	FormatIndex  Format = "sitemapindex"
	FormatText   Format = "text"
	FormatRSS    Format = "rss"
	FormatAtom   Format = "atom"
)

// Stats says what was read.
type Stats struct {
	Format  Format
	Entries int
	Bytes   int64 // after decompression
}

// Parse reads one list and calls yield for each entry, in order. An error of
// yield ends it and is returned as it is.
func Parse(r io.Reader, limits Limits, yield func(Entry) error) (Stats, error) {
	if limits.MaxEntries <= 0 {
		limits.MaxEntries = DefaultMaxEntries
	}
	if limits.MaxBytes <= 0 {
		limits.MaxBytes = DefaultMaxBytes
	}
	p := &parser{limits: limits, yield: yield}
	err := p.run(r)
	if p.in != nil {
		p.stats.Bytes = p.in.n
	}
	return p.stats, err
}

type parser struct {
	limits Limits
	yield  func(Entry) error
	stats  Stats
	in     *counter
}

// counter counts what passes and stops at the limit.
type counter struct {
	r      io.Reader
	n, max int64
	over   error // sticky: bufio may ask again after an error
}

func (c *counter) Read(b []byte) (int, error) {
	if c.over != nil {
		return 0, c.over
	}
	if c.n >= c.max {
		// One byte more tells a file that just fits from one that does not.
		var one [1]byte
		n, err := c.r.Read(one[:])
		if n > 0 {
			c.over = fmt.Errorf("%w: %d bytes", ErrLimit, c.max)
			return 0, c.over
		}
		return 0, err
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.max-c.n)])
	c.n += int64(n)
	return n, err
}

func (p *parser) run(r io.Reader) error {
	br := bufio.NewReader(r)
	for range 2 { // some servers compress what is compressed
		if magic, _ := br.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
			break
		}
		zr, err := gzip.NewReader(br)
		if err != nil {
			return fmt.Errorf("read sitemap: %v: %w", err, ErrDamaged)
		}
		br = bufio.NewReader(zr)
	}
	p.in = &counter{r: br, max: p.limits.MaxBytes}
	in := bufio.NewReaderSize(decodeBOM(bufio.NewReader(p.in)), 32<<10)
	first, err := skipSpace(in)
	if err != nil {
		if err == io.EOF {
			return fmt.Errorf("empty file: %w", ErrFormat)
		}
		return damaged(err)
	}
	if first == '<' {
		return p.xml(in)
	}
	return p.text(in)
}

// decodeBOM strips a byte order mark and turns UTF-16 into UTF-8.
func decodeBOM(br *bufio.Reader) io.Reader {
	head, _ := br.Peek(2)
	if bytes.Equal(head, []byte{0xff, 0xfe}) || bytes.Equal(head, []byte{0xfe, 0xff}) {
		return transform.NewReader(br, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	}
	if head, _ = br.Peek(3); string(head) == "\xef\xbb\xbf" {
		_, _ = br.Discard(3)
	}
	return br
}

// skipSpace returns the first byte that is no white space, unread.
func skipSpace(in *bufio.Reader) (byte, error) {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c > ' ' {
			return c, in.UnreadByte()
		}
	}
}

// damaged classifies an error of the input.
func damaged(err error) error {
	if errors.Is(err, ErrLimit) {
		return err
	}
	return fmt.Errorf("read sitemap: %v: %w", err, ErrDamaged)
}

// maxLoc is longer than any URL worth following.
const maxLoc = 64 << 10

// text reads one URL a line.
func (p *parser) text(in *bufio.Reader) error {
	bad := 0
	for {
		line, err := readLine(in)
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isURL(line):
			p.stats.Format = FormatText
			if err := p.emit(Entry{Loc: line, Kind: Page}); err != nil {
				return err
			}
		default:
			if bad++; p.stats.Entries == 0 && bad >= 10 {
				return fmt.Errorf("ten lines and no URL among them: %w", ErrFormat)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return damaged(err)
		}
	}
	if p.stats.Entries == 0 {
		return fmt.Errorf("no line is a URL: %w", ErrFormat)
	}
	if bad > 0 {
		return fmt.Errorf("%d lines are no URLs: %w", bad, ErrDamaged)
	}
	return nil
}

func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// readLine returns a line without its end; what is beyond maxLoc is dropped.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line) < maxLoc {
			line = append(line, part...)
		}
		if err == nil || err != bufio.ErrBufferFull {
			return toUTF8(line, false), err
		}
	}
}

// toUTF8 reads what is not UTF-8, or is declared not to be, as GB18030, the
// other encoding of Chinese sites. It decides nothing but the spelling of a
// URL that is not plain ASCII.
func toUTF8(b []byte, gb bool) string {
	if !gb && utf8.Valid(b) {
		return string(b)
	}
	if s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
		return string(s)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func (p *parser) emit(e Entry) error {
	if e.Loc == "" {
		return nil
	}
	if p.stats.Entries >= p.limits.MaxEntries {
		return fmt.Errorf("%w: %d entries", ErrLimit, p.limits.MaxEntries)
	}
	p.stats.Entries++
	return p.yield(e)
}

// timeLayouts are those of the W3C note, RSS, and what is seen instead.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01",
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04 -0700",
	"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006",
	"Mon, 2 Jan 06 15:04:05 -0700", "Mon, 2 Jan 06 15:04:05 MST", "2 Jan 06 15:04:05 -0700", "2 Jan 06 15:04:05 MST",
	"2 Jan 06 15:04:05", time.RFC822Z, time.RFC822,
	"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-1-2", "2006/01/02 15:04:05", "2006/01/02", "2006/1/2", "2006年1月2日", "2006",
}

func parseTime(s string) time.Time {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
