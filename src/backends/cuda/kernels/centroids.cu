/**
 * Packs the centroids for the screen, before every E-step, in three steps: measures, an order by norm, tiles; all of them, or those that moved
 * since the E-step before. Little work: k·d a few times.
 */
#include "bound.cuh"
#include "reduce.cuh"

/** Buckets of the order by norm: eight bits of exponent, four of mantissa. */
#define BUCKETS 4096

/**
 * IN   centroids k×d, mean d; earlier: those of the E-step before, or null
 * OUT  squares: ‖c − μ‖², largest: |c − μ|∞, keys: buckets of the norm
 *      moved: 1 where any bit differs from the earlier; ids, *count: these centroids, in no order
 * Parallel over centroids, a warp each.
 */
extern "C" __global__ void measureCentroids(const float *__restrict__ centroids, const float *__restrict__ mean,
                                            const float *__restrict__ earlier, int k, int d, double *__restrict__ squares,
                                            float *__restrict__ largest, int32_t *__restrict__ keys, uint8_t *__restrict__ moved,
                                            int32_t *__restrict__ ids, int32_t *__restrict__ count) {
  const int j = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
  if (j >= k) return;
  const float *c = centroids + (int64_t)j * d, *before = earlier ? earlier + (int64_t)j * d : c;
  double square = 0, most = 0;
  bool differs = false;
#pragma unroll 4
  for (int t = lane; t < d; t += 32) {
    const double v = (double)c[t] - mean[t];
    square += v * v;
    most = fmax(most, fabs(v));
    differs |= __float_as_int(c[t]) != __float_as_int(before[t]);
  }
  square = warpSum(square);
  most = warpMax(most);
  differs = __any_sync(~0u, differs);
  if (lane > 0) return;
  squares[j] = square;
  largest[j] = (float)fmin(most, 3e38);
  keys[j] = __float_as_int((float)fmin(sqrt(square), 3e38)) >> 19;
  if (earlier == nullptr) return;
  moved[j] = differs;
  if (differs) ids[atomicAdd(count, 1)] = j;
}

/**
 * IN   keys: buckets of all centroids, ids: `count` of them, or null for the first `count`
 * OUT  order: these centroids, by bucket; within one as it comes, which no label depends on
 * One block of 1024 threads.
 */
extern "C" __global__ void __launch_bounds__(1024)
    orderCentroids(const int32_t *__restrict__ keys, const int32_t *__restrict__ ids, int count, int32_t *__restrict__ order) {
  __shared__ int start[BUCKETS];
  __shared__ int sums[32];
  const int t = threadIdx.x, lane = t % 32;
  for (int b = t; b < BUCKETS; b += 1024) start[b] = 0;
  __syncthreads();
  for (int i = t; i < count; i += 1024) atomicAdd(&start[keys[ids ? ids[i] : i]], 1);
  __syncthreads();
  int counts[4], total = 0;
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
  for (int i = t; i < count; i += 1024) {
    const int j = ids ? ids[i] : i;
    order[atomicAdd(&start[keys[j]], 1)] = j;
  }
}

/**
 * IN   centroids k×d, mean d, squares and largest (measureCentroids), order: the centroid of each of `count` places
 * OUT  tiles (layout.cuh)
 * Parallel over tiles, a block of 1024 threads each, a warp a centroid.
 */
extern "C" __global__ void __launch_bounds__(1024)
    packCentroids(const float *__restrict__ centroids, const float *__restrict__ mean, const double *__restrict__ squares,
                  const float *__restrict__ largest, const int32_t *__restrict__ order, int count, int d, uint8_t *__restrict__ tiles) {
  __shared__ float restMax[32], lengthMax[32];
  const int slices = (d + SLICE_COLUMNS - 1) / SLICE_COLUMNS, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  uint8_t *tile = tiles + blockIdx.x * tileBytes(slices);
  float *offsets = (float *)(tile + slices * TILE_SLICE_BYTES);
  const int first = blockIdx.x * TILE_CENTROIDS;
  float most = 0;
#pragma unroll
  for (int i = lane; i < TILE_CENTROIDS; i += 32)
    if (first + i < count) most = fmaxf(most, largest[order[first + i]]);
  const float scale = scaleOf(warpMax(most));
  float restLargest = 0, lengthLargest = 0;
  for (int i = warp; i < TILE_CENTROIDS; i += 32) {
    const bool real = first + i < count;
    const int j = real ? order[first + i] : 0;
    const float *c = centroids + (int64_t)j * d;
    double rest = 0;
#pragma unroll 4
    for (int t = 2 * lane; t < slices * SLICE_COLUMNS; t += 64) {
      __half2 pair;
#pragma unroll
      for (int e = 0; e < 2; e++) {
        const double v = real && t + e < d ? ((double)c[t + e] - mean[t + e]) * scale : 0;
        const __half h = __float2half_rn((float)v);
        (e ? pair.y : pair.x) = h;
        const double left = v - (double)__half2float(h);
        rest += left * left;
      }
      const int byte = t % SLICE_COLUMNS * 2;
      *(__half2 *)(tile + t / SLICE_COLUMNS * TILE_SLICE_BYTES + swizzled(i, byte / 16) + byte % 16) = pair;
    }
    const double length = real ? sqrt(squares[j]) * scale : 0;
    restLargest = fmaxf(restLargest, upward(restOf(warpSum(rest), length) * (1 + 0x1p-9)));
    lengthLargest = fmaxf(lengthLargest, upward(length + TINY));
    if (lane == 0) offsets[offsetWord(i)] = real ? -(float)fmin(0.5 * squares[j] * scale, 0x1p120) : -INFINITY;
  }
  if (lane == 0) {
    restMax[warp] = restLargest;
    lengthMax[warp] = lengthLargest;
  }
  __syncthreads();
  if (warp > 0) return;
  restLargest = (float)warpMax(restMax[lane]);
  lengthLargest = (float)warpMax(lengthMax[lane]);
  if (lane == 0)
    *(TileBound *)(offsets + 4 * QUAD_WORDS) = {scale, restLargest, lengthLargest,
                                                upward(0x1p-21 * 0.5 * (double)lengthLargest * lengthLargest / scale)};
}
