package evidence

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"prescreen/crawler"
)

// record is one WARC/1.1 record (ISO 28500). The block is head and body.
type record struct {
	kind   string // warcinfo, response, metadata, resource
	fields [][2]string
	head   []byte
	body   crawler.Body // nil: none
}

// writeTo writes a record; payload digests are the caller's fields.
func (r *record) writeTo(w io.Writer, date time.Time) (id string, err error) {
	id = newID()
	size := int64(len(r.head))
	digest := sha256.New()
	digest.Write(r.head)
	if r.body != nil {
		size += r.body.Size()
		if _, err := io.Copy(digest, io.NewSectionReader(r.body, 0, r.body.Size())); err != nil {
			return "", err
		}
	}
	var h bytes.Buffer
	fmt.Fprintf(&h, "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: %s\r\nWARC-Date: %s\r\n", r.kind, id, date.UTC().Format("2006-01-02T15:04:05.000000Z"))
	for _, f := range r.fields {
		if f[1] != "" {
			fmt.Fprintf(&h, "%s: %s\r\n", f[0], oneLine(f[1]))
		}
	}
	fmt.Fprintf(&h, "WARC-Block-Digest: %s\r\nContent-Length: %d\r\n\r\n", digestText(digest.Sum(nil)), size)
	h.Write(r.head)
	if _, err := w.Write(h.Bytes()); err != nil {
		return "", err
	}
	if r.body != nil {
		if _, err := io.Copy(w, io.NewSectionReader(r.body, 0, r.body.Size())); err != nil {
			return "", err
		}
	}
	_, err = io.WriteString(w, "\r\n\r\n")
	return id, err
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func digestText(sum []byte) string {
	return "sha256:" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
}

// newID is a random UUID (RFC 9562, version 4) as a URN.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("<urn:uuid:%x-%x-%x-%x-%x>", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// responseRecord is the page as a response record. The body is the decoded
// one: what the codings were is told under another name, as archives do.
func responseRecord(p *crawler.Page) *record {
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", p.Status, http.StatusText(p.Status))
	size := int64(0)
	if p.Body != nil {
		size = p.Body.Size()
	}
	for _, name := range slices.Sorted(maps.Keys(p.Header)) {
		as := name
		switch name {
		case "Content-Encoding", "Transfer-Encoding", "Content-Length":
			as = "X-Archive-Orig-" + name
		}
		for _, v := range p.Header[name] {
			fmt.Fprintf(&head, "%s: %s\r\n", as, oneLine(v))
		}
	}
	fmt.Fprintf(&head, "Content-Length: %d\r\n\r\n", size)
	host, _, err := net.SplitHostPort(p.RemoteAddr)
	if err != nil {
		host = ""
	}
	return &record{
		kind: "response",
		fields: [][2]string{
			{"WARC-Target-URI", p.Task.URL},
			{"WARC-IP-Address", host},
			{"WARC-Payload-Digest", digestText(p.Hash[:])},
			{"WARC-Truncated", truncated(p.Truncated)},
			{"Content-Type", "application/http;msgtype=response"},
		},
		head: head.Bytes(),
		body: p.Body,
	}
}

// truncated gives the standard's token for why a body is not whole.
func truncated(why string) string {
	switch {
	case why == "":
		return ""
	case strings.HasPrefix(why, crawler.TruncatedSize), strings.HasPrefix(why, crawler.TruncatedRatio):
		return "length"
	case strings.HasPrefix(why, crawler.TruncatedIdle):
		return "time"
	case strings.HasPrefix(why, crawler.TruncatedNetwork):
		return "disconnect"
	}
	return "unspecified"
}
