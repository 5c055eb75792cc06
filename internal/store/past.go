package store

import (
	"encoding/json"
	"fmt"
	"time"

	"prescreen/crawler"
)

// pastRow is what the column past of the history holds of a crawler.Past as
// JSON; the rest has columns of its own. It is read and written for every page
// of every night, so it is small.
type pastRow struct {
	Status      int      `json:"status,omitempty"`
	ETag        string   `json:"etag,omitempty"`
	Modified    string   `json:"modified,omitempty"`
	Hash        []byte   `json:"hash,omitempty"`
	Fetched     int64    `json:"fetched,omitempty"` // unix nanoseconds
	Interval    int64    `json:"interval,omitempty"`
	Referrer    string   `json:"referrer,omitempty"`
	Via         string   `json:"via,omitempty"`
	Attachments []string `json:"attachments,omitempty"`
}

func encodePast(p *crawler.Past) (string, error) {
	row := pastRow{
		Status: p.Status, ETag: p.Validators.ETag, Modified: p.Validators.LastModified, Fetched: nanos(p.Fetched), Interval: int64(p.Interval),
		Referrer: p.Referrer, Via: p.Via, Attachments: p.Attachments,
	}
	if p.Hash != (crawler.Past{}).Hash {
		row.Hash = p.Hash[:]
	}
	data, err := json.Marshal(row)
	return text(string(data)), err
}

// decodePast fills p, whose columns have been read, from the column past.
func decodePast(data string, p *crawler.Past) error {
	if whole(p) {
		return json.Unmarshal([]byte(data), p)
	}
	var row pastRow
	if err := json.Unmarshal([]byte(data), &row); err != nil {
		return err
	}
	if len(row.Hash) != 0 && len(row.Hash) != len(p.Hash) {
		return fmt.Errorf("a hash of %d bytes", len(row.Hash))
	}
	copy(p.Hash[:], row.Hash)
	p.Status, p.Validators = row.Status, crawler.Validators{ETag: row.ETag, LastModified: row.Modified}
	p.Fetched, p.Interval = fromNanos(row.Fetched).UTC(), time.Duration(row.Interval)
	p.Referrer, p.Via, p.Attachments = row.Referrer, row.Via, row.Attachments
	return nil
}

// whole reports a row from before the columns: past is all of a crawler.Past.
func whole(p *crawler.Past) bool { return p.Class == "" }
