/**
 * What the leads (leads.cuh) spare: centroids lie in the order of the first lead, rows too, and a block of rows meets only the tiles that lie no
 * farther from it, by this lead alone, than its rows' labels do by all columns (bound.cuh, 8).
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
  const float4 its = columns.of(x + row * d);
  const Leads<4> leads(&its);
  int from = 0, to = (count + TILE_CENTROIDS - 1) / TILE_CENTROIDS;
  while (to - from > 1) {
    const int middle = (from + to) / 2;
    if (spans[middle].x <= its.x)
      from = middle;
    else
      to = middle;
  }
  const int last = min(count, (from + 1) * TILE_CENTROIDS);
  int place = from * TILE_CENTROIDS;
  float least = INFINITY;
  for (int p = place; p < last; p++) {
    const float gap = leads.squaredGap(Leads<4>(centroidLeads + p));
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
