/**
 * The labels of rows that a screen left open, by squared differences in float32. That takes somewhat longer than products would, but what is
 * lost is relative to the distance itself, however far the rows lie from the origin and how near to each other: where products leave
 * thousands of centroids open, this leaves a few.
 *
 * Parallel over blocks of 64 rows; 256 threads have 4 rows × 8 centroids each of a tile of 64 × 128, columns 16 at a time through shared
 * memory. Candidates stay in shared memory. A row that has too many even now meets every centroid by the definition.
 */
#include "settle.cuh"

#define ROWS 64
#define COLUMNS 16
#define SLOTS 48
#define THREADS 256
/** Rows of a block of the screen that ranges are of (screenAmpere.cu). */
#define RANGE_ROWS 128
/** Share of the tiles that are looked at beforehand, 1 in so many. */
#define LEAD 8
/** Rows that a block takes by the definition in about the time that 64 take here. */
#define FEW 8

/** Loads 16 columns of so many rows, transposed. @param source gives a row, or null for zeros */
template <int COUNT, class Source> __device__ __forceinline__ void load(float (&to)[COLUMNS][COUNT + 4], int d, int from, Source source) {
  for (int i = threadIdx.x; i < COUNT * COLUMNS; i += THREADS) {
    const int r = i / COLUMNS, t = i % COLUMNS;
    const float *row = from + t < d ? source(r) : nullptr;
    to[t][r] = row ? row[from + t] : 0;
  }
}

/**
 * The label by the definition alone, to thread 0: a centroid a thread. All threads of the block must call it.
 * @param before one candidate more, or −1
 */
__device__ __forceinline__ int32_t labelOf(const float *x, const float *centroids, const int32_t *places, int from, int to, int32_t before, int d) {
  __shared__ double bests[THREADS];
  __shared__ int32_t labels[THREADS];
  const int t = threadIdx.x;
  double best = INFINITY;
  int32_t label = INT32_MAX;
  for (int p = from - (before >= 0) + t; p < to; p += THREADS) {
    const int32_t j = p < from ? before : places[p];
    const double distance = squaredDistance(x, centroids + (int64_t)j * d, d);
    if (distance < best || (distance == best && j < label)) {
      best = distance;
      label = j;
    }
  }
  __syncthreads();
  bests[t] = best;
  labels[t] = label;
  for (int o = THREADS / 2; o > 0; o /= 2) {
    __syncthreads();
    if (t < o && (bests[t + o] < bests[t] || (bests[t + o] == bests[t] && labels[t + o] < labels[t]))) {
      bests[t] = bests[t + o];
      labels[t] = labels[t + o];
    }
  }
  return labels[0];
}

/**
 * IN   listed: tally.open rows, by their place in the panel; order: the panel's rows, or null for first, first + 1, …
 *      count, places: the centroids that they meet; near: their label before is one candidate more
 *      ranges: the tiles that every RANGE_ROWS places of the panel meet, or null: all
 * OUT  labels, distances, tally
 */
extern "C" __global__ void __launch_bounds__(THREADS)
    screenDirect(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ places,
                 const int32_t *__restrict__ order, int64_t first, int count, int near, int d, const int2 *__restrict__ ranges,
                 const uint32_t *__restrict__ listed, int32_t *__restrict__ labels, float *__restrict__ distances, Tally *__restrict__ tally) {
  __shared__ float xs[COLUMNS][ROWS + 4], cs[COLUMNS][TILE_CENTROIDS + 4];
  __shared__ int64_t rowOf[ROWS];
  __shared__ int32_t placeOf[TILE_CENTROIDS];
  __shared__ int32_t counts[ROWS], candidates[ROWS][SLOTS];
  __shared__ float values[ROWS][SLOTS], closest[ROWS];
  __shared__ int fromTile, toTile;
  const int t = threadIdx.x, tx = t % 16, ty = t / 16, lane = t % 32;
  const int all = tally->open, tileCount = (count + TILE_CENTROIDS - 1) / TILE_CENTROIDS;
  // A distance is wrong by at most (d + 8)·2^-23 of itself, or less than 2^-120.
  const float room = (float)(1 + 4 * (d + 8) * 0x1p-23);
  auto closeTo = [&](float least) { return __fmaf_ru(least, room, 0x1p-118f); };
  int changed = 0, rechecked = 0, found = 0;
  auto define = [&](int64_t row, int from, int to) {
    const int32_t label = labelOf(x + row * d, centroids, places, from, to, near ? labels[row] : -1, d);
    if (t > 0) return;
    changed += relabel(row, label, labels, distances);
    rechecked++;
    found += to - from;
  };
  auto rangeOf = [&](uint32_t place) { return ranges ? ranges[place / RANGE_ROWS] : make_int2(0, tileCount); };
  // So few rows that blocks of 64 of them would leave most of the device idle.
  const bool few = all <= FEW * (int)gridDim.x;
  if (few)
    for (int i = blockIdx.x; i < all; i += gridDim.x) {
      const int2 range = rangeOf(listed[i]);
      define(order ? order[listed[i]] : first + listed[i], range.x * TILE_CENTROIDS, min(count, range.y * TILE_CENTROIDS));
    }
  for (int base = blockIdx.x * ROWS; base < all && !few; base += gridDim.x * ROWS) {
    __syncthreads();
    if (t == 0) {
      fromTile = tileCount;
      toTile = 0;
    }
    __syncthreads();
    if (t < ROWS) {
      const bool real = base + t < all;
      const uint32_t i = real ? listed[base + t] : 0;
      rowOf[t] = !real ? -1 : order ? order[i] : first + i;
      counts[t] = real && near;
      if (real && near) {
        candidates[t][0] = labels[rowOf[t]];
        values[t][0] = 0;
      }
      if (real) {
        const int2 range = rangeOf(i);
        atomicMin(&fromTile, range.x);
        atomicMax(&toTile, range.y);
      }
    }
    __syncthreads();
    const int from = fromTile, rounds = toTile - from, lead = rounds / LEAD;
    float least[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    for (int round = 0; round < rounds + lead; round++) {
      const int tile = from + (round < lead ? round * LEAD : round - lead);
      __syncthreads();
      if (t < TILE_CENTROIDS) placeOf[t] = tile * TILE_CENTROIDS + t < count ? places[tile * TILE_CENTROIDS + t] : -1;
      float sums[4][8] = {};
      for (int column = 0; column < d; column += COLUMNS) {
        __syncthreads();
        load<ROWS>(xs, d, column, [&](int r) { return rowOf[r] < 0 ? nullptr : x + rowOf[r] * d; });
        load<TILE_CENTROIDS>(cs, d, column, [&](int r) { return placeOf[r] < 0 ? nullptr : centroids + (int64_t)placeOf[r] * d; });
        __syncthreads();
#pragma unroll
        for (int c = 0; c < COLUMNS; c++) {
          float a[4], b[8];
          *(float4 *)a = *(const float4 *)&xs[c][4 * ty];
          *(float4 *)b = *(const float4 *)&cs[c][4 * tx];
          *(float4 *)(b + 4) = *(const float4 *)&cs[c][64 + 4 * tx];
#pragma unroll
          for (int r = 0; r < 4; r++)
#pragma unroll
            for (int j = 0; j < 8; j++) {
              const float difference = a[r] - b[j];
              sums[r][j] = __fmaf_rn(difference, difference, sums[r][j]);
            }
        }
      }
#pragma unroll
      for (int r = 0; r < 4; r++) {
        float best = INFINITY;
#pragma unroll
        for (int j = 0; j < 8; j++)
          if (placeOf[j / 4 * 64 + 4 * tx + j % 4] >= 0) best = fminf(best, sums[r][j]);
#pragma unroll
        for (int o = 1; o < 16; o *= 2) best = fminf(best, __shfl_xor_sync(~0u, best, o));
        least[r] = fminf(least[r], best);
        if (round < lead || rowOf[4 * ty + r] < 0) continue;
        const float close = closeTo(least[r]);
#pragma unroll
        for (int j = 0; j < 8; j++) {
          const int32_t centroid = placeOf[j / 4 * 64 + 4 * tx + j % 4];
          if (sums[r][j] > close || centroid < 0) continue;
          const int slot = atomicAdd(&counts[4 * ty + r], 1);
          if (slot >= SLOTS) continue;
          candidates[4 * ty + r][slot] = centroid;
          values[4 * ty + r][slot] = sums[r][j];
        }
      }
    }
    if (tx == 0)
#pragma unroll
      for (int r = 0; r < 4; r++) closest[4 * ty + r] = closeTo(least[r]);
    __syncthreads();
    for (int r = t / 32; r < ROWS; r += THREADS / 32) {
      const int its = counts[r];
      if (rowOf[r] < 0 || its > SLOTS) continue;
      int32_t mine[2];
#pragma unroll
      for (int h = 0; h < 2; h++) {
        const int slot = lane + 32 * h;
        mine[h] = slot < its && !(values[r][slot] > closest[r]) ? candidates[r][slot] : -1;
      }
      const int32_t label = settle(x + rowOf[r] * d, centroids, d, mine);
      if (lane > 0) continue;
      changed += relabel(rowOf[r], label, labels, distances);
      rechecked++;
      found += its;
    }
    for (int r = 0; r < ROWS; r++)
      if (rowOf[r] >= 0 && counts[r] > SLOTS) define(rowOf[r], from * TILE_CENTROIDS, min(count, (from + rounds) * TILE_CENTROIDS));
  }
  if (lane > 0) return;
  if (changed > 0) atomicAdd(&tally->changed, (unsigned long long)changed);
  if (rechecked > 0) atomicAdd(&tally->rechecked, (unsigned long long)rechecked);
  if (found > 0) atomicAdd(&tally->candidates, (unsigned long long)found);
}
