/**
 * WebAssembly SIMD: int16 (rows are int8 at rest). Per step of 2 dimensions and block 8 dot products and 8 additions of 8 values each:
 * alone 86 GF/s a thread on two cores of a Xeon, the bound of three vector instructions a cycle.
 */
#include "sets/levels.h"
#include <wasm_simd128.h>
#define ISA_NAME "simd128"
#define ISA_SYMBOL isaWasm
#define ROWS 8
#define WIDTH 16
#define GROUP 2
#define TOGETHER 1
#define PACE 1.8
#define FLOATS 4
#define BIAS 0
#define TIMES 0.022, 0.06, 0.1, 0.1
#define INTERLEAVED
#include "isa/isa.h"

static int rowLevels(int64_t d) { return wideRowLevels(d); }
static int centroidLevels(int64_t d) { return wideCentroidLevels(d); }

static inline v128_t multiplyAdd(v128_t row, v128_t centroids, v128_t sum) {
  return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(row, centroids));
}

static double tail(const int32_t *words, int64_t first, int64_t end) {
  const int16_t *values = (const int16_t *)words;
  double sum = 0;
  for (int64_t t = 2 * first; t < 2 * end; t++) sum += (double)values[t] * values[t];
  return sum;
}
#define TAIL tail

#define OWN_PLACE
static void placeRow(const int8_t *bytes, int64_t words, int member, int32_t *tile) {
  int64_t g = 0;
  for (tile += member; g + 4 <= words; g += 4, tile += 4 * ROWS) {
    const v128_t values = wasm_i16x8_load8x8(bytes + 2 * g);
    wasm_v128_store32_lane(tile, values, 0);
    wasm_v128_store32_lane(tile + ROWS, values, 1);
    wasm_v128_store32_lane(tile + 2 * ROWS, values, 2);
    wasm_v128_store32_lane(tile + 3 * ROWS, values, 3);
  }
  for (; g < words; g++, tile += ROWS) *tile = (uint16_t)bytes[2 * g] | (uint32_t)bytes[2 * g + 1] << 16;
}

/** Four words of a row, from word g on. */
static inline v128_t fourWords(const int8_t *row, int64_t g) { return wasm_i16x8_load8x8(row + 2 * g); }

#include "sets/wasmBlocks.h"

#include "isa/functions.h"
