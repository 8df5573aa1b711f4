/**
 * AVX-512 VNNI: 12 rows × 32 centroids of int8. 24 accumulators, two registers of centroids, six of broadcast rows: all 32 in use, which
 * compilers spill, hence assembly. Per step of 4 dimensions: 2 loads, 12 broadcasts and 24 vpdpbusd of 64 products each, the bound of two
 * a cycle.
 * vpdpbusd takes unsigned × signed bytes: centroids are stored as r + 128, and 128·Σq is part of the row's limit.
 */
#include "levels.h"
#include <stddef.h>
#define ISA_NAME "avx512vnni"
#define ISA_SYMBOL isaAvx512vnni
#define ROWS 12
#define WIDTH 32
#define GROUP 4
#define TOGETHER 1
#define BIAS 128
#include "isa.h"

static void enter(void) {}
static void leave(void) {}

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

_Static_assert(offsetof(Meeting, limit) == 128 && offsetof(Meeting, score) == 192 && offsetof(Meeting, hit) == 2240, "addressed below");

#define TEXT(x) #x
#define ZMM(n) "%%zmm" TEXT(n)
/** Row, its two accumulators. */
#define EACH_ROW(F) \
  F(0, 8, 9) F(1, 10, 11) F(2, 12, 13) F(3, 14, 15) F(4, 16, 17) F(5, 18, 19) \
  F(6, 20, 21) F(7, 22, 23) F(8, 24, 25) F(9, 26, 27) F(10, 28, 29) F(11, 30, 31)
#define START(row, a, b) "vmovdqa32 (%[m])," ZMM(a) "\n vmovdqa32 64(%[m])," ZMM(b) "\n"
#define MULTIPLY(row, x, a, b) \
  "vpbroadcastd 4*" #row "(%[q])," ZMM(x) "\n vpdpbusd " ZMM(x) ",%%zmm0," ZMM(a) "\n vpdpbusd " ZMM(x) ",%%zmm1," ZMM(b) "\n"
#define COMPARE(row, a, b) \
  "vpcmpd $5,128+4*" #row "(%[m])%{1to16%}," ZMM(a) ",%%k1\n vpcmpd $5,128+4*" #row "(%[m])%{1to16%}," ZMM(b) ",%%k2\n" \
  "kunpckwd %%k1,%%k2,%%k1\n kord %%k1,%%k3,%%k3\n kmovd %%k1,2240+4*" #row "(%[m])\n"
#define KEEP(row, a, b) "vmovdqa32 " ZMM(a) ",192+128*" #row "(%[m])\n vmovdqa32 " ZMM(b) ",256+128*" #row "(%[m])\n"

static inline uint32_t products(const void *rows, const void *centroids, int64_t groups, Meeting *m) {
  const char *q = rows, *p = centroids;
  int any = 0;
  __asm__ volatile(
      EACH_ROW(START)
      ".p2align 5\n"
      "1: vmovdqu64 (%[p]),%%zmm0\n vmovdqu64 64(%[p]),%%zmm1\n"
      MULTIPLY(0, 2, 8, 9) MULTIPLY(1, 3, 10, 11) MULTIPLY(2, 4, 12, 13) MULTIPLY(3, 5, 14, 15)
      MULTIPLY(4, 6, 16, 17) MULTIPLY(5, 7, 18, 19) MULTIPLY(6, 2, 20, 21) MULTIPLY(7, 3, 22, 23)
      MULTIPLY(8, 4, 24, 25) MULTIPLY(9, 5, 26, 27) MULTIPLY(10, 6, 28, 29) MULTIPLY(11, 7, 30, 31)
      "add $48,%[q]\n sub $-128,%[p]\n dec %[groups]\n jnz 1b\n"
      "kxord %%k3,%%k3,%%k3\n" EACH_ROW(COMPARE)
      "kortestd %%k3,%%k3\n jz 2f\n" EACH_ROW(KEEP) "mov $1,%[any]\n"
      "2:\n"
      : [p] "+r"(p), [q] "+r"(q), [groups] "+r"(groups), [any] "+r"(any)
      : [m] "r"(m)
      : "memory", "cc", "k1", "k2", "k3", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9", "zmm10",
        "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18", "zmm19", "zmm20", "zmm21", "zmm22", "zmm23", "zmm24",
        "zmm25", "zmm26", "zmm27", "zmm28", "zmm29", "zmm30", "zmm31");
  uint32_t passed = 0;
  for (int i = 0; any && i < ROWS; i++) passed |= (uint32_t)(m->hit[i] != 0) << i;
  return passed;
}

#include "screen.h"
