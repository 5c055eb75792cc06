package disk_test

import (
	"testing"
	"time"

	"prescreen/crawler"
	"prescreen/crawler/crawlertest"
	"prescreen/crawler/disk"
)

type backend struct {
	*crawlertest.Clock
	dir string
}

func (b *backend) Open(t *testing.T, p crawler.Policies, ttl time.Duration) crawler.Frontier {
	t.Helper()
	f, err := disk.Open(b.dir, disk.Options{Policies: p, LeaseTTL: ttl, Clock: b.Now, MinFree: -1, SyncEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *backend) Crash(t *testing.T, f crawler.Frontier) {
	t.Helper()
	disk.Crash(f.(*disk.Frontier))
}

func TestFrontier(t *testing.T) {
	crawlertest.TestFrontier(t, func(t *testing.T) crawlertest.Backend {
		return &backend{crawlertest.NewClock(), t.TempDir()}
	})
}
