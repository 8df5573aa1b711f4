/**
 * What the leads (leads.cuh) spare: centroids lie in the order of the first lead, rows too, and a block of rows meets only the tiles that lie no
 * farther from it, by this lead alone, than its rows' labels do by all columns (bound.cuh, 8). All but the last of these kernels are small.
 */
#include "leads.cuh"
#include "settle.cuh"

/** Rows of a block of the screen (screenAmpere.cu). */
#define BLOCK_ROWS 128

/**
 * IN   centroids k×d, places: centroid of each of `count` places, in the order of their first lead, nearly
 * OUT  centroidLeads: of every place, 0 behind the last; spans: the least and the largest first lead of every tile, inf and −inf of an empty one
 * A block of 128 threads a tile.
 */
extern "C" __global__ void __launch_bounds__(TILE_CENTROIDS)
    leadsOfCentroids(const float *__restrict__ centroids, const int32_t *__restrict__ places, int count, int d, int first, int second, int third,
                     int fourth, float4 *__restrict__ centroidLeads, float2 *__restrict__ spans) {
  __shared__ float least[4], most[4];
  const int place = blockIdx.x * TILE_CENTROIDS + threadIdx.x, warp = threadIdx.x / 32;
  const bool real = place < count;
  const LeadColumns columns = {first, second, third, fourth};
  const float4 leads = real ? columns.of(centroids + (int64_t)places[place] * d) : make_float4(0, 0, 0, 0);
  centroidLeads[place] = leads;
  const float low = -(float)warpMax(real ? -leads.x : -INFINITY), high = (float)warpMax(real ? leads.x : -INFINITY);
  if (threadIdx.x % 32 == 0) {
    least[warp] = low;
    most[warp] = high;
  }
  __syncthreads();
  if (threadIdx.x > 0) return;
  spans[blockIdx.x] = make_float2(fminf(fminf(least[0], least[1]), fminf(least[2], least[3])),
                                  fmaxf(fmaxf(most[0], most[1]), fmaxf(most[2], most[3])));
}

/**
 * A label to begin with: by the leads alone, the nearest centroid of the tile where a row would lie by the first. Any would do.
 * IN   x n×d, places, centroidLeads and spans of `count` centroids
 * OUT  labels n; keys n: the places of these, by which rows come in the order of the first lead, nearly
 * Parallel over rows.
 */
extern "C" __global__ void nearestByLeads(const float *__restrict__ x, int64_t n, int d, int first, int second, int third, int fourth,
                                          const int32_t *__restrict__ places, const float4 *__restrict__ centroidLeads,
                                          const float2 *__restrict__ spans, int count, int32_t *__restrict__ labels, int32_t *__restrict__ keys) {
  const int64_t row = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= n) return;
  const LeadColumns columns = {first, second, third, fourth};
  const float4 leads = columns.of(x + row * d);
  int from = 0, to = (count + TILE_CENTROIDS - 1) / TILE_CENTROIDS;
  while (to - from > 1) {
    const int middle = (from + to) / 2;
    if (spans[middle].x <= leads.x)
      from = middle;
    else
      to = middle;
  }
  const int last = min(count, (from + 1) * TILE_CENTROIDS);
  int place = from * TILE_CENTROIDS;
  float least = INFINITY;
  for (int p = place; p < last; p++) {
    const float gap = squaredGap(leads, centroidLeads[p]);
    if (gap < least) {
      least = gap;
      place = p;
    }
  }
  labels[row] = places[place];
  keys[row] = place;
}

/** IN x n×d, order: the row of every place; OUT rowLeads: of every place, 0 from n up to `padded`. Parallel over places. */
extern "C" __global__ void leadsOfRows(const float *__restrict__ x, const int32_t *__restrict__ order, int64_t n, int64_t padded, int d,
                                       int first, int second, int third, int fourth, float4 *__restrict__ rowLeads) {
  const int64_t place = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (place >= padded) return;
  const LeadColumns columns = {first, second, third, fourth};
  rowLeads[place] = place < n ? columns.of(x + (int64_t)order[place] * d) : make_float4(0, 0, 0, 0);
}

/**
 * IN   rowLeads, order, limits of a panel's `rows` places; distances: of the rows to their labels in float32 (certify); spans of the tiles
 * OUT  ranges: first tile and behind the last, for every block of rows; limits: −inf where a distance is too large for the bounds
 * A block of threads a block of rows.
 */
extern "C" __global__ void __launch_bounds__(BLOCK_ROWS)
    tilesInReach(const float4 *__restrict__ rowLeads, const int32_t *__restrict__ order, const float *__restrict__ distances, int rows, int d,
                 const float2 *__restrict__ spans, int tileCount, float *__restrict__ limits, int2 *__restrict__ ranges) {
  __shared__ float lows[4], highs[4];
  __shared__ int from, to;
  const int t = threadIdx.x, i = blockIdx.x * BLOCK_ROWS + t;
  float low = INFINITY, high = -INFINITY;
  if (i < rows) {
    const float distance = distances[order[i]];
    const float lead = rowLeads[i].x;
    float reach = INFINITY;
    if (distance < 0x1p120f)
      reach = __fsqrt_ru(__fmaf_ru(distance, __double2float_ru(1 + 2 * lossOf(d)), 0x1p-120f));
    else
      limits[i] = -INFINITY;
    low = __fsub_rd(lead, reach);
    high = __fadd_ru(lead, reach);
  }
  low = -(float)warpMax(-low);
  high = (float)warpMax(high);
  if (t % 32 == 0) {
    lows[t / 32] = low;
    highs[t / 32] = high;
  }
  if (t == 0) {
    from = tileCount;
    to = 0;
  }
  __syncthreads();
  low = fminf(fminf(lows[0], lows[1]), fminf(lows[2], lows[3]));
  high = fmaxf(fmaxf(highs[0], highs[1]), fmaxf(highs[2], highs[3]));
  int mostFrom = tileCount, mostTo = 0;
  for (int tile = t; tile < tileCount; tile += BLOCK_ROWS) {
    const float2 span = spans[tile];
    if (span.y < low || span.x > high) continue;
    mostFrom = min(mostFrom, tile);
    mostTo = tile + 1;
  }
  if (mostTo > 0) {
    atomicMin(&from, mostFrom);
    atomicMax(&to, mostTo);
  }
  __syncthreads();
  if (t == 0) ranges[blockIdx.x] = make_int2(min(from, to), to);
}

/** A squared distance in float32, by one lane: wrong by at most (d + 8)·2^-23 of itself, or less than 2^-120. */
__device__ __forceinline__ float roughDistance(const float *x, const float *c, int d) {
  float sum = 0;
  if (d % 4 == 0)
    for (int t = 0; t < d; t += 4) {
      const float4 a = *(const float4 *)(x + t), b = *(const float4 *)(c + t);
      sum = __fmaf_rn(a.x - b.x, a.x - b.x, sum);
      sum = __fmaf_rn(a.y - b.y, a.y - b.y, sum);
      sum = __fmaf_rn(a.z - b.z, a.z - b.z, sum);
      sum = __fmaf_rn(a.w - b.w, a.w - b.w, sum);
    }
  else
    for (int t = 0; t < d; t++) sum = __fmaf_rn(x[t] - c[t], x[t] - c[t], sum);
  return sum;
}

/**
 * Rows with more candidates than slots: every centroid in reach, in float32, and by the definition what that leaves.
 * IN   listed: tally.open of the panel's places; order, ranges: the panel's; places: centroid of each of `count` places
 * OUT  labels, distances, tally
 * Parallel over rows, a warp each in turn, lanes over centroids.
 */
extern "C" __global__ void settleInReach(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ places,
                                         const int32_t *__restrict__ order, int count, int d, const int2 *__restrict__ ranges,
                                         const uint32_t *__restrict__ listed, int32_t *__restrict__ labels, float *__restrict__ distances,
                                         Tally *__restrict__ tally) {
  const int lane = threadIdx.x % 32, warps = gridDim.x * blockDim.x / 32, all = tally->open;
  const float room = (float)(1 + 4 * (d + 8) * 0x1p-23);
  int changed = 0, rechecked = 0;
  unsigned long long found = 0;
  for (int i = (blockIdx.x * blockDim.x + threadIdx.x) / 32; i < all; i += warps) {
    const int64_t row = order[listed[i]];
    const int2 range = ranges[listed[i] / BLOCK_ROWS];
    const int first = range.x * TILE_CENTROIDS, last = min(count, range.y * TILE_CENTROIDS);
    const float *p = x + row * d;
    float least = INFINITY;
    for (int at = first + lane; at < last; at += 32) least = fminf(least, roughDistance(p, centroids + (int64_t)places[at] * d, d));
    least = -(float)warpMax(-least);
    const float close = __fmaf_ru(least, room, 0x1p-118f);
    double best = INFINITY;
    int32_t label = INT32_MAX;
    for (int at = first + lane; at < last; at += 32) {
      const int32_t j = places[at];
      const float *c = centroids + (int64_t)j * d;
      if (roughDistance(p, c, d) > close) continue;
      const double distance = squaredDistance(p, c, d);
      if (distance < best || (distance == best && j < label)) {
        best = distance;
        label = j;
      }
    }
#pragma unroll
    for (int o = 16; o > 0; o /= 2) {
      const double other = __shfl_xor_sync(~0u, best, o);
      const int32_t otherLabel = __shfl_xor_sync(~0u, label, o);
      if (other < best || (other == best && otherLabel < label)) {
        best = other;
        label = otherLabel;
      }
    }
    if (lane > 0) continue;
    changed += relabel(row, label, labels, distances);
    rechecked++;
    found += last - first;
  }
  if (lane > 0 || rechecked == 0) return;
  if (changed > 0) atomicAdd(&tally->changed, (unsigned long long)changed);
  atomicAdd(&tally->rechecked, (unsigned long long)rechecked);
  atomicAdd(&tally->candidates, found);
}
