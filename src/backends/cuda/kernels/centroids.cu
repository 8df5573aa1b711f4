/**
 * Packs the centroids for the screen, before every E-step, in three steps: measures, an order by norm, tiles; all of them, or those that moved
 * since the E-step before. Little work: k·d a few times.
 */
#include "packing.cuh"
#include "reduce.cuh"

/** Buckets of an order by norm: eight bits of exponent, four of mantissa; or as many parts of the norms' distribution. */
#define BUCKETS 4096
/** Bits of a float that the first of these do not see. */
#define BUCKET_BITS 19

/** A key below 2^31 whose order is the values'; neighbours may share it. */
__device__ __forceinline__ int32_t orderOf(float value) {
  const uint32_t bits = __float_as_uint(value);
  return (bits >> 31 ? ~bits : bits | 0x80000000u) >> 1;
}

/**
 * IN   centroids k×d, mean d; skip: 1 for every column that is left out, or null; column: what they are ordered by, −1: their norm;
 *      compare: whether `earlier` holds those of the E-step before
 * OUT  earlier: these centroids; squares: ‖c − μ‖², largest: |c − μ|∞, both without what is left out
 *      keys: the bits of the norm as float32, whose order is the norms', or integers in the order of the column
 *      where compared, moved: 1 where any bit differs; ids, *count: these centroids, in no order
 * Parallel over centroids, a warp each.
 */
extern "C" __global__ void measureCentroids(const float *__restrict__ centroids, const float *__restrict__ mean,
                                            const uint8_t *__restrict__ skip, int column, float *__restrict__ earlier, int compare, int k, int d,
                                            double *__restrict__ squares,
                                            float *__restrict__ largest, int32_t *__restrict__ keys, uint8_t *__restrict__ moved,
                                            int32_t *__restrict__ ids, int32_t *__restrict__ count) {
  const int j = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
  if (j >= k) return;
  const float *c = centroids + (int64_t)j * d;
  float *before = earlier + (int64_t)j * d;
  double square = 0, most = 0;
  bool differs = false;
#pragma unroll 4
  for (int t = lane; t < d; t += 32) {
    const double v = (double)c[t] - mean[t];
    if (!(skip && skip[t])) {
      square += v * v;
      most = fmax(most, fabs(v));
    }
    if (compare) differs |= __float_as_int(c[t]) != __float_as_int(before[t]);
    before[t] = c[t];
  }
  square = warpSum(square);
  most = warpMax(most);
  differs = __any_sync(~0u, differs);
  if (lane > 0) return;
  squares[j] = square;
  largest[j] = (float)fmin(most, 3e38);
  keys[j] = column < 0 ? __float_as_int((float)fmin(sqrt(square), 3e38)) : orderOf(c[column]);
  if (!compare) return;
  moved[j] = differs;
  if (differs) ids[atomicAdd(count, 1)] = j;
}

/** IN, OUT start: of every bucket its number, then how many come before it. By a block of 1024 threads; `sums`: 32 integers for it. */
__device__ __forceinline__ void startsOf(int *start, int *sums) {
  const int t = threadIdx.x, lane = t % 32;
  int counts[4], total = 0;
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 4; i++) total += counts[i] = start[4 * t + i];
  int before = total;
  for (int o = 1; o < 32; o *= 2) {
    const int other = __shfl_up_sync(~0u, before, o);
    if (lane >= o) before += other;
  }
  if (lane == 31) sums[t / 32] = before;
  __syncthreads();
  before -= total;
  for (int w = 0; w < t / 32; w++) before += sums[w];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    start[4 * t + i] = before;
    before += counts[i];
  }
  __syncthreads();
}

/**
 * IN   keys: of all centroids (measureCentroids), ids: `count` of them, or null for the first `count`
 * OUT  order: these centroids, nearly by norm; within a bucket as they come, which no label depends on
 * Counted twice: coarsely over all norms there are, then as finely as they lie, between the norms of a coarse bucket in proportion. A tile's
 * norms are then nearly equal, whatever their distribution. One block of 1024 threads.
 */
extern "C" __global__ void __launch_bounds__(1024)
    orderCentroids(const int32_t *__restrict__ keys, const int32_t *__restrict__ ids, int count, int32_t *__restrict__ order) {
  __shared__ int coarse[BUCKETS + 1], fine[BUCKETS];
  __shared__ int sums[32];
  const int t = threadIdx.x;
  for (int b = t; b < BUCKETS; b += 1024) coarse[b] = fine[b] = 0;
  __syncthreads();
  for (int i = t; i < count; i += 1024) atomicAdd(&coarse[keys[ids ? ids[i] : i] >> BUCKET_BITS], 1);
  startsOf(coarse, sums);
  if (t == 0) coarse[BUCKETS] = count;
  __syncthreads();
  auto bucketOf = [&](int key) {
    const int b = key >> BUCKET_BITS, start = coarse[b];
    const int64_t place = start + ((int64_t)(coarse[b + 1] - start) * (key & ((1 << BUCKET_BITS) - 1)) >> BUCKET_BITS);
    return (int)(place * BUCKETS / count);
  };
  for (int i = t; i < count; i += 1024) atomicAdd(&fine[bucketOf(keys[ids ? ids[i] : i])], 1);
  startsOf(fine, sums);
  for (int i = t; i < count; i += 1024) {
    const int j = ids ? ids[i] : i;
    order[atomicAdd(&fine[bucketOf(keys[j])], 1)] = j;
  }
}

template <class Format>
__device__ __forceinline__ void packTile(const float *centroids, const float *mean, const uint8_t *skip, const double *squares, const float *largest,
                                         const int32_t *order, int count, int d, uint8_t *tiles) {
  __shared__ float restMax[32], lengthMax[32], offsetMax[32], offsetMin[32];
  const int slices = slicesOf<Format>(d), warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  uint8_t *tile = tiles + blockIdx.x * tileBytes(slices);
  float *offsets = (float *)(tile + slices * TILE_SLICE_BYTES);
  const int first = blockIdx.x * TILE_CENTROIDS;
  float widest = 0;
#pragma unroll
  for (int i = lane; i < TILE_CENTROIDS; i += 32)
    if (first + i < count) widest = fmaxf(widest, largest[order[first + i]]);
  bool bounded;
  const float scale = scaleFor<Format>(warpMax(widest), skip, bounded);
  float restLargest = bounded ? 0 : INFINITY, lengthLargest = 0, most = -INFINITY, least = INFINITY;
  for (int i = warp; i < TILE_CENTROIDS; i += 32) {
    const bool real = first + i < count;
    const int j = real ? order[first + i] : 0;
    const float *c = real ? centroids + (int64_t)j * d : nullptr;
    const double rest = warpSum(packRow<Format>(c, mean, skip, scale, d, tile, i, TILE_SLICE_BYTES).rest);
    const double length = real ? sqrt(squares[j]) * scale : 0, offset = real ? 0.5 * squares[j] * scale : INFINITY;
    restLargest = fmaxf(restLargest, upward(restOf(rest, length) * (1 + 0x1p-9)));
    lengthLargest = fmaxf(lengthLargest, upward(length + TINY));
    // What is too large for float32 has no bound.
    if (real && offset > 0x1p120) restLargest = INFINITY;
    const float stored = real ? -(float)fmin(offset, 0x1p120) : -INFINITY;
    most = fmaxf(most, stored);
    least = fminf(least, stored);
    if (lane == 0) offsets[offsetWord(i)] = stored;
  }
  if (lane == 0) {
    restMax[warp] = restLargest;
    lengthMax[warp] = lengthLargest;
    offsetMax[warp] = most;
    offsetMin[warp] = least;
  }
  __syncthreads();
  if (warp > 0) return;
  restLargest = (float)warpMax(restMax[lane]);
  lengthLargest = (float)warpMax(lengthMax[lane]);
  most = (float)warpMax(offsetMax[lane]);
  least = -(float)warpMax(-offsetMin[lane]);
  if (lane == 0)
    *(TileBound *)(offsets + 4 * QUAD_WORDS) = {
        scale, restLargest, lengthLargest, upward(0x1p-21 * 0.5 * (double)lengthLargest * lengthLargest / scale), 1 / scale, most, least, 0};
}

/**
 * IN   centroids k×d, mean d, skip, squares and largest (measureCentroids), order: the centroid of each of `count` places
 * OUT  tiles (layout.cuh)
 * Parallel over tiles, a block of 1024 threads each, a warp a centroid.
 */
#define PACK(NAME, FORMAT)                                                                                                                 \
  extern "C" __global__ void __launch_bounds__(1024)                                                                                       \
      NAME(const float *__restrict__ centroids, const float *__restrict__ mean, const uint8_t *__restrict__ skip,                          \
           const double *__restrict__ squares, const float *__restrict__ largest, const int32_t *__restrict__ order, int count, int d, uint8_t *__restrict__ tiles) {          \
    packTile<FORMAT>(centroids, mean, skip, squares, largest, order, count, d, tiles);                                                           \
  }

PACK(packCentroids, Fp16)
PACK(packCentroidsInt8, Int8)
