/**
 * The screen in float32 without tensor cores, and the labels right after: where there are no tensor cores to be had.
 *
 * Parallel over blocks of 64 rows; 256 threads have 4 rows × 8 centroids each of a tile of 64 × 128, columns 16 at a time through shared
 * memory. Candidates stay in shared memory. A row that has too many is left open (screenDirect.cu).
 *
 * The bound is (2) of bound.cuh, with nothing left by packing but the rounding of float32: values α(x − μ) and β(c − μ) are each wrong by v
 * of themselves, twice where the scale is no power of two, and d multiply-adds in a row lose at most d·v of ‖αx‖‖βc‖, all together below
 * (d + 16)·1.02·v for d ≤ 4096. A difference
 * or a sum that overflows is infinite or NaN; −inf is let pass, too.
 */
#include "settle.cuh"

#define ROWS 64
#define COLUMNS 16
#define SLOTS 64
#define THREADS 256

/** Loads 16 columns of so many rows, centred and scaled, transposed. @param source gives a row, or null for zeros */
template <int COUNT, class Source, class Scale>
__device__ __forceinline__ void load(float (&to)[COLUMNS][COUNT + 4], const float *mean, int d, int from, Source source, Scale scale) {
  for (int i = threadIdx.x; i < COUNT * COLUMNS; i += THREADS) {
    const int r = i / COLUMNS, t = i % COLUMNS;
    const float *row = from + t < d ? source(r) : nullptr;
    to[t][r] = row ? (row[from + t] - mean[from + t]) * scale(r) : 0;
  }
}

/**
 * IN   order: the panel's rows, or null for first…first + rows − 1; bounds, limits: theirs, limits as certify or a screen left them
 *      lead: tiles looked at beforehand to raise the limits
 *      count, places, tiles, slices: the centroids that they meet; near: their label before is one candidate more
 * OUT  labels, distances, tally; listed: rows with more candidates than slots, by their place in the panel, behind the tally.open that there are
 */
extern "C" __global__ void __launch_bounds__(THREADS)
    screenPlain(const float *__restrict__ x, const float *__restrict__ mean, const float *__restrict__ centroids,
                const uint8_t *__restrict__ tiles, const int32_t *__restrict__ places, const int32_t *__restrict__ order, int64_t first,
                int rows, int count, int near, int d, int slices, int tileCount, int lead, const RowBound *__restrict__ bounds, const float *__restrict__ limits,
                uint32_t *__restrict__ listed, int32_t *__restrict__ labels, float *__restrict__ distances,
                Tally *__restrict__ tally) {
  __shared__ float xs[COLUMNS][ROWS + 4], cs[COLUMNS][TILE_CENTROIDS + 4];
  __shared__ int64_t rowOf[ROWS];
  __shared__ int32_t placeOf[TILE_CENTROIDS];
  __shared__ float scales[ROWS];
  __shared__ int32_t counts[ROWS], candidates[ROWS][SLOTS];
  const int t = threadIdx.x, tx = t % 16, ty = t / 16, lane = t % 32;
  const int stride = lead > 0 ? tileCount / lead : 0;
  const float loss = (d + 16) * 1.02f * 0x1p-24f;
  int changed = 0, rechecked = 0, found = 0;
  for (int base = blockIdx.x * ROWS; base < rows; base += gridDim.x * ROWS) {
    __syncthreads();
    if (t < ROWS) {
      const int i = base + t < rows ? base + t : -1;
      rowOf[t] = i < 0 ? -1 : order ? order[i] : first + i;
      scales[t] = i < 0 ? 1 : bounds[i].scale;
      counts[t] = i >= 0 && near;
      if (i >= 0 && near) candidates[t][0] = labels[rowOf[t]];
    }
    float limit[4], rest[4], scale[4], guard[4];
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const int at = base + 4 * ty + r, i = at < rows ? at : -1;
      const RowBound bound = i < 0 ? RowBound{0, 0, 1, 0} : bounds[i];
      limit[r] = i < 0 ? INFINITY : limits[i];
      rest[r] = loss * (bound.length + bound.rest) * (1 + 0x1p-20f) + (float)TINY;
      scale[r] = bound.scale;
      guard[r] = bound.guard;
    }
    for (int round = 0; round < tileCount + lead; round++) {
      const int index = round < lead ? round * stride : round - lead;
      const float *table = (const float *)(tiles + index * tileBytes(slices) + slices * TILE_SLICE_BYTES);
      const TileBound tile = *(const TileBound *)(table + 4 * QUAD_WORDS);
      __syncthreads();
      if (t < TILE_CENTROIDS) placeOf[t] = index * TILE_CENTROIDS + t < count ? places[index * TILE_CENTROIDS + t] : -1;
      float sums[4][8] = {};
      for (int from = 0; from < d; from += COLUMNS) {
        __syncthreads();
        load<ROWS>(xs, mean, d, from, [&](int r) { return rowOf[r] < 0 ? nullptr : x + rowOf[r] * d; }, [&](int r) { return scales[r]; });
        load<TILE_CENTROIDS>(
            cs, mean, d, from, [&](int r) { return placeOf[r] < 0 ? nullptr : centroids + (int64_t)placeOf[r] * d; },
            [&](int) { return tile.scale; });
        __syncthreads();
#pragma unroll
        for (int column = 0; column < COLUMNS; column++) {
          float a[4], b[8];
          *(float4 *)a = *(const float4 *)&xs[column][4 * ty];
          *(float4 *)b = *(const float4 *)&cs[column][4 * tx];
          *(float4 *)(b + 4) = *(const float4 *)&cs[column][64 + 4 * tx];
#pragma unroll
          for (int r = 0; r < 4; r++)
#pragma unroll
            for (int j = 0; j < 8; j++) sums[r][j] = __fmaf_rn(a[r], b[j], sums[r][j]);
        }
      }
#pragma unroll
      for (int r = 0; r < 4; r++) {
        const float blur = blurOf(0, rest[r], scale[r], tile);
        float best = -INFINITY;
        float score[8];
#pragma unroll
        for (int j = 0; j < 8; j++) {
          const int c = j / 4 * 64 + 4 * tx + j % 4;
          score[j] = __fmaf_rn(table[offsetWord(c)], scale[r], sums[r][j]);
          best = fmaxf(best, score[j]);
        }
#pragma unroll
        for (int o = 1; o < 16; o *= 2) best = fmaxf(best, __shfl_xor_sync(~0u, best, o));
        if (best < INFINITY) limit[r] = fmaxf(limit[r], raisedLimit(best, blur, guard[r], tile));
        if (round < lead) continue;
        const float drop = limitOf(limit[r], blur, tile);
#pragma unroll
        for (int j = 0; j < 8; j++) {
          const int32_t centroid = placeOf[j / 4 * 64 + 4 * tx + j % 4];
          if ((score[j] < drop && sums[r][j] > -INFINITY) || centroid < 0 || rowOf[4 * ty + r] < 0) continue;
          const int slot = atomicAdd(&counts[4 * ty + r], 1);
          if (slot < SLOTS) candidates[4 * ty + r][slot] = centroid;
        }
      }
    }
    __syncthreads();
    for (int r = t / 32; r < ROWS; r += THREADS / 32) {
      const int its = counts[r];
      if (rowOf[r] < 0) continue;
      if (its > SLOTS || its == 0) {
        if (lane == 0) listed[atomicAdd(&tally->open, 1u)] = base + r;
        continue;
      }
      const int32_t mine[2] = {lane < its ? candidates[r][lane] : -1, lane + 32 < its ? candidates[r][lane + 32] : -1};
      const int32_t label = its == 1 ? candidates[r][0] : settle(x + rowOf[r] * d, centroids, d, mine);
      if (lane > 0) continue;
      changed += relabel(rowOf[r], label, labels, distances);
      found += its;
      rechecked += its > 1;
    }
  }
  if (lane > 0) return;
  if (changed > 0) atomicAdd(&tally->changed, (unsigned long long)changed);
  if (rechecked > 0) atomicAdd(&tally->rechecked, (unsigned long long)rechecked);
  if (found > 0) atomicAdd(&tally->candidates, (unsigned long long)found);
}
