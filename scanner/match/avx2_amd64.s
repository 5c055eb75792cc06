#include "textflag.h"

// Two characters of three bytes: which bits say so, in four characters at the
// head of each lane, and what they are.
DATA threeMask<>+0(SB)/8, $0xC0F0C0C0F0C0C0F0
DATA threeMask<>+8(SB)/8, $0x00000000C0C0F0C0
GLOBL threeMask<>(SB), RODATA|NOPTR, $16
DATA threeLead<>+0(SB)/8, $0x80E08080E08080E0
DATA threeLead<>+8(SB)/8, $0x000000008080E080
GLOBL threeLead<>(SB), RODATA|NOPTR, $16

// Takes the three bytes of each character to a number, the first highest.
DATA threeOrder<>+0(SB)/8, $0x8003040580000102
DATA threeOrder<>+8(SB)/8, $0x80090A0B80060708
GLOBL threeOrder<>(SB), RODATA|NOPTR, $16

// Offsets of eight characters of one byte and of three.
DATA step1<>+0(SB)/8, $0x0706050403020100
GLOBL step1<>(SB), RODATA|NOPTR, $8
DATA step3<>+0(SB)/8, $0x15120F0C09060300
GLOBL step3<>(SB), RODATA|NOPTR, $8

// By the number of the first bit that differs: how many characters came
// before it. Bits 12 to 15 and 28 to 31 never differ.
DATA whole<>+0(SB)/8, $0x0202010101000000
DATA whole<>+8(SB)/8, $0x0404040403030302
DATA whole<>+16(SB)/8, $0x0606050505040404
DATA whole<>+24(SB)/8, $0x0808080807070706
DATA whole<>+32(SB)/1, $8
GLOBL whole<>(SB), RODATA|NOPTR, $33

// BROADCAST fills Y with the number n, by way of R10.
#define BROADCAST(n, X, Y) \
	MOVL $n, R10       \
	VMOVD R10, X       \
	VPBROADCASTD X, Y

// func foldAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab, low *uint16, gaps *uint64) (count, next int, skipped bool)
//
// DI units, R14 offs, AX n, DX limit, SI text, BX i, CX stop, R13 off, R8 tab
// or 0, R12 low, R9 gaps.
TEXT ·foldAVX2(SB), NOSPLIT, $0-105
	MOVQ units+0(FP), DI
	MOVQ offs+8(FP), R14
	MOVQ n+16(FP), AX
	MOVQ limit+24(FP), DX
	MOVQ text+32(FP), SI
	MOVQ i+40(FP), BX
	MOVQ stop+48(FP), CX
	MOVL off+56(FP), R13
	MOVQ tab+64(FP), R8
	MOVQ low+72(FP), R12
	MOVQ gaps+80(FP), R9
	MOVB $0, skipped+104(FP)
	VBROADCASTI128 threeMask<>(SB), Y10
	VBROADCASTI128 threeLead<>(SB), Y11
	VBROADCASTI128 threeOrder<>(SB), Y12
	BROADCAST(0x3F, X13, Y13)
	BROADCAST(0xFC0, X14, Y14)
	BROADCAST(0xF000, X15, Y15)
	BROADCAST(0xFFFF, X9, Y9)
	BROADCAST(0xF800, X8, Y8)
	BROADCAST(0xD800, X7, Y7)
	VPMOVZXBD step1<>(SB), Y6
	VPMOVZXBD step3<>(SB), Y5

loop:
	CMPQ AX, DX
	JGE  done
	CMPQ BX, CX
	JGE  done
	MOVBLZX (SI)(BX*1), R11
	CMPL    R11, $0x80
	JCS     ascii
	SUBL    $0xE0, R11
	CMPL    R11, $0x10
	JCC     done

	// Eight characters of three bytes, four in each lane; R10 which bytes are
	// as they should be, Y0 the code points.
	VMOVDQU     (SI)(BX*1), X0
	VINSERTI128 $1, 12(SI)(BX*1), Y0, Y0
	VPAND       Y10, Y0, Y1
	VPCMPEQB    Y11, Y1, Y1
	VPMOVMSKB   Y1, R10
	VPSHUFB     Y12, Y0, Y0
	VPSRLD      $2, Y0, Y1
	VPSRLD      $4, Y0, Y2
	VPAND       Y13, Y0, Y0
	VPAND       Y14, Y1, Y1
	VPAND       Y15, Y2, Y2
	VPOR        Y1, Y0, Y0
	VPOR        Y2, Y0, Y0
	TESTQ       R8, R8
	JEQ         plain3
	VPCMPEQD    Y3, Y3, Y3
	VPGATHERDD  Y3, (R8)(Y0*2), Y4
	VPAND       Y9, Y4, Y0
	VPAND       Y8, Y0, Y1
	VPCMPEQD    Y7, Y1, Y1

store3:
	// Y0 units, Y1 which of them are signals.
	VMOVMSKPS    Y1, R11
	VPACKUSDW    Y0, Y0, Y0
	VPERMQ       $8, Y0, Y0
	VMOVDQU      X0, (DI)(AX*2)
	VMOVD        R13, X1
	VPBROADCASTD X1, Y1
	VPADDD       Y5, Y1, Y1
	VMOVDQU      Y1, (R14)(AX*4)
	NOTL         R10
	MOVL         R10, R15
	ORL          R11, R15
	JNE          part3
	ADDQ         $8, AX         // the usual case waits for nothing
	ADDQ         $24, BX
	ADDL         $24, R13
	JMP          loop

part3:
	BTSQ    $32, R10
	BSFQ    R10, R10
	LEAQ    whole<>(SB), R15
	MOVBLZX (R15)(R10*1), R10
	BTSL    $8, R11
	BSFL    R11, R11
	CMPL    R11, R10
	JCS     signal3
	TESTL   R10, R10
	JEQ     done
	ADDQ    R10, AX
	LEAQ    (R10)(R10*2), R10
	ADDQ    R10, BX
	ADDL    R10, R13
	JMP     loop

signal3:
	ADDQ    R11, AX
	LEAQ    (R11)(R11*2), R11
	ADDQ    R11, BX
	ADDL    R11, R13
	TESTQ   R8, R8
	JEQ     done              // bad, and perhaps like a signal
	MOVWLZX (DI)(AX*2), R11
	CMPL    R11, $0xDFF0      // unitSkip
	JNE     done
	ADDQ    $3, BX
	ADDL    $3, R13

	// Something was skipped before unit AX; pass over ASCII that is skipped too.
skip:
	MOVB $1, skipped+104(FP)
	MOVQ AX, R10
	SHRQ $6, R10
	MOVQ (R9)(R10*8), R11
	BTSQ AX, R11
	MOVQ R11, (R9)(R10*8)

more:
	CMPQ    BX, CX
	JGE     done
	MOVBLZX (SI)(BX*1), R10
	CMPL    R10, $0x80
	JCC     loop
	MOVWLZX (R12)(R10*2), R10
	CMPL    R10, $0xDFF0
	JNE     loop
	INCQ    BX
	INCL    R13
	JMP     more

plain3:
	// Nothing is folded: surrogates and spellings that are too long are bad.
	VPAND    Y8, Y0, Y1
	VPXOR    X2, X2, X2
	VPCMPEQD Y2, Y1, Y2
	VPCMPEQD Y7, Y1, Y1
	VPOR     Y2, Y1, Y1
	JMP      store3

ascii:
	VPMOVZXBD  (SI)(BX*1), Y0
	VPSLLD     $24, Y0, Y1      // the sign says that a byte is not ASCII
	TESTQ      R8, R8
	JEQ        store1
	VPCMPEQD   Y3, Y3, Y3
	VPGATHERDD Y3, (R12)(Y0*2), Y4
	VPAND      Y9, Y4, Y0
	VPAND      Y8, Y0, Y2
	VPCMPEQD   Y7, Y2, Y2
	VPOR       Y2, Y1, Y1

store1:
	VMOVMSKPS    Y1, R11
	VPACKUSDW    Y0, Y0, Y0
	VPERMQ       $8, Y0, Y0
	VMOVDQU      X0, (DI)(AX*2)
	VMOVD        R13, X1
	VPBROADCASTD X1, Y1
	VPADDD       Y6, Y1, Y1
	VMOVDQU      Y1, (R14)(AX*4)
	TESTL        R11, R11
	JNE          part1
	ADDQ         $8, AX
	ADDQ         $8, BX
	ADDL         $8, R13
	JMP          loop

part1:
	BSFL R11, R10
	ADDQ R10, AX
	ADDQ R10, BX
	ADDL R10, R13
	CMPB (SI)(BX*1), $0x80
	JCC  loop               // else a signal
	MOVWLZX (DI)(AX*2), R11
	CMPL R11, $0xDFF0
	JNE  done
	INCQ BX
	INCL R13
	JMP  skip

done:
	VZEROUPPER
	MOVQ AX, count+88(FP)
	MOVQ BX, next+96(FP)
	RET

// func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, order *uint64, few *[8]uint32, nfew int) int
//
// DI cands, SI units, DX where to stop, R8 cells, R9 ones or 0, R12 order, R13
// few, R14 where they end, AX the number of candidates, BX the position.
TEXT ·coarseAVX2(SB), NOSPLIT, $0-80
	MOVQ cands+0(FP), DI
	MOVQ units+8(FP), SI
	MOVQ count+16(FP), DX
	MOVQ cells+24(FP), R8
	MOVQ shift+32(FP), X11
	MOVQ ones+40(FP), R9
	MOVQ order+48(FP), R12
	MOVQ few+56(FP), R13
	MOVQ nfew+64(FP), R14
	SHLQ $5, R14
	ADDQ R13, R14
	XORQ AX, AX
	XORQ BX, BX
	BROADCAST(0x9E3779B1, X10, Y10)
	BROADCAST(7, X12, Y12)
	BROADCAST(31, X13, Y13)
	BROADCAST(8, X15, Y15)
	VPXOR X14, X14, X14
	SUBQ $8, DX
	JMP  check

loop:
	// Y0 eight units, Y1 the hashes of those and the next, Y4 their cells, Y2
	// the classes of the third.
	VPMOVZXWD  (SI)(BX*2), Y0
	VPMOVZXWD  2(SI)(BX*2), Y1
	VPMOVZXWD  4(SI)(BX*2), Y2
	VPSLLD     $16, Y1, Y1
	VPOR       Y0, Y1, Y1
	VPMULLD    Y10, Y1, Y1
	VPSRLD     X11, Y1, Y1
	VPCMPEQD   Y3, Y3, Y3
	VPGATHERDD Y3, (R8)(Y1*1), Y4
	VPAND      Y12, Y2, Y2
	VPSRLVD    Y2, Y4, Y4
	MOVQ       R13, R10

compare:
	// Few patterns of one unit are compared one by one.
	CMPQ     R10, R14
	JEQ      many
	VPCMPEQD (R10), Y0, Y5
	VPOR     Y5, Y4, Y4
	ADDQ     $32, R10
	JMP      compare

many:
	TESTQ      R9, R9
	JEQ        write
	VPSRLD     $5, Y0, Y5
	VPCMPEQD   Y3, Y3, Y3
	VPGATHERDD Y3, (R9)(Y5*4), Y6
	VPAND      Y13, Y0, Y0
	VPSRLVD    Y0, Y6, Y6
	VPOR       Y6, Y4, Y4

write:
	VPSLLD    $31, Y4, Y4
	VMOVMSKPS Y4, R10
	POPCNTL   R10, R11
	VPMOVZXBD (R12)(R10*8), Y7
	VPADDD    Y14, Y7, Y7
	VMOVDQU   Y7, (DI)(AX*4)
	ADDQ      R11, AX
	VPADDD    Y15, Y14, Y14
	ADDQ      $8, BX

check:
	CMPQ BX, DX
	JLE  loop
	VZEROUPPER
	MOVQ AX, ret+72(FP)
	RET
