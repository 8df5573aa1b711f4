/**
 * The screen on Ampere and on what came after Hopper: scores of all points × all centroids by mma.sync in fp16, and which centroids they leave
 * open (collect.cuh).
 *
 * Parallel over blocks of 128 rows, taken in turn by a fixed grid. Eight warps have 16 rows × 128 centroids each, 64 sums a thread. Slices of
 * both operands (32 KB) pass through two stages of shared memory: one is filled by cp.async while the other is multiplied. Rows of two slices at
 * most stay there while all tiles pass.
 */
#include "collect.cuh"
#include "leads.cuh"

#define THREADS 256
#define ROWS 128
#define STAGE_ROW_BYTES (ROWS * SLICE_BYTES)
#define STAGE_BYTES (STAGE_ROW_BYTES + TILE_SLICE_BYTES)
#define STAGES 2

__device__ __forceinline__ void copyAsync(void *to, const void *from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((uint32_t)__cvta_generic_to_shared(to)), "l"(from) : "memory");
}
__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LEFT> __device__ __forceinline__ void awaitCopies() { asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory"); }

/** Four matrices of 8 × 8 fp16, lane i giving the address of row i % 8 of the (i / 8)th. */
__device__ __forceinline__ void loadMatrices(uint32_t (&to)[4], const uint8_t *from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"((uint32_t)__cvta_generic_to_shared(from))
               : "memory");
}

/** sums += a·b: 16 rows × 8 centroids, 16 columns. */
__device__ __forceinline__ void multiply(float *sums, const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/** Which tiles a block of rows meets, in which order: all, the first few of them twice, to raise the limits. */
struct AllTiles {
  int tileCount, lead;
  __device__ __forceinline__ void enter(int) {}
  __device__ __forceinline__ int rounds() const { return tileCount + lead; }
  __device__ __forceinline__ int tileOf(int round) const { return round < lead ? round * (tileCount / lead) : round - lead; }
  __device__ __forceinline__ bool keeps(int round) const { return round >= lead; }
  __device__ __forceinline__ float guardOf(float guard, float) const { return guard; }
  __device__ __forceinline__ void finish(float (&)[64], int, const float *, const Rows &, size_t) const {}
};

/** Those in reach by the first lead (leads.cu), of points with so many leads; scores are short of their gaps. */
template <int LEADS> struct NearTiles {
  const int2 *ranges;
  const float4 *rowLeads, *centroidLeads;
  /** Whether the quarter in the middle is looked at beforehand. */
  bool twice;
  int2 range;
  __device__ __forceinline__ void enter(int block) { range = ranges[block]; }
  __device__ __forceinline__ int lead() const { return twice ? (range.y - range.x + 3) / 4 : 0; }
  __device__ __forceinline__ int rounds() const { return range.y - range.x + lead(); }
  __device__ __forceinline__ int tileOf(int round) const { return round < lead() ? (range.x + range.y - lead()) / 2 + round : range.x + round - lead(); }
  __device__ __forceinline__ bool keeps(int round) const { return round >= lead(); }
  /** bound.cuh, 7. */
  __device__ __forceinline__ float guardOf(float guard, float limit) const { return __fmaf_ru(fabsf(limit), 0x1p-17f, guard); }
  __device__ __forceinline__ void finish(float (&sums)[64], int tile, const float *table, const Rows &rows, size_t row) const {
    const float half = GAP_SHARE * ((const TileBound *)(table + 4 * QUAD_WORDS))->scale;
    const float4 *leads = centroidLeads + tile * TILE_CENTROIDS + 2 * (threadIdx.x % 4);
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const Leads<LEADS> its(rowLeads + row + 8 * r);
      const float weight = rows.bounds[8 * r].w * half;
#pragma unroll
      for (int j = 0; j < 16; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float &sum = sums[4 * j + 2 * r + e];
          sum = __fmaf_rn(-weight, its.squaredGap(Leads<LEADS>(leads + 8 * j + e)), sum);
        }
        if (j % 2) asm volatile("" ::: "memory"); // so that not all leads are loaded at once, for want of registers
      }
    }
  }
};

template <class Tiles>
__device__ __forceinline__ void screen(Tiles its, const uint8_t *points, const uint8_t *tiles, int blocks, int slices, int k, float *limits,
                                       const RowBound *bounds, uint32_t *counts, Candidate *candidates) {
  extern __shared__ __align__(128) uint8_t stages[];
  __shared__ __align__(16) uint8_t tables[STAGES][TABLE_BYTES];
  __shared__ float4 states[ROWS];
  __shared__ float guards[ROWS];
  const int t = threadIdx.x, warp = t / 32, lane = t % 32, quad = lane % 4, warpRow = 16 * warp + lane / 4;
  const size_t bytesOfTile = tileBytes(slices);
  const bool stay = slices <= STAGES;
  Rows rows;
  rows.bounds = states + warpRow;
  rows.guards = guards + warpRow;
  for (int block = blockIdx.x; block < blocks; block += gridDim.x) {
    const size_t row = (size_t)block * ROWS + warpRow;
    its.enter(block);
    const int steps = its.rounds() * slices;
    auto fetch = [&](int step) {
      if (step < steps) {
        const int round = step / slices, s = step % slices;
        uint8_t *rowStage = stages + (stay ? s : step % STAGES) * STAGE_BYTES, *tileStage = stages + step % STAGES * STAGE_BYTES + STAGE_ROW_BYTES;
        const uint8_t *tile = tiles + its.tileOf(round) * bytesOfTile + s * TILE_SLICE_BYTES;
        for (int i = t; i < STAGE_ROW_BYTES / 16 && !(stay && round > 0); i += THREADS) {
          const int group = i / (GROUP_SLICE_BYTES / 16), at = i % (GROUP_SLICE_BYTES / 16) * 16;
          copyAsync(rowStage + 16 * i, points + ((size_t)(block * 2 + group) * slices + s) * GROUP_SLICE_BYTES + at);
        }
        for (int i = t; i < TILE_SLICE_BYTES / 16; i += THREADS) copyAsync(tileStage + 16 * i, tile + 16 * i);
        if (s == slices - 1 && t < TABLE_BYTES / 16) copyAsync(tables[round % STAGES] + 16 * t, tile + TILE_SLICE_BYTES + 16 * t);
      }
      commitCopies();
    };
    __syncthreads();
    fetch(0);
    if (quad < 2) {
      const RowBound b = bounds[row + 8 * quad];
      const float limit = limits[row + 8 * quad];
      rows.bounds[8 * quad] = make_float4(limit, b.length, b.rest, b.scale);
      guards[warpRow + 8 * quad] = its.guardOf(b.guard, limit);
    }
    __syncwarp();
    rows.counts = 0;
    rows.slots = candidates + row * ROW_SLOTS + quad * LANE_SLOTS;
    float sums[64];
    for (int step = 0; step < steps; step++) {
      const int round = step / slices, s = step % slices;
      fetch(step + 1);
      awaitCopies<1>();
      __syncthreads();
      const uint8_t *a = stages + (stay ? s : step % STAGES) * STAGE_BYTES + warp / 4 * GROUP_SLICE_BYTES, *b = stages + step % STAGES * STAGE_BYTES + STAGE_ROW_BYTES;
      if (s == 0)
#pragma unroll
        for (int e = 0; e < 64; e++) sums[e] = 0;
#pragma unroll 2 // for want of registers
      for (int column = 0; column < 4; column++) {
        uint32_t rowPart[4];
        loadMatrices(rowPart, a + swizzled(warp % 4 * 16 + lane % 16, 2 * column + lane / 16));
#pragma unroll
        for (int j = 0; j < 8; j++) {
          uint32_t part[4];
          loadMatrices(part, b + swizzled(16 * j + lane % 8 + lane / 16 * 8, 2 * column + lane / 8 % 2));
          multiply(sums + 8 * j, rowPart, part[0], part[1]);
          multiply(sums + 8 * j + 4, rowPart, part[2], part[3]);
        }
      }
      if (s == slices - 1) {
        const float *table = (const float *)tables[round % STAGES];
        const int tile = its.tileOf(round);
        its.finish(sums, tile, table, rows, row);
        collect(sums, table, rows, (uint32_t)tile * TILE_CENTROIDS, k, its.keeps(round));
      }
      __syncthreads();
    }
    awaitCopies<0>();
    const uint32_t countsFirst = quadCounts(rows.counts, false), countsSecond = quadCounts(rows.counts, true);
    if (quad < 2) {
      counts[row + 8 * quad] = quad == 0 ? countsFirst : countsSecond;
      limits[row + 8 * quad] = rows.bounds[8 * quad].x;
    }
  }
}

/**
 * IN   points, tiles, rows (layout.cuh); limits: what is known of the best score; lead: tiles looked at beforehand to raise the limits
 * OUT  counts and candidates; limits: raised
 */
extern "C" __global__ void __launch_bounds__(THREADS, 2)
    screenAmpere(const uint8_t *__restrict__ points, const uint8_t *__restrict__ tiles, int blocks, int slices, int tileCount, int lead,
                 int k, float *__restrict__ limits, const RowBound *__restrict__ bounds, uint32_t *__restrict__ counts,
                 Candidate *__restrict__ candidates) {
  screen(AllTiles{tileCount, lead}, points, tiles, blocks, slices, k, limits, bounds, counts, candidates);
}

/**
 * The same for points and centroids without their leads, which come beside them: rowLeads of every place, centroidLeads of every place of the
 * tiles, ranges: the tiles that each block of rows meets (leads.cu); twice: some of them beforehand
 */
#define NEAR(LEADS, RESIDENT)                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, RESIDENT)                                                                          \
      screenNear##LEADS(const uint8_t *__restrict__ points, const uint8_t *__restrict__ tiles, int blocks, int slices, int k, int twice,   \
                        const int2 *__restrict__ ranges, const float4 *__restrict__ rowLeads, const float4 *__restrict__ centroidLeads,    \
                        float *__restrict__ limits, const RowBound *__restrict__ bounds, uint32_t *__restrict__ counts,                    \
                        Candidate *__restrict__ candidates) {                                                                              \
    screen(NearTiles<LEADS>{ranges, rowLeads, centroidLeads, twice != 0}, points, tiles, blocks, slices, k, limits, bounds, counts,        \
           candidates);                                                                                                                    \
  }

NEAR(1, 2)
NEAR(4, 1)
