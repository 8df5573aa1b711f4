/**
 * The labels, from the candidates that a screen by tensor cores left. What was kept before its row's limit had risen is dropped first; one
 * candidate is the label then, several are settled: by distances in float32 where these are far enough apart, else in float64. Near rows
 * (threshold.cu) met the moved centroids alone: their label before is one candidate more.
 */
#include "settle.cuh"

#define THREADS 256
/** Slots of a half that one lane of a team looks at. */
#define EACH (ROW_SLOTS / TEAM)
/** Candidates of a row: of both halves, and its label before. */
#define MOST (2 * ROW_SLOTS + 1)

/**
 * By all teams of a warp, each for its row: the nearest of `kept` candidates, of which one may be there twice.
 * @return −1: distances in float32 do not tell
 */
__device__ __forceinline__ int32_t nearest(const float *x, const float *centroids, int d, const int32_t *ids, int kept) {
  float least = INFINITY, next = INFINITY;
  int32_t label = -1;
  for (int at = 0; __any_sync(~0u, at < kept); at += 2) {
    const bool some = at < kept;
    const int32_t two[2] = {some ? ids[at] : -1, at + 1 < kept ? ids[at + 1] : -1};
    const float *first = centroids + (int64_t)two[0] * d;
    float sums[2] = {0, 0};
    if (some) addSquares<2>(sums, x, {first, two[1] < 0 ? first : centroids + (int64_t)two[1] * d}, d);
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const float distance = teamSum(sums[i]);
      if (two[i] < 0 || two[i] == label) continue;
      next = fminf(next, fmaxf(distance, least));
      if (distance < least) {
        least = distance;
        label = two[i];
      }
    }
  }
  return certainlyAtMost(least, next, 2 * lossOf(d)) ? label : -1;
}

/**
 * IN   counts and candidates of a panel's `padded` rows and 1 or 2 halves (collect.cuh), places: centroid of each place
 *      order: the panel's rows, or null for first…first + rows − 1; near: whether they are
 *      tiles of so many slices, bounds, limits: as the screen met and left them
 * OUT  labels and distances of these rows, tally; listed: those with more candidates than slots, behind the tally.open that there are, by their
 *      place in the panel or, byRow, by themselves
 * Parallel over rows, a team each. Of rows with several candidates left it reads the row and these centroids: n·d floats at most, and some
 * from the second-level cache.
 */
extern "C" __global__ void __launch_bounds__(THREADS, 4) recheck(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ places,
                                   const int32_t *__restrict__ order, int64_t first, int rows, int64_t padded, int halves, int near,
                                   int d, int slices, int byRow, const uint32_t *__restrict__ counts, const Candidate *__restrict__ candidates,
                                   int32_t *__restrict__ labels, float *__restrict__ distances, uint32_t *__restrict__ listed, Tally *__restrict__ tally,
                                   const uint8_t *__restrict__ tiles, const RowBound *__restrict__ bounds, const float *__restrict__ limits) {
  __shared__ int32_t found[THREADS / TEAM][MOST];
  __shared__ int sums[3];
  const int lane = threadIdx.x % TEAM, firstLane = threadIdx.x % 32 - lane;
  const int i = (blockIdx.x * THREADS + threadIdx.x) / TEAM;
  int32_t *ids = found[threadIdx.x / TEAM];
  if (threadIdx.x < 3) sums[threadIdx.x] = 0;
  __syncthreads();
  const bool real = i < rows;
  const int64_t row = real ? (order ? order[i] : first + i) : 0;
  const RowBound bound = real ? bounds[i] : RowBound{0, 0, 1, 0};
  const float limit = real ? limits[i] : 0;
  const int32_t before = real ? labels[row] : -1;

  uint32_t count[2] = {0, 0};
  int total = 0;
  bool spilt = false;
#pragma unroll
  for (int h = 0; h < 2; h++) {
    if (real && h < halves) count[h] = counts[h * padded + i];
#pragma unroll
    for (int q = 0; q < 4; q++) {
      const int here = count[h] >> 8 * q & 255;
      total += here;
      spilt |= here > LANE_SLOTS;
    }
  }

  const bool sole = total == 1 && !near; // it is the label, whatever the limit
  int kept = 0;
  bool beforeMet = false;
#pragma unroll 1
  for (int h = 0; h < halves; h++) {
    const int mine = (int)((h == 0 ? count[0] : count[1]) >> 8 * (lane * EACH / LANE_SLOTS) & 255) - lane * EACH % LANE_SLOTS;
    const Candidate *slots = candidates + (h * padded + i) * ROW_SLOTS + lane * EACH;
    int32_t its[EACH];
#pragma unroll
    for (int s = 0; s < EACH; s++) {
      its[s] = -1;
      if (s >= mine) continue;
      const Candidate candidate = slots[s];
      const TileBound &tile = tileBound(tiles, slices, candidate.place / TILE_CENTROIDS);
      const bool below = !sole && candidate.most < limitOf(limit, blurOf(bound.length, bound.rest, bound.scale, tile), tile);
      its[s] = below ? -1 : places[candidate.place];
    }
#pragma unroll
    for (int s = 0; s < EACH; s++) {
      const uint32_t team = __ballot_sync(~0u, its[s] >= 0) >> firstLane & ((1 << TEAM) - 1);
      beforeMet |= __ballot_sync(~0u, its[s] >= 0 && its[s] == before) >> firstLane & ((1 << TEAM) - 1);
      if (its[s] >= 0) ids[kept + __popc(team & ((1 << lane) - 1))] = its[s];
      kept += __popc(team);
    }
  }
  if (real && near && !beforeMet) {
    if (lane == 0) ids[kept] = before;
    kept++;
  }
  const bool open = real && (spilt || kept == 0);
  if (open) kept = 0;
  __syncwarp();

  int32_t label = kept == 1 ? ids[0] : -1;
  const bool several = kept > 1;
  if (__any_sync(~0u, several)) {
    const int32_t its = nearest(x + row * d, centroids, d, ids, several ? kept : 0);
    if (several) label = its;
    for (uint32_t left = __ballot_sync(~0u, several && label < 0 && lane == 0); left != 0; left &= left - 1) {
      const int owner = __ffs(left) - 1, count = __shfl_sync(~0u, kept, owner), at = threadIdx.x % 32;
      const int32_t *its = found[threadIdx.x / 32 * (32 / TEAM) + owner / TEAM];
      const int32_t mine[3] = {at < count ? its[at] : -1, at + 32 < count ? its[at + 32] : -1, at + 64 < count ? its[at + 64] : -1};
      const int32_t settled = settle(x + __shfl_sync(~0u, row, owner) * d, centroids, d, mine);
      if (firstLane == owner) label = settled;
    }
  }

  bool changed = false;
  if (lane == 0) {
    if (open)
      listed[atomicAdd(&tally->open, 1u)] = byRow ? row : i;
    else if (real)
      changed = relabel(row, label, labels, distances);
  }
  const int changedRows = __popc(__ballot_sync(~0u, changed)), rechecked = __popc(__ballot_sync(~0u, several && lane == 0));
  total = warpSum(open || lane > 0 ? 0 : total);
  if (threadIdx.x % 32 == 0) {
    atomicAdd(&sums[0], changedRows);
    atomicAdd(&sums[1], rechecked);
    atomicAdd(&sums[2], total);
  }
  __syncthreads();
  if (threadIdx.x < 3 && sums[threadIdx.x] > 0) atomicAdd(&tally->changed + threadIdx.x, (unsigned long long)sums[threadIdx.x]);
}
