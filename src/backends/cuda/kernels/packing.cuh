/** How a vector is packed for the tensor cores: in fp16 or in int8. The same for points and centroids. */
#pragma once
#include "bound.cuh"

/** fp16, its scale a power of two. */
struct Fp16 {
  /** Columns of a 32-bit word. */
  static constexpr int EACH = 2;
  /** What the tensor cores lose, per column (bound.cuh, 2). */
  static constexpr double LOSS = ACCUMULATION;

  /** The power of two that brings `largest` into [2^(PACKED_BITS − 1), 2^PACKED_BITS). */
  static __device__ __forceinline__ float scaleOf(double largest) {
    if (largest == 0) return 1;
    const int exponent = PACKED_BITS - 1 - ilogb(largest);
    return ldexpf(1.f, exponent < LARGEST_SCALE ? exponent : LARGEST_SCALE);
  }

  /** @param packed what is left of the value @return its bits */
  static __device__ __forceinline__ uint32_t pack(double value, double &packed) {
    const __half h = __float2half_rn((float)value);
    packed = __half2float(h);
    return __half_as_ushort(h);
  }
};

/** int8: integers up to 127, whose products add up exactly. */
struct Int8 {
  static constexpr int EACH = 4;
  static constexpr double LOSS = 0;

  /** The largest scale that keeps every value within ±127. */
  static __device__ __forceinline__ float scaleOf(double largest) {
    return largest == 0 ? 1 : fminf(__double2float_rd(127 / largest), ldexpf(1.f, LARGEST_SCALE));
  }

  static __device__ __forceinline__ uint32_t pack(double value, double &packed) {
    packed = fmin(fmax(rint(value), -127.), 127.);
    return (uint32_t)(int)packed & 255;
  }
};

/**
 * A vector's scale. Where columns are left out, the product of two scales meets their gaps in float32: it is kept between 2^±100, and a vector
 * too large for that has none (bound.cuh, 7).
 */
template <class Format> __device__ __forceinline__ float scaleFor(double largest, const uint8_t *skip, bool &bounded) {
  const float scale = Format::scaleOf(largest);
  bounded = !skip || scale >= 0x1p-50f;
  return skip ? fminf(scale, 0x1p50f) : scale;
}

/** Slices of d columns. */
template <class Format> __host__ __device__ __forceinline__ int slicesOf(int d) {
  return (d + 32 * Format::EACH - 1) / (32 * Format::EACH);
}

/** ‖q‖² and ‖e‖² of a packed vector. */
struct PackedSquares {
  double length, rest;
};

/**
 * A warp packs (row − mean)·scale, zeros behind column d: each lane a word of each slice.
 * @param row or null: all zero
 * @param skip 1 for every column that is taken as zero, or null
 * @param to the first slice; place: which of its rows; sliceBytes: from one slice to the next
 * @return to every lane its share of the squares
 */
template <class Format>
__device__ __forceinline__ PackedSquares packRow(const float *row, const float *mean, const uint8_t *skip, float scale, int d, uint8_t *to, int place,
                                               int sliceBytes) {
  const int lane = threadIdx.x % 32;
  PackedSquares squares = {0, 0};
  to += swizzled(place, lane / 4) + lane % 4 * 4;
#pragma unroll 4
  for (int slice = 0; slice < slicesOf<Format>(d); slice++) {
    uint32_t word = 0;
#pragma unroll
    for (int e = 0; e < Format::EACH; e++) {
      const int t = (32 * slice + lane) * Format::EACH + e;
      const double value = row && t < d && !(skip && skip[t]) ? ((double)row[t] - mean[t]) * scale : 0;
      double packed;
      word |= Format::pack(value, packed) << 32 / Format::EACH * e;
      squares.length += packed * packed;
      squares.rest += (value - packed) * (value - packed);
    }
    *(uint32_t *)(to + (size_t)slice * sliceBytes) = word;
  }
  return squares;
}
