/**
 * The labels, from the candidates that a screen by tensor cores left. What was kept before its row's limit had risen is dropped first; one
 * candidate is the label then, several are settled in float64. Near rows (threshold.cu) met the moved centroids alone: their label before is
 * one candidate more.
 */
#include "settle.cuh"

/** Rows of a warp: few, so that there are enough warps to wait for memory at a time. */
#define WARP_ROWS 8

/**
 * IN   counts and candidates of a panel's `padded` rows and 1 or 2 halves (collect.cuh), places: centroid of each place
 *      order: the panel's rows, or null for first…first + rows − 1; near: whether they are
 *      tiles of so many slices, bounds, limits: as the screen met and left them
 * OUT  labels and distances of these rows, tally; listed: those with more candidates than slots, behind the tally.open that there are, by their
 *      place in the panel or, byRow, by themselves
 * Parallel over rows, a warp WARP_ROWS of them.
 */
extern "C" __global__ void __launch_bounds__(256, 4) recheck(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ places,
                                   const int32_t *__restrict__ order, int64_t first, int rows, int64_t padded, int halves, int near,
                                   int d, int slices, int byRow, const uint32_t *__restrict__ counts, const Candidate *__restrict__ candidates,
                                   int32_t *__restrict__ labels, float *__restrict__ distances, uint32_t *__restrict__ listed, Tally *__restrict__ tally,
                                   const uint8_t *__restrict__ tiles, const RowBound *__restrict__ bounds, const float *__restrict__ limits) {
  const int lane = threadIdx.x % 32;
  const int base = (blockIdx.x * blockDim.x + threadIdx.x) / 32 * WARP_ROWS;
  const int i = base + lane;
  __shared__ int sums[3];
  if (threadIdx.x < 3) sums[threadIdx.x] = 0;
  __syncthreads();
  const bool real = lane < WARP_ROWS && i < rows;
  uint32_t count[2] = {0, 0};
  int total = 0, single = 0;
  bool spilt = false;
#pragma unroll
  for (int h = 0; h < 2; h++) {
    if (!real || h >= halves) continue;
    count[h] = counts[h * padded + i];
#pragma unroll
    for (int q = 0; q < 4; q++) {
      const int here = count[h] >> 8 * q & 255;
      total += here;
      spilt |= here > LANE_SLOTS;
      if (here == 1) single = h * 4 + q;
    }
  }
  int changed = 0, rechecked = 0;
  bool open = real && (spilt || (total == 0 && !near));
  const int64_t row = real ? (order ? order[i] : first + i) : 0;
  bool several = real && total > 1 && !open;
  if (real && total == 1) {
    const int32_t only = places[candidates[(single / 4 * padded + i) * ROW_SLOTS + single % 4 * LANE_SLOTS].place];
    if (near)
      several = only != labels[row];
    else
      changed = relabel(row, only, labels, distances);
  }
  for (uint32_t left = __ballot_sync(~0u, several); left != 0; left &= left - 1) {
    const int owner = __ffs(left) - 1;
    const int64_t at = base + owner, itsRow = __shfl_sync(~0u, row, owner);
    const RowBound bound = bounds[at];
    const float limit = limits[at];
    const int32_t before = near ? labels[itsRow] : -1;
    int32_t mine[3] = {-1, -1, -1};
    int kept = 0;
    bool beforeMet = false;
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const uint32_t itsCount = __shfl_sync(~0u, count[h], owner);
      if (lane % LANE_SLOTS < (itsCount >> 8 * (lane / LANE_SLOTS) & 255)) {
        const Candidate candidate = candidates[(h * padded + at) * ROW_SLOTS + lane];
        const TileBound &tile = tileBound(tiles, slices, candidate.place / TILE_CENTROIDS);
        if (!(candidate.most < limitOf(limit, blurOf(bound.length, bound.rest, bound.scale, tile), tile))) mine[h] = places[candidate.place];
      }
      kept += __popc(__ballot_sync(~0u, mine[h] >= 0));
      beforeMet |= __any_sync(~0u, mine[h] >= 0 && mine[h] == before);
    }
    if (near && !beforeMet) {
      if (lane == 0) mine[2] = before;
      kept++;
    }
    if (kept == 0) {
      if (lane == owner) open = true;
      continue;
    }
    int32_t label;
    if (kept > 1) {
      label = settle(x + itsRow * d, centroids, d, mine);
      rechecked++;
    } else {
      const uint32_t who[3] = {__ballot_sync(~0u, mine[0] >= 0), __ballot_sync(~0u, mine[1] >= 0), __ballot_sync(~0u, mine[2] >= 0)};
      const int h = who[0] ? 0 : who[1] ? 1 : 2;
      label = __shfl_sync(~0u, h == 0 ? mine[0] : h == 1 ? mine[1] : mine[2], __ffs(who[h]) - 1);
    }
    if (lane == 0) changed += relabel(itsRow, label, labels, distances);
  }
  if (open) listed[atomicAdd(&tally->open, 1u)] = byRow ? row : i;
  changed = warpSum(changed);
  total = warpSum(open ? 0 : total);
  if (lane == 0) {
    atomicAdd(&sums[0], changed);
    atomicAdd(&sums[1], rechecked);
    atomicAdd(&sums[2], total);
  }
  __syncthreads();
  if (threadIdx.x < 3 && sums[threadIdx.x] > 0) atomicAdd(&tally->changed + threadIdx.x, (unsigned long long)sums[threadIdx.x]);
}
