/**
 * AVX-512 VNNI: 12 rows × 32 centroids of int8. 24 accumulators, two registers of centroids, six of broadcast rows: all 32 in use, which
 * compilers spill, hence assembly. Per step of 4 dimensions: 2 loads, 12 broadcasts and 24 vpdpbusd of 64 products each, the bound of two
 * a cycle.
 * vpdpbusd takes unsigned × signed bytes: centroids are stored as r + 128, and 128·Σq is part of the row's limit.
 */
#include "sets/levels.h"
#include <immintrin.h>
#include <stddef.h>
#define ISA_NAME "avx512vnni"
#define ISA_SYMBOL isaAvx512vnni
#define ROWS 12
#define WIDTH 32
#define GROUP 4
#define TOGETHER 1
#define PACE 1
#define BIAS 128
#define TIMES 0.0025, 0.02, 0.013, 0.011
#include "isa/isa.h"

static void enter(void) {}
static void leave(void) {}

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

_Static_assert(offsetof(Meeting, limit) == 128 && offsetof(Meeting, score) == 256 && offsetof(Meeting, hit) == 4352, "addressed below");

#define TEXT(x) #x
#define ZMM(n) "%%zmm" TEXT(n)
/** Row, its two accumulators, and a register of its own six rows. */
#define EACH_ROW(F) \
  F(0, 8, 9, 2) F(1, 10, 11, 3) F(2, 12, 13, 4) F(3, 14, 15, 5) F(4, 16, 17, 6) F(5, 18, 19, 7) \
  F(6, 20, 21, 2) F(7, 22, 23, 3) F(8, 24, 25, 4) F(9, 26, 27, 5) F(10, 28, 29, 6) F(11, 30, 31, 7)
#define START(row, a, b, x) "vmovdqa32 (%[m])," ZMM(a) "\n vmovdqa32 64(%[m])," ZMM(b) "\n"
#define MULTIPLY(at, x, a, b) \
  "vpbroadcastd " at "," ZMM(x) "\n vpdpbusd " ZMM(x) ",%%zmm0," ZMM(a) "\n vpdpbusd " ZMM(x) ",%%zmm1," ZMM(b) "\n"
#define LOOK(row, a, b, x) \
  "vpmaxsd " ZMM(a) "," ZMM(b) "," ZMM(x) "\n vpcmpd $5,128+4*" #row "(%[m])%{1to16%}," ZMM(x) ",%%k1\n kord %%k1,%%k3,%%k3\n"
#define COMPARE(row, a, b, x) \
  "vpcmpd $5,128+4*" #row "(%[m])%{1to16%}," ZMM(a) ",%%k1\n vpcmpd $5,128+4*" #row "(%[m])%{1to16%}," ZMM(b) ",%%k2\n" \
  "kunpckwd %%k1,%%k2,%%k1\n kmovd %%k1,4352+4*" #row "(%[m])\n"
#define KEEP(row, a, b, x) "vmovdqa32 " ZMM(a) ",256+128*" #row "(%[m])\n vmovdqa32 " ZMM(b) ",320+128*" #row "(%[m])\n"

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const char *q = rows, *p = centroids;
  // A row lies `s` bytes behind the one before; what addresses cannot multiply is kept.
  const int64_t s = 4 * words, s3 = 3 * s, s5 = 5 * s, s7 = 7 * s, s9 = 9 * s, s11 = 11 * s;
  int any = 0;
  __asm__ volatile(
      EACH_ROW(START)
      ".p2align 5\n"
      "1: vmovdqu64 (%[p]),%%zmm0\n vmovdqu64 64(%[p]),%%zmm1\n"
      MULTIPLY("(%[q])", 2, 8, 9) MULTIPLY("(%[q],%[s])", 3, 10, 11) MULTIPLY("(%[q],%[s],2)", 4, 12, 13)
      MULTIPLY("(%[q],%[s3])", 5, 14, 15) MULTIPLY("(%[q],%[s],4)", 6, 16, 17) MULTIPLY("(%[q],%[s5])", 7, 18, 19)
      MULTIPLY("(%[q],%[s3],2)", 2, 20, 21) MULTIPLY("(%[q],%[s7])", 3, 22, 23) MULTIPLY("(%[q],%[s],8)", 4, 24, 25)
      MULTIPLY("(%[q],%[s9])", 5, 26, 27) MULTIPLY("(%[q],%[s5],2)", 6, 28, 29) MULTIPLY("(%[q],%[s11])", 7, 30, 31)
      "add $4,%[q]\n sub $-128,%[p]\n dec %[words]\n jnz 1b\n"
      "kxord %%k3,%%k3,%%k3\n" EACH_ROW(LOOK)
      "kortestd %%k3,%%k3\n jz 2f\n" EACH_ROW(COMPARE) EACH_ROW(KEEP) "mov $1,%[any]\n"
      "2:\n"
      : [p] "+r"(p), [q] "+r"(q), [words] "+r"(words), [any] "+r"(any)
      : [m] "r"(m), [s] "r"(s), [s3] "r"(s3), [s5] "r"(s5), [s7] "r"(s7), [s9] "r"(s9), [s11] "r"(s11)
      : "memory", "cc", "k1", "k2", "k3", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9", "zmm10",
        "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18", "zmm19", "zmm20", "zmm21", "zmm22", "zmm23", "zmm24",
        "zmm25", "zmm26", "zmm27", "zmm28", "zmm29", "zmm30", "zmm31");
  uint32_t passed = 0;
  for (int i = 0; any && i < ROWS; i++) passed |= (uint32_t)(m->hit[i] != 0) << i;
  return passed;
}

#define OWN_PRODUCT
/** The products of one row and one centroid, as far as whole registers go. @return the words that are done */
static inline int64_t productsOf(const int8_t *row, const int32_t *centroid, int64_t words, int32_t *total) {
  __m512i sum = _mm512_setzero_si512();
  int64_t g = 0;
  for (; g + 16 <= words; g += 16) sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(centroid + g), _mm512_loadu_si512(row + 4 * g));
  if (g < words) {
    const __mmask16 left = (__mmask16)((1u << (words - g)) - 1);
    sum = _mm512_dpbusd_epi32(sum, _mm512_maskz_loadu_epi32(left, centroid + g), _mm512_maskz_loadu_epi32(left, row + 4 * g));
  }
  *total = _mm512_reduce_add_epi32(sum);
  return words;
}

#include "sets/floatsAvx512.h"
#include "isa/functions.h"
