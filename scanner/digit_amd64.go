package scanner

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// digitWide is how many bytes one step of digitlessAVX2 reads.
const digitWide = 34

// skipDigitless passes over text from i on that holds no digit, as far as it
// can tell by looking at many bytes at once. It may stop early.
func skipDigitless(text string, i int) int {
	if !cpu.X86.HasAVX2 || len(text)-i < digitWide {
		return i
	}
	return digitlessAVX2(unsafe.StringData(text), i, len(text)-digitWide)
}

// digitlessAVX2 looks at 32 positions a step, as long as i is at most last,
// and returns the first that may begin a digit, or where it had to stop.
//
//go:noescape
func digitlessAVX2(text *byte, i, last int) int
