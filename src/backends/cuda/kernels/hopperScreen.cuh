/**
 * The screen on Hopper: scores of all points × all centroids by wgmma, and which centroids they leave open (collect.cuh).
 *
 * Parallel over blocks of rows, taken in turn by as many thread blocks as there are multiprocessors. Four warpgroups multiply, 64 rows ×
 * 128 centroids each, 64 sums a thread; while one looks at its scores, the others keep the tensor cores busy. A fifth feeds them.
 *   d ≤ 256 in fp16, 512 in int8   256 rows stay in shared memory, every tile of 128 centroids passes them: 16 KB read from L2 for 2^21
 *                                  multiply-adds of fp16, 2^22 of int8
 *   d beyond                       128 rows × 256 centroids, a slice of both at a time: 48 KB for as many
 * ncu, H100, int8, 540,672 rows × 8192 centroids, d = 128, a third of the labels about to change: tensor cores busy 71 % of the time, issue
 * slots 40 %, L2 hits 94 %; what waits, waits for bounds from shared memory, or looks at candidates. Of all pairs, settled, the whole E-step
 * takes 1.27 times what the multiplications would at the device's peak (n = 3,276,800, k = 32,768: 18.3 ms of 14.5).
 * Registers: 640 threads start with 96; the feeders give theirs away (24), the others take 112.
 */
#pragma once
#include "collect.cuh"
#include "hopperMultiply.cuh"

template <int STEPS, class Sum> __device__ __forceinline__ void screen(const Arguments &p) {
  using S = Shape<STEPS>;
  extern __shared__ uint8_t raw[];
  const Shared<S> shared(raw);
  const Plan<S> plan(p);
  const int t = threadIdx.x;
  const int number = __shfl_sync(~0u, t / 128, 0); // so that ptxas knows that a warp takes one way
  if (t == 0) shared.initBarriers();
  __syncthreads();

  if (number == WORKERS) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 24;");
    if (t == WORKERS * 128)
      feedTiles(p, plan, shared);
    else if (!S::STREAMED && t == WORKERS * 128 + 32)
      feedRows(p, shared);
    return;
  }

  asm volatile("setmaxnreg.inc.sync.aligned.u32 112;");
  Worker<S> worker(number, shared);
  const int warpRow = (t / 32 % 4) * 16 + worker.lane / 4, quad = worker.lane % 4;
  Rows rows;
  rows.bounds = shared.bounds + number * 64 + warpRow;
  rows.guards = shared.guards + number * 64 + warpRow;
  const size_t allRows = (size_t)p.blocks * S::GROUPS * GROUP_ROWS;
  uint32_t rowParity = 0;
  for (int block = blockIdx.x; block < p.blocks; block += gridDim.x, rowParity ^= 1) {
    const size_t row = (size_t)(block * S::GROUPS + worker.group) * GROUP_ROWS + warpRow;
    __syncwarp();
    if (quad < 2) {
      const RowBound b = p.rows[row + 8 * quad];
      rows.bounds[8 * quad] = make_float4(p.limits[row + 8 * quad], b.length, b.rest, b.scale);
      ((float *)rows.guards)[8 * quad] = b.guard;
    }
    __syncwarp();
    rows.counts = 0;
    rows.slots = p.candidates + (worker.half * allRows + row) * ROW_SLOTS + quad * LANE_SLOTS;
    if (!S::STREAMED) wait(shared.rowsFull + 8 * worker.group, rowParity);
#pragma unroll 1
    for (int i = 0; i < plan.total; i++) {
      Sum sums[SUMS];
      int stage;
      if constexpr (S::STREAMED)
        stage = multiplyStreamed(worker, shared, plan.slices, sums);
      else
        stage = multiplyResident<STEPS>(worker, shared, sums);
      if (!S::STREAMED && i == plan.total - 1 && worker.lane == 0) arrive(shared.rowsEmpty + 8 * worker.group);
      keepAfterMultiply(sums);
      const float *table = (const float *)(shared.tables + (stage * S::TILES + worker.half) * TABLE_BYTES);
      collect(sums, table, rows, (uint32_t)((i - plan.lead) * S::TILES + worker.half) * TILE_CENTROIDS, p.k, i >= plan.lead);
      worker.release(shared, stage);
    }
    const uint32_t countsFirst = quadCounts(rows.counts, false), countsSecond = quadCounts(rows.counts, true);
    if (quad < 2) {
      p.counts[worker.half * allRows + row + 8 * quad] = quad == 0 ? countsFirst : countsSecond;
      p.limits[row + 8 * quad] = rows.bounds[8 * quad].x;
    }
  }
}

/**
 * IN   points, tiles, rows; limits: what is known of the best score (certify)
 * OUT  counts and candidates; limits: raised
 */
#define SCREEN(NAME, STEPS, SUM)                                                                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS, 1)                                                                                 \
      NAME##STEPS(const uint8_t *points, const uint8_t *tiles, int blocks, int slices, int tileCount, int lead, int k, float *limits,      \
                  const RowBound *rows, uint32_t *counts, Candidate *candidates) {                                                         \
    screen<STEPS, SUM>({points, tiles, blocks, slices, tileCount, lead, k, limits, rows, counts, candidates});                             \
  }
