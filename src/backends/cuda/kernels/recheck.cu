/**
 * The labels, from the candidates that a screen by tensor cores left: one candidate is the label, several are settled in float64. Near rows
 * (threshold.cu) met the moved centroids alone: their label before is one candidate more.
 */
#include "settle.cuh"

/**
 * IN   counts and candidates of a panel's `padded` rows and 1 or 2 halves (collect.cuh), places: centroid of each place
 *      order: the panel's rows, or null for first…first + rows − 1; near: whether they are
 * OUT  labels and distances of these rows, tally; listed: those with more candidates than slots, by their place in the panel
 * Parallel over rows, a warp 32 of them.
 */
extern "C" __global__ void recheck(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ places,
                                   const int32_t *__restrict__ order, int64_t first, int rows, int64_t padded, int halves, int near,
                                   int d, const uint32_t *__restrict__ counts, const uint32_t *__restrict__ candidates,
                                   int32_t *__restrict__ labels, float *__restrict__ distances, uint32_t *__restrict__ listed, Tally *__restrict__ tally) {
  const int lane = threadIdx.x % 32;
  const int base = (blockIdx.x * blockDim.x + threadIdx.x) / 32 * 32;
  if (base >= rows) return;
  const int i = base + lane;
  uint32_t count[2] = {0, 0};
  int total = 0, single = 0;
  bool spilt = false;
#pragma unroll
  for (int h = 0; h < 2; h++) {
    if (i >= rows || h >= halves) continue;
    count[h] = counts[h * padded + i];
#pragma unroll
    for (int q = 0; q < 4; q++) {
      const int here = count[h] >> 8 * q & 255;
      total += here;
      spilt |= here > LANE_SLOTS;
      if (here == 1) single = h * 4 + q;
    }
  }
  int changed = 0;
  const bool open = i < rows && (spilt || (total == 0 && !near));
  const int64_t row = i < rows ? (order ? order[i] : first + i) : 0;
  bool several = i < rows && total > 1 && !open;
  if (i < rows && total == 1) {
    const int32_t only = places[candidates[(single / 4 * padded + i) * ROW_SLOTS + single % 4 * LANE_SLOTS]];
    if (near)
      several = only != labels[row];
    else
      changed = relabel(row, only, labels, distances);
  }
  if (open) listed[atomicAdd(&tally->open, 1u)] = i;
  const uint32_t severals = __ballot_sync(~0u, several);
  for (uint32_t left = severals; left != 0; left &= left - 1) {
    const int owner = __ffs(left) - 1;
    const int64_t at = base + owner, itsRow = __shfl_sync(~0u, row, owner);
    int32_t mine[3] = {-1, -1, near && lane == 0 ? labels[itsRow] : -1};
#pragma unroll
    for (int h = 0; h < 2; h++) {
      const uint32_t itsCount = __shfl_sync(~0u, count[h], owner);
      if (lane % LANE_SLOTS < (itsCount >> 8 * (lane / LANE_SLOTS) & 255)) mine[h] = places[candidates[(h * padded + at) * ROW_SLOTS + lane]];
    }
    const int32_t label = settle(x + itsRow * d, centroids, d, mine);
    if (lane == 0) changed += relabel(itsRow, label, labels, distances);
  }
  changed = warpSum(changed);
  total = warpSum(total);
  if (lane > 0) return;
  if (changed > 0) atomicAdd(&tally->changed, (unsigned long long)changed);
  if (severals != 0) atomicAdd(&tally->rechecked, (unsigned long long)__popc(severals));
  atomicAdd(&tally->candidates, (unsigned long long)total);
}
