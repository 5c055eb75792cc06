#include "go_asm.h"
#include "textflag.h"

// BROADCAST fills Y with the number n, by way of R10.
#define BROADCAST(n, X, Y) \
	MOVL $n, R10       \
	VMOVD R10, X       \
	VPBROADCASTD X, Y

// PACK writes those of eight units in X whose bits are the low ones of R9,
// and the offsets of their characters, which begin at Y14.
#define PACK(X) \
	MOVBLZX   R9, R10                            \
	POPCNTL   R10, R11                           \
	VPMOVZXBD packing_order(R12)(R10*8), Y6      \
	ADDL      R10, R10                           \
	VPSHUFB   packing_shuffle(R12)(R10*8), X, X  \
	VMOVDQU   X, (DI)(AX*2)                      \
	VPADDD    Y14, Y6, Y6                        \
	VMOVDQU   Y6, (R8)(AX*4)                     \
	ADDQ      R11, AX                            \
	VPADDD    Y15, Y14, Y14                      \
	SHRL      $8, R9

// func decodeAVX2(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, pk *packing) (count, next int)
//
// DI units, R8 offs, AX n, DX limit, SI text, BX i, CX stop, R12 pk, R15 the
// continuation bytes, one bit each, that the next 32 bytes begin with,
// negative when this is the end; R9 to R11 and R14 are for what is at hand.
TEXT ·decodeAVX2(SB), NOSPLIT, $0-88
	MOVQ         units+0(FP), DI
	MOVQ         offs+8(FP), R8
	MOVQ         n+16(FP), AX
	MOVQ         limit+24(FP), DX
	MOVQ         text+32(FP), SI
	MOVQ         i+40(FP), BX
	MOVQ         stop+48(FP), CX
	MOVL         off+56(FP), R10
	VMOVD        R10, X14
	VPBROADCASTD X14, Y14
	MOVQ         pk+64(FP), R12
	XORL         R15, R15
	BROADCAST(8, X15, Y15)
	BROADCAST(0xC0C0C0C0, X13, Y13)
	BROADCAST(0xF0F0F0F0, X12, Y12)
	BROADCAST(0xE0E0E0E0, X11, Y11)
	BROADCAST(0x0F0F0F0F, X10, Y10)
	BROADCAST(0x3F3F3F3F, X9, Y9)
	BROADCAST(0xF8F8F8F8, X8, Y8)
	BROADCAST(0xD8D8D8D8, X7, Y7)

loop:
	CMPQ    AX, DX
	JGE     done
	CMPQ    BX, CX
	JGE     done
	VMOVDQU (SI)(BX*1), Y0
	VMOVDQU 1(SI)(BX*1), Y1
	VMOVDQU 2(SI)(BX*1), Y2

	// Y3 leads of three bytes that two continuation bytes follow.
	VPAND    Y12, Y0, Y3
	VPCMPEQB Y11, Y3, Y3
	VPMAXSB  Y2, Y1, Y4
	VPCMPGTB Y4, Y13, Y4
	VPAND    Y4, Y3, Y3

	// Each place of Y4 and Y5 gets the high and the low byte of the code
	// point that would begin there.
	VPSLLW $4, Y0, Y4
	VPSRLW $2, Y1, Y5
	VPAND  Y12, Y4, Y4
	VPAND  Y10, Y5, Y5
	VPOR   Y5, Y4, Y4
	VPSLLW $6, Y1, Y5
	VPAND  Y9, Y2, Y2
	VPAND  Y13, Y5, Y5
	VPOR   Y2, Y5, Y5

	// Surrogates and what is spelt too long are no characters.
	VPXOR    X2, X2, X2
	VPAND    Y8, Y4, Y1
	VPCMPEQB Y1, Y2, Y2
	VPCMPEQB Y7, Y1, Y1
	VPOR     Y2, Y1, Y1
	VPANDN   Y3, Y1, Y3

	// What does not begin with a lead is the byte itself.
	VPAND    Y3, Y4, Y4
	VPXOR    Y0, Y5, Y5
	VPAND    Y3, Y5, Y5
	VPXOR    Y0, Y5, Y5
	VPCMPGTB Y0, Y13, Y1

	// R9 continuation bytes, R10 leads, R11 what is not ASCII; R14 what is
	// none of them, or not where it should be.
	VPMOVMSKB Y1, R9
	VPMOVMSKB Y3, R10
	VPMOVMSKB Y0, R11
	LEAQ      (R10)(R10*1), R14
	ORQ       R14, R15
	ADDQ      R14, R14
	ORQ       R14, R15
	MOVL      R15, R14
	XORL      R9, R14
	ANDNL     R11, R9, R11
	XORL      R10, R11
	NOTL      R9              // where characters begin
	SHRQ      $32, R15
	ORL       R11, R14
	JNE       bad

pack:
	VPUNPCKLBW   Y4, Y5, Y1
	VPUNPCKHBW   Y4, Y5, Y2
	VEXTRACTI128 $1, Y1, X3
	VEXTRACTI128 $1, Y2, X4
	PACK(X1)
	PACK(X2)
	PACK(X3)
	PACK(X4)
	ADDQ         $32, BX
	TESTQ        R15, R15
	JNS          loop
	JMP          out

bad:
	BSFL  R14, R11
	BZHIL R11, R9, R9
	ADDQ  BX, R11
	MOVQ  R11, next+80(FP)
	MOVQ  $-1, R15
	JMP   pack

done:
	POPCNTQ R15, R15
	ADDQ    R15, BX
	MOVQ    BX, next+80(FP)

out:
	VZEROUPPER
	MOVQ AX, count+72(FP)
	RET

// UNIT puts the unit of character k from BX on in place k of X.
#define UNIT(k, X) \
	MOVWLZX 2*k(DI)(BX*2), R10     \
	VPINSRW $k, (R8)(R10*2), X, X

// func mapAVX2(units *uint16, offs *uint32, from, to int, tab *uint16, gaps *uint64, often bool, pk *packing) (count, stop int, skipped bool)
//
// DI units, SI offs, BX from, DX to, R8 tab, R9 gaps, R12 pk, AX where the
// next unit goes, R13 the bits of gaps from the byte of AX on, R14 all that
// were skipped; CX, R10, R11 and R15 are for what is at hand.
TEXT ·mapAVX2(SB), NOSPLIT, $0-81
	MOVQ    units+0(FP), DI
	MOVQ    offs+8(FP), SI
	MOVQ    from+16(FP), BX
	MOVQ    to+24(FP), DX
	MOVQ    tab+32(FP), R8
	MOVQ    gaps+40(FP), R9
	MOVQ    pk+56(FP), R12
	MOVQ    $-1, stop+72(FP)
	MOVQ    BX, AX
	SHRQ    $3, BX
	MOVBLZX (R9)(BX*1), R13
	MOVQ    AX, BX
	XORL    R14, R14
	BROADCAST(0xF800F800, X8, Y8)
	BROADCAST(0xD800D800, X9, Y9)
	BROADCAST(0xDFF0DFF0, X10, Y10) // unitSkip
	VPXOR   X11, X11, X11

next:
	MOVQ    DX, CX
	SUBQ    BX, CX
	JLE     end
	VMOVDQU (SI)(BX*4), Y3
	MOVWLZX (DI)(BX*2), R10
	VPINSRW $0, (R8)(R10*2), X11, X0
	MOVWLZX 8(DI)(BX*2), R10
	VPINSRW $4, (R8)(R10*2), X11, X4
	UNIT(1, X0)
	UNIT(5, X4)
	UNIT(2, X0)
	UNIT(6, X4)
	UNIT(3, X0)
	UNIT(7, X4)
	VPOR    X4, X0, X0

	// X1 those that the fold table does not tell, or that are skipped.
	VPAND    X8, X0, X1
	VPCMPEQW X9, X1, X1
	CMPB     often+48(FP), $0
	JNE      signal
	VPTEST   X1, X1
	JNE      signal
	CMPQ     CX, $8
	JLT      signal
	VMOVDQU  X0, (DI)(AX*2)
	VMOVDQU  Y3, (SI)(AX*4)
	SHRL     $8, R13
	ADDQ     $8, AX
	ADDQ     $8, BX
	JMP      next

signal:
	// R10 those to take, R11 those that are skipped.
	VPCMPEQW  X10, X0, X2
	VPXOR     X2, X1, X1
	VPACKSSWB X2, X1, X1
	VPMOVMSKB X1, R11
	MOVL      $8, R10
	CMPQ      CX, R10
	CMOVQGT   R10, CX
	MOVL      $0xFF, R10
	BZHIL     CX, R10, R10
	MOVL      R11, R15
	ANDL      R10, R15
	JNE       stop

pack:
	SHRL      $8, R11
	ANDL      R10, R11
	XORL      R11, R10
	ORL       R11, R14
	MOVWLZX   packing_holes(R12)(R11*2), R11
	MOVL      AX, CX
	ANDL      $7, CX
	SHLXL     CX, R11, R11
	ORL       R11, R13
	MOVQ      AX, CX
	SHRQ      $3, CX
	MOVW      R13, (R9)(CX*1)
	VPMOVZXBD packing_order(R12)(R10*8), Y4
	VPERMD    Y3, Y4, Y3
	VMOVDQU   Y3, (SI)(AX*4)
	POPCNTL   R10, R11
	ADDL      R10, R10
	VPSHUFB   packing_shuffle(R12)(R10*8), X0, X0
	VMOVDQU   X0, (DI)(AX*2)
	ADDQ      R11, AX
	MOVQ      AX, R11
	SHRQ      $3, R11
	SUBQ      CX, R11
	SHLL      $3, R11
	SHRXL     R11, R13, R13
	ADDQ      $8, BX
	JMP       next

stop:
	// Go on to the first of them and no further.
	BSFL  R15, R15
	BZHIL R15, R10, R10
	LEAQ  (BX)(R15*1), DX
	MOVL  (SI)(DX*4), R15
	MOVQ  R15, stop+72(FP)
	JMP   pack

end:
	VZEROUPPER
	TESTL R14, R14
	SETNE skipped+80(FP)
	MOVQ  AX, count+64(FP)
	RET

// The numbers 1, 2, 4 to 128, a byte each.
DATA powers<>+0(SB)/8, $0x8040201008040201
GLOBL powers<>(SB), RODATA|NOPTR, $8

// CELL puts the cell with the index at from, in the frame, in byte k of X.
#define CELL(from, k, X) \
	MOVL    index-64+from(SP), R10 \
	VPINSRB $k, (R8)(R10*1), X, X

// ONE does the same for ones.
#define ONE(from, k, X) \
	MOVWLZX index-64+from(SP), R10 \
	VPINSRB $k, (R9)(R10*1), X, X

// BITS puts the bit that each of the 16 numbers in Y stands for in a byte of X.
#define BITS(Y, X, Xhigh) \
	VPAND        Y12, Y, Y         \
	VEXTRACTI128 $1, Y, Xhigh      \
	VPACKUSWB    Xhigh, X, X       \
	VPSHUFB      X, X13, X

// WRITE writes the candidates among eight, Y14 the first, whose bits are the
// low ones of R10.
#define WRITE \
	MOVBLZX   R10, R11                       \
	POPCNTL   R11, BX                        \
	VPMOVZXBD packing_order(R12)(R11*8), Y7  \
	VPADDD    Y14, Y7, Y7                    \
	VMOVDQU   Y7, (DI)(AX*4)                 \
	ADDQ      BX, AX                         \
	VPADDD    Y15, Y14, Y14

// func coarseAVX2(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, few *[8]uint32, nfew int, pk *packing) int
//
// DI cands, SI units, DX how many of them are left, R8 cells, R9 ones or 0,
// R13 few, R14 where they end, R12 pk, AX the number of candidates.
TEXT ·coarseAVX2(SB), NOSPLIT, $64-80
	MOVQ     cands+0(FP), DI
	MOVQ     units+8(FP), SI
	MOVQ     count+16(FP), DX
	MOVQ     cells+24(FP), R8
	MOVQ     shift+32(FP), X11
	MOVQ     ones+40(FP), R9
	MOVQ     few+48(FP), R13
	MOVQ     nfew+56(FP), R14
	MOVQ     pk+64(FP), R12
	SHLQ     $5, R14
	ADDQ     R13, R14
	XORL     AX, AX
	BROADCAST(0x9E3779B1, X10, Y10)
	BROADCAST(0x00070007, X12, Y12)
	BROADCAST(8, X15, Y15)
	VMOVDDUP powers<>(SB), X13
	VPXOR    X14, X14, X14
	VPXOR    X9, X9, X9
	TESTQ    DX, DX
	JLE      end

next:
	// Y0 sixteen units. The hashes of each and the next to it go by way of
	// the frame: first those of 0 to 3 and 8 to 11, then the others.
	VMOVDQU    (SI), Y0
	VMOVDQU    2(SI), Y1
	VPUNPCKLWD Y1, Y0, Y2
	VPUNPCKHWD Y1, Y0, Y3
	VPMULLD    Y10, Y2, Y2
	VPMULLD    Y10, Y3, Y3
	VPSRLD     X11, Y2, Y2
	VPSRLD     X11, Y3, Y3
	VMOVDQU    Y2, index-64(SP)
	VMOVDQU    Y3, index-32(SP)

	// X1 the bit to look at by the unit after those, X4 the cells.
	VMOVDQU     4(SI), Y1
	BITS(Y1, X1, X2)
	MOVL        index-64(SP), R10
	VPINSRB     $0, (R8)(R10*1), X9, X4
	MOVL        index-48(SP), R10
	VPINSRB     $0, (R8)(R10*1), X9, X5
	CELL(4, 1, X4)
	CELL(20, 1, X5)
	CELL(8, 2, X4)
	CELL(24, 2, X5)
	CELL(12, 3, X4)
	CELL(28, 3, X5)
	CELL(32, 4, X4)
	CELL(48, 4, X5)
	CELL(36, 5, X4)
	CELL(52, 5, X5)
	CELL(40, 6, X4)
	CELL(56, 6, X5)
	CELL(44, 7, X4)
	CELL(60, 7, X5)
	VPUNPCKLQDQ X5, X4, X4
	VPAND       X1, X4, X4
	TESTQ       R9, R9
	JNE         many

last:
	// Few patterns of one unit are compared one by one.
	VPCMPEQB  X9, X4, X4
	VPMOVMSKB X4, R11
	XORL      $0xFFFF, R11
	CMPQ      R13, R14
	JNE       few

write:
	CMPQ      DX, $16
	JLT       cut

put:
	MOVL R11, R10
	WRITE
	SHRL $8, R10
	WRITE
	ADDQ $32, SI
	SUBQ $16, DX
	JGT  next

end:
	VZEROUPPER
	MOVQ AX, ret+72(FP)
	RET

cut:
	MOVL  $-1, R10
	BZHIL DX, R10, R10
	ANDL  R10, R11
	JMP   put

few:
	MOVQ  R13, R10
	VPXOR X6, X6, X6

compare:
	VPCMPEQW     (R10), Y0, Y5
	VPOR         Y5, Y6, Y6
	ADDQ         $32, R10
	CMPQ         R10, R14
	JNE          compare
	VEXTRACTI128 $1, Y6, X5
	VPACKSSWB    X5, X6, X6
	VPMOVMSKB    X6, R10
	ORL          R10, R11
	JMP          write

many:
	VPSRLW      $3, Y0, Y1
	VMOVDQU     Y1, index-64(SP)
	BITS(Y0, X0, X2)
	MOVWLZX     index-64(SP), R10
	VPINSRB     $0, (R9)(R10*1), X9, X6
	MOVWLZX     index-48(SP), R10
	VPINSRB     $0, (R9)(R10*1), X9, X5
	ONE(2, 1, X6)
	ONE(18, 1, X5)
	ONE(4, 2, X6)
	ONE(20, 2, X5)
	ONE(6, 3, X6)
	ONE(22, 3, X5)
	ONE(8, 4, X6)
	ONE(24, 4, X5)
	ONE(10, 5, X6)
	ONE(26, 5, X5)
	ONE(12, 6, X6)
	ONE(28, 6, X5)
	ONE(14, 7, X6)
	ONE(30, 7, X5)
	VPUNPCKLQDQ X5, X6, X6
	VPAND       X0, X6, X6
	VPOR        X6, X4, X4
	JMP         last

// HAS shifts DX and puts the bit of the hash in R14 there, of those at words.
#define HAS(words, shift) \
	MOVQ  shift, CX             \
	SHRXQ CX, R14, R14          \
	MOVQ  R14, R15              \
	SHRQ  $6, R15               \
	MOVQ  (words)(R15*8), R15   \
	BTQ   R14, R15              \
	ADCL  DX, DX

// func fineAVX2(cands *uint32, units *uint16, count int, ones, two, three, four, five *uint64, shift2, shift3, shift4, shift5 uint) int
//
// There is no use for AVX2 here: gathering takes longer than loading.
//
// DI cands, SI units, R9 to R12 the bitmaps of two to five, R13 the multiplier
// of hashes, BX the candidate at hand, R8 the hash of its first four units, AX
// how many are kept, DX what it may be; CX, R14 and R15 are for what is at
// hand.
TEXT ·fineAVX2(SB), NOSPLIT, $0-104
	MOVQ cands+0(FP), DI
	MOVQ units+8(FP), SI
	MOVQ two+32(FP), R9
	MOVQ three+40(FP), R10
	MOVQ four+48(FP), R11
	MOVQ five+56(FP), R12
	MOVQ $0x9E3779B97F4A7C15, R13
	XORL AX, AX
	XORL BX, BX
	JMP  check

next:
	MOVL    (DI)(BX*4), R15
	MOVQ    (SI)(R15*2), R8
	MOVWLZX 8(SI)(R15*2), R14
	SHLQ    $23, R14            // fiveShift
	XORQ    R8, R14
	IMULQ   R13, R14
	IMULQ   R13, R8
	XORL    DX, DX
	HAS(R12, shift5+88(FP))
	MOVQ    R8, R14
	HAS(R11, shift4+80(FP))
	MOVQ    R8, R14
	SHLQ    $16, R14
	HAS(R10, shift3+72(FP))
	MOVQ    R8, R14
	SHLQ    $32, R14
	HAS(R9, shift2+64(FP))
	MOVL    (DI)(BX*4), R8
	MOVWLZX (SI)(R8*2), R14
	MOVL    R14, R15
	SHRL    $6, R15
	MOVQ    ones+24(FP), CX
	MOVQ    (CX)(R15*8), R15
	BTQ     R14, R15
	ADCL    DX, DX
	SHLL    $5, R8              // mayBits
	ORL     DX, R8
	MOVL    R8, (DI)(AX*4)
	CMPL    DX, $1
	SBBQ    $-1, AX             // one more, if it may be something
	INCQ    BX

check:
	CMPQ BX, count+16(FP)
	JLT  next
	MOVQ AX, ret+96(FP)
	RET
