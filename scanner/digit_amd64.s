#include "textflag.h"

// FILL fills Y with the byte n, by way of R10.
#define FILL(n, X, Y) \
	MOVL $n, R10       \
	VMOVD R10, X       \
	VPBROADCASTB X, Y

// PAIR adds to Y3 the positions where the bytes a and b stand in Y0 and Y1.
#define PAIR(a, b) \
	VPCMPEQB a, Y0, Y4 \
	VPCMPEQB b, Y1, Y5 \
	VPAND    Y4, Y5, Y4 \
	VPOR     Y4, Y3, Y3

DATA twoAbove<>+0(SB)/8, $0x0202020202020202
DATA twoAbove<>+8(SB)/8, $0x0202020202020202
DATA twoAbove<>+16(SB)/8, $0x0202020202020202
DATA twoAbove<>+24(SB)/8, $0x0202020202020202
GLOBL twoAbove<>(SB), RODATA|NOPTR, $32

// func digitlessAVX2(text *byte, i, last int) int
//
// Exact for ASCII and full-width digits, which stand beside the commonest
// punctuation; by the first two bytes for the others.
TEXT ·digitlessAVX2(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ i+8(FP), BX
	MOVQ last+16(FP), CX
	FILL(0x30, X6, Y6)
	FILL(0x09, X7, Y7)
	FILL(0xEF, X8, Y8)
	FILL(0xBC, X9, Y9)
	FILL(0x90, X10, Y10)
	FILL(0xE2, X11, Y11)
	FILL(0x91, X12, Y12)
	FILL(0x93, X13, Y13)
	FILL(0xF0, X14, Y14)
	FILL(0xD9, X15, Y15)
	JMP  check

loop:
	VMOVDQU  (SI)(BX*1), Y0
	VMOVDQU  1(SI)(BX*1), Y1
	VMOVDQU  2(SI)(BX*1), Y2
	VPSUBB   Y6, Y0, Y3       // ASCII: at most 9 above 0
	VPMINUB  Y7, Y3, Y4
	VPCMPEQB Y4, Y3, Y3
	VPSUBB   Y10, Y2, Y2      // EF BC 90 to 99
	VPMINUB  Y7, Y2, Y4
	VPCMPEQB Y4, Y2, Y2
	VPCMPEQB Y8, Y0, Y4
	VPCMPEQB Y9, Y1, Y5
	VPAND    Y4, Y2, Y2
	VPAND    Y5, Y2, Y2
	VPOR     Y2, Y3, Y3
	PAIR(Y11, Y12)
	PAIR(Y11, Y13)
	VPCMPEQB Y14, Y0, Y4      // F0
	VPOR     Y4, Y3, Y3
	VPSUBB   Y15, Y0, Y4      // D9 to DB
	VPMINUB  twoAbove<>(SB), Y4, Y5
	VPCMPEQB Y5, Y4, Y4
	VPOR     Y4, Y3, Y3
	VPMOVMSKB Y3, R10
	TESTL    R10, R10
	JNE      found
	ADDQ     $32, BX

check:
	CMPQ BX, CX
	JLE  loop
	VZEROUPPER
	MOVQ BX, ret+24(FP)
	RET

found:
	BSFL R10, R10
	ADDQ R10, BX
	VZEROUPPER
	MOVQ BX, ret+24(FP)
	RET
