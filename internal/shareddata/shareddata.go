// Package shareddata finds the measurement data that lives beside the
// repository and is never part of it. Tests and benchmarks that need it skip
// with a clear line where it is absent.
package shareddata

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the variable that overrides the default place, ../shared/data
// beside the repository.
const Env = "PRESCREEN_SHARED_DATA"

// Path returns the path of a file or folder of the measurement data, and
// skips the test where it is absent.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	p := filepath.Join(append([]string{Root()}, elem...)...)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("measurement data %q is not here (set %s to its folder)", p, Env)
	}
	return p
}

// Root returns the folder, whether it is there or not.
func Root() string {
	if dir := os.Getenv(Env); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "shared/data"
	}
	for {
		// The nested benchmark module has a go.mod of its own: keep climbing
		// until the folder that holds ../shared/data.
		if p := filepath.Join(dir, "..", "shared", "data"); exists(p) {
			return p
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return filepath.Join("..", "shared", "data")
		}
		dir = parent
	}
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}
