package match

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// TestBounds searches texts of every length that end where the memory of the
// process ends, so that reading beyond them would be fatal.
func TestBounds(t *testing.T) {
	page := syscall.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mem)
	if err := syscall.Mprotect(mem[page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	terms := []Term{{"机密", 1, Default | Noise}, {"机", 2, Plain}, {"1密", 3, Digits}, {"a-机", 4, Plain}, {"abc", 5, Case}}
	m := mustNew(t, terms)
	whole := strings.Repeat("这是机密·①密abcA-b*C，这是機*密é🌟文件a-机", 7)
	for n := range whole {
		for _, text := range []string{whole[:n], whole[len(whole)-n:]} {
			at := page - len(text)
			copy(mem[at:page], text)
			edge := unsafe.String(unsafe.SliceData(mem[at:]), len(text))
			want := reference.find(terms, text)
			if got := m.Append(nil, edge); !slices.Equal(got, want) {
				t.Fatalf("%q: got %v, want %v", text, got, want)
			}
			for l := range levels(m) {
				if got := m.Append(nil, edge); !slices.Equal(got, want) {
					t.Fatalf("level %d, %q: got %v, want %v", l, text, got, want)
				}
			}
		}
	}
}
