package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"prescreen/internal/pgtest"
)

// database is an empty database of one kind for one test; open may be called
// several times, as by several processes.
type database struct {
	dialect dialect
	where   string
	server  *pgtest.Server // of PostgreSQL
}

func (d database) open(t testing.TB, opt Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), d.where, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// promises are what both databases must keep.
var promises = []struct {
	name string
	test func(*testing.T, database)
}{
	{"run life", testRunLife},
	{"records", testRecords},
	{"history", testHistory},
	{"kinds of history", testPastKinds},
	{"published", testPublished},
	{"texts", testTexts},
	{"concurrent writers", testConcurrentWriters},
	{"accounts", testAccounts},
	{"sweep", testSweep},
	{"checks", testChecks},
	{"latest audit", testLatestAudit},
	{"case life", testCaseLife},
	{"unread pages", testUnread},
	{"dismissal", testDismissal},
	{"dismissal of alike", testDismissedAlike},
	{"secrecy clock", testSecrecyClock},
	{"change", testChange},
	{"paging", testPaging},
	{"filter", testFilter},
	{"differences", testDiff},
	{"audit log", testAudit},
	{"prune", testPrune},
	{"baseline", testAccept},
	{"kill", testKill},
	{"newer", testNewer},
	{"many open", testManyOpen},
}

// TestConformance keeps every promise on both databases.
func TestConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		for _, p := range promises {
			t.Run(p.name, func(t *testing.T) {
				p.test(t, database{where: filepath.Join(t.TempDir(), "a folder", "p?re#100%.db")})
			})
		}
	})
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.Start(t)
		for i, p := range promises {
			t.Run(p.name, func(t *testing.T) {
				p.test(t, database{postgres, server.URL(t, fmt.Sprintf("db%d", i)), server})
			})
		}
	})
}
