/**
 * Relaxed WebAssembly SIMD: rows of int8 against centroids of 7 bits, stored as r + 64, for which every engine gives the same integers: two
 * products are at most 2·127·127 < 2^15, so none saturates, and no centroid has the eighth bit, whose meaning is left open. Per step of 4
 * dimensions and block 8 instructions of 16 products each where the processor has one for them (AVX-VNNI, Arm's dot product); elsewhere
 * five in the place of one, and module.ts takes the other set. The M-step, the recheck and all bounds are the same. Floats multiply and add
 * at once where that is as fast (bound.h, 8: rounded once or twice).
 */
#include "sets/levels.h"
#include <wasm_simd128.h>
#define ISA_NAME "relaxed"
#define ISA_SYMBOL isaWasm
#define ROWS 8
#define WIDTH 16
#define GROUP 4
#define TOGETHER 1
#define PACE 1.5
#define FLOATS 4
#define BIAS 64
#define TIMES 0.014, 0.05, 0.1, 0.1
#define INTERLEAVED
#define MULTIPLY_ADD(a, b, c) ((Wide)wasm_f32x4_relaxed_madd((v128_t)(a), (v128_t)(b), (v128_t)(c)))
#include "isa/isa.h"

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 63;
}

static inline v128_t multiplyAdd(v128_t row, v128_t centroids, v128_t sum) {
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(row, centroids, sum);
}

/** Behind the last dimension there are zeros, without the bias. */
static double tail(const int32_t *words, int64_t first, int64_t end) {
  const int8_t *values = (const int8_t *)words;
  double sum = 0;
  for (int64_t t = 4 * first; t < 4 * end; t++) {
    const double value = values[t] - BIAS;
    sum += values[t] == 0 ? 0 : value * value;
  }
  return sum;
}
#define TAIL tail

/** Four words of a row, from word g on. */
static inline v128_t fourWords(const int8_t *row, int64_t g) { return wasm_v128_load(row + 4 * g); }

#include "sets/wasmBlocks.h"

#include "isa/functions.h"
