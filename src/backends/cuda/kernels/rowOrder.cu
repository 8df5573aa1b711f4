/**
 * Puts rows together that have much in common. Ordered by label, neighbours pass and fail the same tiles, so fewer of a warp's looks at a
 * tile are long ones: once labels have settled, the rows are packed anew in that order. For one E-step, far rows are put before near ones:
 * a counting sort over 2k keys (threshold.cu), then the packed rows of one panel at a time are gathered.
 */
#include "settle.cuh"

/** The lanes with this lane's key, and the lane's place among them. */
__device__ __forceinline__ uint32_t peers(uint32_t active, int32_t key, int &place) {
  const uint32_t same = __match_any_sync(active, key);
  place = __popc(same & ((1u << threadIdx.x % 32) - 1));
  return same;
}

/** IN keys n; OUT counts: += rows of each key. Parallel over rows; lanes of one key add once. */
extern "C" __global__ void countKeys(const int32_t *__restrict__ keys, int64_t n, int32_t *__restrict__ counts) {
  const int64_t row = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  const uint32_t active = __ballot_sync(~0u, row < n);
  if (row >= n) return;
  int place;
  const uint32_t same = peers(active, keys[row], place);
  if (place == 0) atomicAdd(counts + keys[row], __popc(same));
}

/** IN, OUT counts: of 2k keys, then how many rows come before each. One block of 1024 threads. */
extern "C" __global__ void __launch_bounds__(1024) startsOfKeys(int32_t *counts, int k) {
  __shared__ int32_t warpSums[32];
  const int t = threadIdx.x, lane = t % 32;
  int32_t before = 0;
  for (int base = 0; base < 2 * k; base += 1024) {
    const int32_t own = base + t < 2 * k ? counts[base + t] : 0;
    int32_t upTo = own;
    for (int o = 1; o < 32; o *= 2) {
      const int32_t other = __shfl_up_sync(~0u, upTo, o);
      if (lane >= o) upTo += other;
    }
    __syncthreads();
    if (lane == 31) warpSums[t / 32] = upTo;
    __syncthreads();
    int32_t warps = 0, all = 0;
    for (int w = 0; w < 32; w++) {
      if (w == t / 32) warps = all;
      all += warpSums[w];
    }
    const int32_t start = before + warps + upTo - own;
    if (base + t < 2 * k) counts[base + t] = start;
    before += all;
  }
}

/** IN keys n; IN, OUT starts: of each key, then behind it; OUT order: the rows by key. Parallel over rows. */
extern "C" __global__ void placeRows(const int32_t *__restrict__ keys, int64_t n, int32_t *__restrict__ starts,
                                     int32_t *__restrict__ order) {
  const int64_t row = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  const uint32_t active = __ballot_sync(~0u, row < n);
  if (row >= n) return;
  int place;
  const uint32_t same = peers(active, keys[row], place);
  int32_t start = 0;
  if (place == 0) start = atomicAdd(starts + keys[row], __popc(same));
  order[__shfl_sync(same, start, __ffs(same) - 1) + place] = (int32_t)row;
}

/**
 * IN   packed, bounds, limits of all places; order: `count` of them; base: the row of every place, or null
 * OUT  gathered, gatheredBounds, gatheredLimits: the same of these places, up to `padded`: zeros that pass nothing; gatheredRows
 * Parallel over 16-byte chunks.
 */
extern "C" __global__ void gatherRows(const uint8_t *__restrict__ packed, const RowBound *__restrict__ bounds,
                                      const float *__restrict__ limits, const int32_t *__restrict__ order,
                                      const int32_t *__restrict__ base, int count, int padded, int slices,
                                      uint8_t *__restrict__ gathered, RowBound *__restrict__ gatheredBounds,
                                      float *__restrict__ gatheredLimits, int32_t *__restrict__ gatheredRows) {
  constexpr int CHUNKS = SLICE_BYTES / 16;
  const int64_t at = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  const int i = at / CHUNKS / slices, slice = at / CHUNKS % slices, chunk = at % CHUNKS;
  if (i >= padded) return;
  const int64_t place = i < count ? order[i] : -1;
  const int64_t from = (place / GROUP_ROWS * slices + slice) * GROUP_SLICE_BYTES + swizzled(place % GROUP_ROWS, chunk);
  const int64_t to = ((int64_t)(i / GROUP_ROWS) * slices + slice) * GROUP_SLICE_BYTES + swizzled(i % GROUP_ROWS, chunk);
  *(uint4 *)(gathered + to) = place < 0 ? make_uint4(0, 0, 0, 0) : *(const uint4 *)(packed + from);
  if (slice > 0 || chunk > 0) return;
  gatheredBounds[i] = place < 0 ? RowBound{0, 0, 1, 0} : bounds[place];
  gatheredLimits[i] = place < 0 ? INFINITY : limits[place];
  if (place >= 0) gatheredRows[i] = base ? base[place] : (int32_t)place;
}
