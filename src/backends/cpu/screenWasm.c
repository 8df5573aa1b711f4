/**
 * WebAssembly SIMD: tiles of 8 rows × 8 centroids of int16, as two blocks of 4 rows: 8 accumulators, two registers of centroids and one
 * broadcast row fit the 16 registers of x86. Per step of 2 dimensions and block 8 dot products and 8 additions of 8 values each. Two blocks
 * share the panel's initial values, which cost as much as ten steps. Int8 would need relaxed SIMD, which Node 20 does not have.
 */
#include "levels.h"
#include <wasm_simd128.h>
#define ISA_NAME "simd128"
#define ISA_SYMBOL isaWasm
#define ROWS 8
#define WIDTH 8
#define GROUP 2
#define TOGETHER 1
#define BIAS 0
#include "isa.h"

#define BLOCK 4

static void enter(void) {}
static void leave(void) {}

static int rowLevels(int64_t d) { return shortLevels(d); }
static int centroidLevels(int64_t d) { return shortLevels(d); }

/** Scores of rows [first, first + BLOCK) of the tile. @return those that have a hit */
static inline uint32_t block(const int32_t *q, const int32_t *p, int32_t groups, Meeting *m, int first) {
  v128_t sum[BLOCK][2];
  const v128_t start0 = wasm_v128_load(m->initial), start1 = wasm_v128_load(m->initial + 4);
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) {
    sum[i][0] = start0;
    sum[i][1] = start1;
  }
  for (int32_t g = 0; g < groups; g++, q += ROWS, p += WIDTH) {
    const v128_t c0 = wasm_v128_load(p), c1 = wasm_v128_load(p + 4);
#pragma clang loop unroll(full)
    for (int i = 0; i < BLOCK; i++) {
      const v128_t x = wasm_v128_load32_splat(q + i);
      sum[i][0] = wasm_i32x4_add(sum[i][0], wasm_i32x4_dot_i16x8(x, c0));
      sum[i][1] = wasm_i32x4_add(sum[i][1], wasm_i32x4_dot_i16x8(x, c1));
    }
  }
  v128_t hit[BLOCK][2], any = wasm_i32x4_splat(0);
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) {
    const v128_t limit = wasm_v128_load32_splat(m->limit + first + i);
    hit[i][0] = wasm_i32x4_ge(sum[i][0], limit);
    hit[i][1] = wasm_i32x4_ge(sum[i][1], limit);
    any = wasm_v128_or(any, wasm_v128_or(hit[i][0], hit[i][1]));
  }
  if (!wasm_v128_any_true(any)) return 0;
  uint32_t passed = 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) {
    const uint32_t bits = wasm_i32x4_bitmask(hit[i][0]) | wasm_i32x4_bitmask(hit[i][1]) << 4;
    m->hit[first + i] = bits;
    passed |= (uint32_t)(bits != 0) << (first + i);
    wasm_v128_store(m->score[first + i], sum[i][0]);
    wasm_v128_store(m->score[first + i] + 4, sum[i][1]);
  }
  return passed;
}

static inline uint32_t products(const void *rows, const void *centroids, int64_t groups, Meeting *m) {
  uint32_t passed = 0;
  for (int first = 0; first < ROWS; first += BLOCK)
    passed |= block((const int32_t *)rows + first, centroids, (int32_t)groups, m, first);
  return passed;
}

#include "screen.h"
