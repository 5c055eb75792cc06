#include "textflag.h"

// The numbers 0 to 63, a byte each.
DATA count<>+0(SB)/8, $0x0706050403020100
DATA count<>+8(SB)/8, $0x0F0E0D0C0B0A0908
DATA count<>+16(SB)/8, $0x1716151413121110
DATA count<>+24(SB)/8, $0x1F1E1D1C1B1A1918
DATA count<>+32(SB)/8, $0x2726252423222120
DATA count<>+40(SB)/8, $0x2F2E2D2C2B2A2928
DATA count<>+48(SB)/8, $0x3736353433323130
DATA count<>+56(SB)/8, $0x3F3E3D3C3B3A3938
GLOBL count<>(SB), RODATA|NOPTR, $64

// The numbers 0 to 31, each twice.
DATA twice<>+0(SB)/8, $0x0303020201010000
DATA twice<>+8(SB)/8, $0x0707060605050404
DATA twice<>+16(SB)/8, $0x0B0B0A0A09090808
DATA twice<>+24(SB)/8, $0x0F0F0E0E0D0D0C0C
DATA twice<>+32(SB)/8, $0x1313121211111010
DATA twice<>+40(SB)/8, $0x1717161615151414
DATA twice<>+48(SB)/8, $0x1B1B1A1A19191818
DATA twice<>+56(SB)/8, $0x1F1F1E1E1D1D1C1C
GLOBL twice<>(SB), RODATA|NOPTR, $64

// Words k and k+1 for k from 0 to 15.
DATA pairs<>+0(SB)/8, $0x0002000100010000
DATA pairs<>+8(SB)/8, $0x0004000300030002
DATA pairs<>+16(SB)/8, $0x0006000500050004
DATA pairs<>+24(SB)/8, $0x0008000700070006
DATA pairs<>+32(SB)/8, $0x000A000900090008
DATA pairs<>+40(SB)/8, $0x000C000B000B000A
DATA pairs<>+48(SB)/8, $0x000E000D000D000C
DATA pairs<>+56(SB)/8, $0x0010000F000F000E
GLOBL pairs<>(SB), RODATA|NOPTR, $64

// Every other word of 64.
DATA evens<>+0(SB)/8, $0x0006000400020000
DATA evens<>+8(SB)/8, $0x000E000C000A0008
DATA evens<>+16(SB)/8, $0x0016001400120010
DATA evens<>+24(SB)/8, $0x001E001C001A0018
DATA evens<>+32(SB)/8, $0x0026002400220020
DATA evens<>+40(SB)/8, $0x002E002C002A0028
DATA evens<>+48(SB)/8, $0x0036003400320030
DATA evens<>+56(SB)/8, $0x003E003C003A0038
GLOBL evens<>(SB), RODATA|NOPTR, $64

// FILL fills Z with the number n, four bytes, by way of R12.
#define FILL(n, Z) \
	MOVL         $n, R12 \
	VPBROADCASTD R12, Z

// func fold512(units *uint16, offs *uint32, n, limit int, text *byte, i, stop int, off uint32, tab *uint16, gaps *uint64, often bool) (count, next int, skipped bool)
//
// DI units, R8 offs, AX n, SI text, BX i, R13 off, R10 gaps, R11 the bits of
// gaps from the byte of n on, R15 the continuation bytes, one bit each, that
// the next 64 bytes begin with, negative when this is the end; R9, R12, R14,
// CX and DX are for what is at hand.
TEXT ·fold512(SB), NOSPLIT, $0-105
	MOVQ      units+0(FP), DI
	MOVQ      offs+8(FP), R8
	MOVQ      n+16(FP), AX
	MOVQ      text+32(FP), SI
	MOVQ      i+40(FP), BX
	MOVL      off+56(FP), R13
	MOVQ      gaps+72(FP), R10
	MOVB      $0, skipped+104(FP)
	FILL(0xC0C0C0C0, Z31)
	FILL(0xF0F0F0F0, Z30)
	FILL(0xE0E0E0E0, Z29)
	FILL(0xF8F8F8F8, Z28)
	FILL(0xD8D8D8D8, Z27)
	VMOVDQU64 count<>(SB), Z26
	VMOVDQU64 twice<>(SB), Z25
	FILL(0xD800D800, Z24)
	FILL(0xF800F800, Z23)
	FILL(0xDFF0DFF0, Z22)           // unitSkip
	VMOVDQU64 evens<>(SB), Z16
	MOVQ      $0x5555555555555555, R12
	KMOVQ     R12, K6
	KNOTQ     K6, K7
	XORL      R15, R15
	MOVQ      AX, R12
	SHRQ      $3, R12
	MOVBQZX   (R10)(R12*1), R11

loop:
	CMPQ      AX, limit+24(FP)
	JGE       done
	MOVQ      stop+48(FP), R12
	SUBQ      BX, R12
	CMPQ      R12, $66
	JLT       last
	VMOVDQU64 (SI)(BX*1), Z0
	VMOVDQU64 1(SI)(BX*1), Z1
	VMOVDQU64 2(SI)(BX*1), Z2
	MOVQ      $-1, DX

decode:
	// DX the places that are text. Each place of Z20 and Z21 gets the low and
	// the high byte of the code point that would begin there.
	VPSLLW     $4, Z0, Z21
	VPSRLW     $2, Z1, Z3
	VPTERNLOGD $0xE4, Z30, Z3, Z21  // bits of Z21 where Z30 has ones, of Z3 elsewhere
	VPSLLW     $6, Z1, Z20
	VPTERNLOGD $0xE4, Z31, Z2, Z20

	// K1 and R9 leads of three bytes, R14 continuation bytes, R12 what is
	// neither, nor ASCII, or not what it should be.
	VPCMPB     $1, Z31, Z0, K2
	VPANDD     Z30, Z0, Z3
	VPCMPEQB   Z29, Z3, K1
	VPCMPB     $5, Z31, Z1, K1, K3  // followed by no continuation byte
	VPCMPB     $5, Z31, Z2, K1, K4  // by one only
	VPTESTNMB  Z28, Z21, K1, K5     // spelt too long
	KORQ       K3, K4, K4
	VPXORD     Z27, Z21, Z3
	VPTESTNMB  Z28, Z3, K1, K3      // a surrogate
	KORQ       K4, K5, K4
	KORQ       K3, K4, K4
	VPMOVB2M   Z0, K3
	KMOVQ      K2, R14
	KMOVQ      K1, R9
	KMOVQ      K3, R12
	ANDNQ      R12, R14, R12
	ANDNQ      R12, R9, R12
	KMOVQ      K4, CX
	ORQ        CX, R12
	VMOVDQU8.Z Z21, K1, Z21
	VPBLENDMB  Z20, Z0, K1, Z20

	// Continuation bytes must follow leads.
	ANDNQ DX, R14, DX               // where characters begin
	LEAQ  (R9)(R9*1), CX
	ORQ   CX, R15
	ADDQ  CX, CX
	ORQ   CX, R15
	ANDNQ R14, R15, R14
	SHRQ  $62, R9                   // the continuation bytes still to come
	MOVQ  R9, R15
	SHRQ  $1, R15
	ORQ   R9, R15
	ORQ   R14, R12
	JNE   bad

pack:
	KMOVQ         DX, K1
	VPCOMPRESSB.Z Z26, K1, Z19      // the places of the characters
	POPCNTQ       DX, CX

half:
	// The first 32 of CX characters at the places in Z19.
	VPERMB    Z19, Z25, Z3
	VPERMB.Z  Z20, Z3, K6, Z0
	VPERMB    Z21, Z3, K7, Z0
	VMOVDQA64 Z19, Z5
	MOVQ      tab+64(FP), R9
	TESTQ     R9, R9
	JNE       fold
	MOVL      $32, R12
	CMPQ      CX, R12
	CMOVQLT   CX, R12

store:
	// R12 units in Z0, whose characters are at the places in Z5.
	VMOVDQU64     Z0, (DI)(AX*2)
	VPBROADCASTD  R13, Z4
	VPMOVZXBD     X5, Z1
	VPADDD        Z4, Z1, Z1
	VMOVDQU64     Z1, (R8)(AX*4)
	VEXTRACTI32X4 $1, Z5, X5
	VPMOVZXBD     X5, Z1
	VPADDD        Z4, Z1, Z1
	VMOVDQU64     Z1, 64(R8)(AX*4)
	ADDQ          R12, AX
	SUBQ          $32, CX
	JGT           more
	ADDQ          $64, BX
	ADDL          $64, R13
	TESTQ         R15, R15
	JNS           loop
	JMP           out

more:
	VEXTRACTI64X4 $1, Z19, Y19
	MOVL          $-1, R12
	PDEPQ         DX, R12, R12
	XORQ          R12, DX
	JMP           half

fold:
	VPMOVZXWD     Y0, Z1
	VEXTRACTI64X4 $1, Z0, Y2
	VPMOVZXWD     Y2, Z2
	KXNORW        K3, K3, K3
	KXNORW        K4, K4, K4
	VPXORD        Z0, Z0, Z0
	VPXORD        Z4, Z4, Z4
	VPGATHERDD    (R9)(Z1*2), K3, Z0
	VPGATHERDD    (R9)(Z2*2), K4, Z4
	VPERMT2W      Z4, Z16, Z0

	// R9 which of the 32 are characters, R14 those that are skipped, R12
	// those that the fold table does not tell.
	VPANDD   Z23, Z0, Z1
	VPCMPEQW Z24, Z1, K1
	VPCMPEQW Z22, Z0, K2
	MOVL     $-1, R9
	BZHIL    CX, R9, R9
	KMOVD    K1, R12
	KMOVD    K2, R14
	ANDL     R9, R14
	ANDNL    R12, R14, R12
	ANDL     R9, R12
	JNE      signal

folded:
	// Where characters are skipped often, to guess whether is worse than to do
	// as if.
	POPCNTL R9, R12
	CMPB    often+80(FP), $0
	JNE     skip
	TESTL   R14, R14
	JNE     skip
	TESTQ   R11, R11
	JEQ     store

skip:
	// R9 becomes the bits of those that are kept and of the next to come, R14
	// which of them have something skipped before them.
	MOVB          $1, skipped+104(FP)
	ANDNL         R9, R14, R12
	KMOVD         R12, K1
	VPCOMPRESSW.Z Z0, K1, Z0
	VPCOMPRESSB.Z Z5, K1, Z5
	INCQ          R9
	ORQ           R12, R9
	ADDQ          R14, R14
	PEXTQ         R9, R14, R14
	POPCNTL       R12, R12
	MOVL          AX, R9
	ANDL          $7, R9
	SHLXQ         R9, R14, R14
	ORQ           R14, R11
	MOVQ          AX, R9
	SHRQ          $3, R9
	MOVQ          R11, (R10)(R9*1)
	LEAQ          (AX)(R12*1), R14
	SHRQ          $3, R14
	SUBQ          R9, R14
	SHLQ          $3, R14
	SHRXQ         R14, R11, R11
	JMP           store

signal:
	// Go on to the first of them and no further.
	TZCNTL R12, CX
	MOVL   $-1, R9
	BZHIL  CX, R9, R9
	ANDL   R9, R14
	MOVL   $1, R12
	SHLXQ  CX, R12, R12
	PDEPQ  DX, R12, R12
	TZCNTQ R12, R12
	ADDQ   BX, R12
	MOVQ   R12, next+96(FP)
	MOVQ   $-1, R15
	JMP    folded

bad:
	TZCNTQ R12, R12
	BZHIQ  R12, DX, DX
	ADDQ   BX, R12
	MOVQ   R12, next+96(FP)
	MOVQ   $-1, R15
	JMP    pack

last:
	// Fewer than 66 bytes: nothing is read beyond them.
	TESTQ       R12, R12
	JLE         done
	MOVQ        $-1, DX
	BZHIQ       R12, DX, DX
	KMOVQ       DX, K1
	KSHIFTRQ    $1, K1, K2
	KSHIFTRQ    $2, K1, K3
	VMOVDQU8.Z  (SI)(BX*1), K1, Z0
	VMOVDQU8.Z  1(SI)(BX*1), K2, Z1
	VMOVDQU8.Z  2(SI)(BX*1), K3, Z2
	JMP         decode

done:
	POPCNTQ R15, R15
	ADDQ    R15, BX
	MOVQ    stop+48(FP), R12
	CMPQ    BX, R12
	CMOVQGT R12, BX
	MOVQ    BX, next+96(FP)

out:
	MOVQ  tab+64(FP), R9
	TESTQ R9, R9
	JEQ   ret
	MOVQ  AX, R9
	SHRQ  $3, R9
	MOVQ  R11, (R10)(R9*1)

ret:
	VZEROUPPER
	MOVQ AX, count+88(FP)
	RET

// func coarse512(cands *uint32, units *uint16, count int, cells *uint8, shift uint, ones *uint64, few *[8]uint32, nfew int) int
//
// DI cands, SI units, DX how many of them are left, R8 cells, R9 ones or 0,
// R13 few, R14 where they end, AX the number of candidates.
TEXT ·coarse512(SB), NOSPLIT, $0-72
	MOVQ      cands+0(FP), DI
	MOVQ      units+8(FP), SI
	MOVQ      count+16(FP), DX
	MOVQ      cells+24(FP), R8
	MOVQ      shift+32(FP), X11
	MOVQ      ones+40(FP), R9
	MOVQ      few+48(FP), R13
	MOVQ      nfew+56(FP), R14
	SHLQ      $5, R14
	ADDQ      R13, R14
	XORL      AX, AX
	FILL(0x9E3779B1, Z17)
	FILL(7, Z18)
	FILL(31, Z19)
	FILL(1, Z20)
	FILL(16, Z21)
	FILL(0xFFFF, Z22)
	VPMOVZXBD count<>(SB), Z23
	VMOVDQU64 pairs<>(SB), Z24
	TESTQ     DX, DX
	JLE       end

next:
	// Z0 the places of 16 units and Z2 the places behind them, by twos; Z1
	// their hashes; Z3 the cells; Z2 the bit to look at.
	VMOVDQU     (SI), Y0
	VPMOVZXWD   4(SI), Z2
	VINSERTI64X4 $1, 32(SI), Z0, Z0
	VPERMW      Z0, Z24, Z0
	VPMULLD     Z17, Z0, Z1
	VPSRLD      X11, Z1, Z1
	KXNORW      K1, K1, K1
	VPXORD      Z3, Z3, Z3
	VPGATHERDD  (R8)(Z1*1), K1, Z3
	VPANDD      Z18, Z2, Z2
	VPSLLVD     Z2, Z20, Z2
	VPTESTMD    Z2, Z3, K1
	CMPQ        R13, R14
	JNE         single
	TESTQ       R9, R9
	JNE         single

write:
	CMPQ          DX, $16
	JLT           cut

put:
	VPCOMPRESSD.Z Z23, K1, Z3
	VMOVDQU64     Z3, (DI)(AX*4)
	KMOVW         K1, R10
	POPCNTL       R10, R10
	ADDQ          R10, AX
	VPADDD        Z21, Z23, Z23
	ADDQ          $32, SI
	SUBQ          $16, DX
	JGT           next

end:
	VZEROUPPER
	MOVQ AX, ret+64(FP)
	RET

cut:
	MOVL  $-1, R10
	BZHIL DX, R10, R10
	KMOVW R10, K2
	KANDW K1, K2, K1
	JMP   put

single:
	// Few patterns of one unit are compared one by one, many are looked up.
	VPANDD Z22, Z0, Z0
	VPSLLD $16, Z0, Z1
	VPORD  Z0, Z1, Z1
	MOVQ   R13, R10

compare:
	CMPQ          R10, R14
	JEQ           many
	VPCMPEQD.BCST (R10), Z1, K2
	KORW          K1, K2, K1
	ADDQ          $32, R10
	JMP           compare

many:
	TESTQ      R9, R9
	JEQ        write
	VPSRLD     $5, Z0, Z1
	KXNORW     K2, K2, K2
	VPXORD     Z3, Z3, Z3
	VPGATHERDD (R9)(Z1*4), K2, Z3
	VPANDD     Z19, Z0, Z0
	VPSLLVD    Z0, Z20, Z0
	VPTESTMD   Z0, Z3, K2
	KORW       K1, K2, K1
	JMP        write

// HASBIT sets each place of Zto to 1 where the set of bits at base has the
// number in that place of Zn, to 0 where not.
#define HASBIT(base, Zn, Zto)         \
	VPSRLQ     $6, Zn, Z7             \
	KXNORB     K1, K1, K1             \
	VPXORQ     Z8, Z8, Z8             \
	VPGATHERQQ (base)(Z7*8), K1, Z8   \
	VPRORVQ    Zn, Z8, Z8             \
	VPANDQ     Z20, Z8, Zto

// HAS is HASBIT for the upper bits of hashes.
#define HAS(base, shift, Z)   \
	VPSRLQ shift, Z, Z        \
	HASBIT(base, Z, Z)

// func fine512(cands *uint32, units *uint16, count int, ones, two, three, four, five *uint64, shift2, shift3, shift4, shift5 uint) int
//
// DI cands, SI units, DX how many to do, R8 ones or 0, R9 to R12 the others,
// BX the candidate at hand, AX how many are kept.
TEXT ·fine512(SB), NOSPLIT, $0-104
	MOVQ         cands+0(FP), DI
	MOVQ         units+8(FP), SI
	MOVQ         count+16(FP), DX
	MOVQ         ones+24(FP), R8
	MOVQ         two+32(FP), R9
	MOVQ         three+40(FP), R10
	MOVQ         four+48(FP), R11
	MOVQ         five+56(FP), R12
	MOVQ         shift2+64(FP), X11
	MOVQ         shift3+72(FP), X12
	MOVQ         shift4+80(FP), X13
	MOVQ         shift5+88(FP), X14
	MOVQ         $0x9E3779B97F4A7C15, R13
	VPBROADCASTQ R13, Z19
	MOVL         $1, R13
	VPBROADCASTQ R13, Z20
	XORL         AX, AX
	XORL         BX, BX
	TESTQ        DX, DX
	JLE          fineEnd

fine:
	VMOVDQU (DI)(BX*4), Y0
	KXNORB  K1, K1, K1
	CMPQ    DX, $8
	JLT     fineCut

heads:
	// Z1 the first four units, Z2 the fifth; Z3 to Z6 the hashes of the first
	// two, three, four and five, then which of them are there.
	KMOVB      K1, R13
	KMOVB      K1, K2
	VPXORQ     Z1, Z1, Z1
	VPXORQ     Z2, Z2, Z2
	VPGATHERDQ (SI)(Y0*2), K1, Z1
	VPGATHERDQ 8(SI)(Y0*2), K2, Z2
	VPSLLQ     $48, Z2, Z2
	VPSRLQ     $25, Z2, Z2          // to bits 23 to 38: fiveShift
	VPXORQ     Z1, Z2, Z6
	VPMULLQ    Z19, Z1, Z5
	VPMULLQ    Z19, Z6, Z6
	VPSLLQ     $16, Z5, Z4
	VPSLLQ     $32, Z5, Z3
	HAS(R9, X11, Z3)
	HAS(R10, X12, Z4)
	HAS(R11, X13, Z5)
	HAS(R12, X14, Z6)
	VPSLLQ     $1, Z3, Z3
	VPSLLQ     $2, Z4, Z4
	VPSLLQ     $3, Z5, Z5
	VPSLLQ     $4, Z6, Z6
	VPTERNLOGQ $0xFE, Z3, Z4, Z5    // three together
	VPORQ      Z5, Z6, Z6
	TESTQ      R8, R8
	JEQ        keep
	VPSLLQ     $48, Z1, Z2
	VPSRLQ     $48, Z2, Z2
	HASBIT(R8, Z2, Z2)
	VPORQ      Z2, Z6, Z6

keep:
	VPMOVQD       Z6, Y6
	KMOVB         R13, K2
	VPTESTMD      Y6, Y6, K2, K1
	VPSLLD        $5, Y0, Y0        // mayBits
	VPORD         Y0, Y6, Y6
	VPCOMPRESSD.Z Y6, K1, Y6
	VMOVDQU       Y6, (DI)(AX*4)
	KMOVB         K1, R13
	POPCNTL       R13, R13
	ADDQ          R13, AX
	ADDQ          $8, BX
	SUBQ          $8, DX
	JGT           fine

fineEnd:
	VZEROUPPER
	MOVQ AX, ret+96(FP)
	RET

fineCut:
	MOVL  $-1, R13
	BZHIL DX, R13, R13
	KMOVB R13, K1
	JMP   heads
