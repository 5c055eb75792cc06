#include "textflag.h"

// func coarseUnits(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64) int
//
// The Go twin is coarseGo. Registers: DI cands, SI units, DX where
// units end, R8 cells, CX shift, R9 ones, AX the number of candidates, BX the
// position.
TEXT ·coarseUnits(SB), NOSPLIT, $0-56
	MOVQ cands+0(FP), DI
	MOVQ units+8(FP), SI
	MOVQ count+16(FP), DX
	MOVQ cells+24(FP), R8
	MOVQ shift+32(FP), CX
	MOVQ ones+40(FP), R9
	XORQ AX, AX
	XORQ BX, BX
	JMP  check

loop:
	MOVL    (SI)(BX*2), R10     // two units
	MOVWLZX R10, R11            // the first
	MOVWLZX 4(SI)(BX*2), R12    // the third
	IMUL3L  $0x9E3779B1, R10, R10
	SHRL    CX, R10
	MOVBLZX (R8)(R10*1), R10    // its cell
	MOVL    R11, R13
	SHRL    $5, R13
	MOVL    (R9)(R13*4), R13    // the word of ones
	ANDL    $7, R12
	MOVL    BX, (DI)(AX*4)
	INCQ    BX
	BTL     R11, R13
	SBBL    R13, R13            // all bits if the first unit is a pattern
	ORL     R13, R10
	BTL     R12, R10
	ADCQ    $0, AX

check:
	CMPQ BX, DX
	JLT  loop
	MOVQ AX, ret+48(FP)
	RET

// func coarseString(cands *uint32, text string, from, stop int, off uint32, cells *uint8, shift uint, ones *uint64) (n, next int)
//
// The Go twin is coarseBytesGo. Registers as above, but SI text, BX the offset
// in it, R13 what to write for the candidate, R14 the mask of two characters
// of three bytes.
TEXT ·coarseString(SB), NOSPLIT, $0-88
	MOVQ cands+0(FP), DI
	MOVQ text_base+8(FP), SI
	MOVQ from+24(FP), BX
	MOVQ stop+32(FP), DX
	MOVL off+40(FP), R13
	MOVQ cells+48(FP), R8
	MOVQ shift+56(FP), CX
	MOVQ ones+64(FP), R9
	XORQ AX, AX
	MOVQ $0x0000C0C0F0C0C0F0, R14
	JMP  check

loop:
	MOVQ    (SI)(BX*1), R10
	MOVQ    $0x00008080E08080E0, R12
	MOVQ    R10, R11
	ANDQ    R14, R11
	CMPQ    R11, R12
	JNE     done
	MOVQ    $0x9E3779B97F4A7C15, R12
	MOVQ    R10, R11
	SHLQ    $40, R11
	SHLQ    $16, R10
	IMULQ   R12, R11            // hash of the first character
	IMULQ   R12, R10            // hash of both
	SHRQ    $48, R11
	SHRQ    CX, R10
	MOVBLZX (R8)(R10*1), R10    // their cell
	MOVL    R11, R12
	SHRL    $5, R12
	MOVL    (R9)(R12*4), R12    // the word of ones
	MOVL    R13, (DI)(AX*4)
	ADDL    $3, R13
	BTL     R11, R12
	SBBL    R12, R12            // all bits if the first may be a pattern
	MOVBLZX 8(SI)(BX*1), R11
	ANDL    $7, R11
	ADDQ    $3, BX
	ORL     R12, R10
	BTL     R11, R10
	ADCQ    $0, AX

check:
	CMPQ BX, DX
	JLT  loop

done:
	MOVQ AX, n+72(FP)
	MOVQ BX, next+80(FP)
	RET
