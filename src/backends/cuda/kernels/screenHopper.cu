/**
 * The screen on Hopper: scores of all points × all centroids by wgmma in fp16, and which centroids they leave open (collect.cuh).
 *
 * Parallel over blocks of rows, taken in turn by as many thread blocks as there are multiprocessors. Four warpgroups multiply, 64 rows ×
 * 128 centroids each, 64 sums a thread; while one looks at its scores, the others keep the tensor cores busy. A fifth feeds them: one thread
 * copies the slices of the centroids through a ring of stages, another the rows. Both operands lie in shared memory as the descriptors want
 * them (layout.cuh), so plain bulk copies will do and no tensor map is needed.
 *   d ≤ 256    256 rows stay in shared memory, every tile of 128 centroids passes them: 16 KB read from L2 for 2^21 multiply-adds
 *   d > 256    128 rows × 256 centroids, a slice of both at a time: 48 KB for 2^21
 * In turn: left alone, the warpgroups fall into step, and the tensor cores idle while all four look at their scores. So each may multiply only
 * when the one before has issued its tile.
 * Registers: 640 threads start with 96; the feeders give theirs away (24), the others take 112.
 */
#include "async.cuh"
#include "collect.cuh"
#include "wgmma.cuh"

#define WORKERS 4
#define THREADS ((WORKERS + 1) * 128)
/** Shared memory of a block on Hopper, less what is aligned away. */
#define SHARED_ROOM (232448 - 1024)
/** Bounds, guards, barriers. */
#define ROW_STATE_BYTES (256 * (16 + 4) + 512)

/** Sizes for so many steps of 16 columns; 0: as many as there are, in slices. */
template <int STEPS> struct Shape {
  static constexpr bool STREAMED = STEPS == 0;
  /** Groups of 64 rows, and tiles of centroids, of a block: a warpgroup each has one of both. */
  static constexpr int GROUPS = STREAMED ? 2 : 4, TILES = WORKERS / GROUPS;
  static constexpr int SLICES = (STEPS + 3) / 4;
  /** Slices of one stage: a whole tile where that leaves enough stages. */
  static constexpr int TOGETHER = SLICES == 2 ? 2 : 1, PARTS = SLICES / TOGETHER;
  static constexpr int ROW_BYTES = GROUPS * SLICES * GROUP_SLICE_BYTES;
  static constexpr int TILE_OFFSET = STREAMED ? GROUPS * GROUP_SLICE_BYTES : 0;
  static constexpr int STAGE_BYTES = TILE_OFFSET + TILES * TOGETHER * TILE_SLICE_BYTES;
  static constexpr int STAGES_THAT_FIT = (SHARED_ROOM - ROW_BYTES - ROW_STATE_BYTES) / (STAGE_BYTES + TILES * TABLE_BYTES);
  static constexpr int STAGES = STAGES_THAT_FIT < 8 ? STAGES_THAT_FIT : 8;
};

struct Arguments {
  const uint8_t *points, *tiles;
  /** Blocks of rows, slices, tiles (a multiple of Shape::TILES), tiles looked at beforehand to raise the limits, centroids. */
  int blocks, slices, tileCount, lead, k;
  /** In and out: per row. */
  float *limits;
  const RowBound *rows;
  /** Out: per row and tile of a block. */
  uint32_t *counts, *candidates;
};

template <int STEPS> __device__ __forceinline__ void screen(const Arguments &p) {
  using S = Shape<STEPS>;
  constexpr int STAGES = S::STAGES, GROUPS = S::GROUPS, TILES = S::TILES;
  extern __shared__ uint8_t raw[];
  uint8_t *rowMemory = raw + (-sharedAddress(raw) & 1023);
  uint8_t *stages = rowMemory + S::ROW_BYTES;
  uint8_t *tables = stages + STAGES * S::STAGE_BYTES;
  float4 *bounds = (float4 *)(tables + STAGES * TILES * TABLE_BYTES);
  float *guards = (float *)(bounds + 256);
  const uint32_t full = sharedAddress(guards + 256), empty = full + STAGES * 8, rowsFull = empty + STAGES * 8, rowsEmpty = rowsFull + 32, turns = rowsEmpty + 32;
  const int t = threadIdx.x, lane = t % 32;
  const int worker = __shfl_sync(~0u, t / 128, 0); // so that ptxas knows that a warp takes one way
  const int slices = S::STREAMED ? p.slices : S::SLICES, parts = S::STREAMED ? slices : S::PARTS;
  const int rounds = p.tileCount / TILES, lead = p.lead < rounds ? p.lead : rounds, total = rounds + lead;
  const size_t bytesOfTile = tileBytes(slices);
  const int stride = lead > 0 ? rounds / lead : 0; // the lead is spread over the tiles, since their order is by norm
  if (t == 0) {
    for (int i = 0; i < STAGES; i++) {
      initBarrier(full + 8 * i, 1);
      initBarrier(empty + 8 * i, WORKERS * 4);
    }
    for (int i = 0; i < GROUPS; i++) {
      initBarrier(rowsFull + 8 * i, 1);
      initBarrier(rowsEmpty + 8 * i, 4);
    }
    for (int i = 0; i < WORKERS; i++) initBarrier(turns + 8 * i, 4);
    publishBarriers();
  }
  __syncthreads();

  if (worker == WORKERS) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 24;");
    if (t == WORKERS * 128) {
      Ring<STAGES> ring(1);
      for (int block = blockIdx.x; block < p.blocks; block += gridDim.x)
        for (int i = 0; i < total; i++) {
          const uint8_t *from = p.tiles + (size_t)(i < lead ? i * stride : i - lead) * TILES * bytesOfTile;
          for (int s = 0; s < parts; s++, ring.next()) {
            constexpr int BYTES = S::TOGETHER * TILE_SLICE_BYTES;
            const bool last = s == parts - 1;
            const uint32_t barrier = full + 8 * ring.stage, to = sharedAddress(stages) + ring.stage * S::STAGE_BYTES;
            wait(empty + 8 * ring.stage, ring.parity);
            expectBytes(barrier, S::STAGE_BYTES + (last ? TILES * TABLE_BYTES : 0));
            if (S::STREAMED)
              for (int g = 0; g < GROUPS; g++)
                copyBulk(to + g * GROUP_SLICE_BYTES, p.points + ((size_t)(block * GROUPS + g) * slices + s) * GROUP_SLICE_BYTES,
                         GROUP_SLICE_BYTES, barrier);
            for (int j = 0; j < TILES; j++) {
              const uint8_t *tile = from + j * bytesOfTile + s * BYTES;
              copyBulk(to + S::TILE_OFFSET + j * BYTES, tile, BYTES, barrier);
              if (last)
                copyBulk(sharedAddress(tables) + (ring.stage * TILES + j) * TABLE_BYTES, tile + BYTES, TABLE_BYTES, barrier);
            }
          }
        }
    } else if (!S::STREAMED && t == WORKERS * 128 + 32) {
      uint32_t parity = 1;
      for (int block = blockIdx.x; block < p.blocks; block += gridDim.x, parity ^= 1)
        for (int g = 0; g < GROUPS; g++) {
          constexpr int BYTES = S::SLICES * GROUP_SLICE_BYTES;
          wait(rowsEmpty + 8 * g, parity);
          expectBytes(rowsFull + 8 * g, BYTES);
          copyBulk(sharedAddress(rowMemory) + g * BYTES, p.points + (size_t)(block * GROUPS + g) * BYTES, BYTES, rowsFull + 8 * g);
        }
    }
    return;
  }

  asm volatile("setmaxnreg.inc.sync.aligned.u32 112;");
  const int group = worker % GROUPS, half = worker / GROUPS;
  const int warpRow = (t / 32 % 4) * 16 + lane / 4, quad = lane % 4;
  const uint64_t stageOperand = operandAt(sharedAddress(stages));
  const uint64_t rowOperand = operandAt(sharedAddress(rowMemory) + group * S::SLICES * GROUP_SLICE_BYTES);
  Rows rows;
  rows.bounds = bounds + worker * 64 + warpRow;
  rows.guards = guards + worker * 64 + warpRow;
  const size_t allRows = (size_t)p.blocks * GROUPS * GROUP_ROWS;
  Ring<STAGES> ring(0);
  uint32_t rowParity = 0, turnParity = worker == 0; // the first turn is nobody's to give
  auto release = [&](int stage) {
    if (lane == 0) arrive(empty + 8 * stage);
  };
  for (int block = blockIdx.x; block < p.blocks; block += gridDim.x, rowParity ^= 1) {
    const size_t row = (size_t)(block * GROUPS + group) * GROUP_ROWS + warpRow;
    __syncwarp();
    if (quad < 2) {
      const RowBound b = p.rows[row + 8 * quad];
      rows.bounds[8 * quad] = make_float4(p.limits[row + 8 * quad], b.length, b.rest, b.scale);
      ((float *)rows.guards)[8 * quad] = b.guard;
    }
    __syncwarp();
    rows.counts = 0;
    rows.slots = p.candidates + (half * allRows + row) * ROW_SLOTS + quad * LANE_SLOTS;
    if (!S::STREAMED) wait(rowsFull + 8 * group, rowParity);
#pragma unroll 1
    for (int i = 0; i < total; i++) {
      float sums[SUMS];
      int lastStage;
      if constexpr (S::STREAMED) {
        auto multiplySlice = [&](bool first) {
          const uint64_t at = stageOperand + operandStep(ring.stage * S::STAGE_BYTES);
          const uint64_t a = at + operandStep(group * GROUP_SLICE_BYTES), b = at + operandStep(S::TILE_OFFSET + half * TILE_SLICE_BYTES);
          wait(full + 8 * ring.stage, ring.parity);
          beginMultiply();
#pragma unroll
          for (int step = 0; step < 4; step++)
            if (step == 0 && first)
              multiplyFirst(sums, a, b);
            else
              multiplyNext(sums, a + operandStep(32 * step), b + operandStep(32 * step));
          commitMultiply();
          lastStage = ring.stage;
          ring.next();
        };
        multiplySlice(true);
#pragma unroll 1
        for (int s = 1; s < slices; s++) {
          const int before = lastStage;
          multiplySlice(false);
          awaitMultiply<1>();
          release(before);
        }
        awaitMultiply<0>();
      } else {
        int stageOf[S::PARTS];
        wait(turns + 8 * worker, turnParity);
        turnParity ^= 1;
#pragma unroll
        for (int part = 0; part < S::PARTS; part++, ring.next()) {
          stageOf[part] = ring.stage;
          wait(full + 8 * ring.stage, ring.parity);
          beginMultiply();
#pragma unroll
          for (int s = 0; s < S::TOGETHER; s++) {
            const int slice = part * S::TOGETHER + s;
            const uint64_t a = rowOperand + operandStep(slice * GROUP_SLICE_BYTES);
            const uint64_t b = stageOperand + operandStep(ring.stage * S::STAGE_BYTES + s * TILE_SLICE_BYTES);
#pragma unroll
            for (int step = 0; step < 4 && 4 * slice + step < STEPS; step++)
              if (slice == 0 && step == 0)
                multiplyFirst(sums, a, b);
              else
                multiplyNext(sums, a + operandStep(32 * step), b + operandStep(32 * step));
          }
          commitMultiply();
        }
        if (lane == 0) arrive(turns + 8 * ((worker + 1) % WORKERS));
        awaitMultiply<0>();
#pragma unroll
        for (int part = 0; part < S::PARTS - 1; part++) release(stageOf[part]);
        lastStage = stageOf[S::PARTS - 1];
      }
      if (!S::STREAMED && i == total - 1 && lane == 0) arrive(rowsEmpty + 8 * group);
#pragma unroll
      for (int e = 0; e < SUMS; e++) asm volatile("" : "+f"(sums[e])::"memory"); // nothing of what follows moves before the wait
      const float *table = (const float *)(tables + (lastStage * TILES + half) * TABLE_BYTES);
      collect(sums, table, rows, (uint32_t)((i - lead) * TILES + half) * TILE_CENTROIDS, p.k, i >= lead);
      release(lastStage);
    }
    const uint32_t countsFirst = quadCounts(rows.counts, false), countsSecond = quadCounts(rows.counts, true);
    if (quad < 2) {
      p.counts[half * allRows + row + 8 * quad] = quad == 0 ? countsFirst : countsSecond;
      p.limits[row + 8 * quad] = rows.bounds[8 * quad].x;
    }
  }
}

/**
 * IN   points, tiles, rows; limits: what is known of the best score (certify)
 * OUT  counts and candidates; limits: raised
 */
#define SCREEN(STEPS)                                                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, 1)                                                                                 \
      screen##STEPS(const uint8_t *points, const uint8_t *tiles, int blocks, int slices, int tileCount, int lead, int k, float *limits,    \
                    const RowBound *rows, uint32_t *counts, uint32_t *candidates) {                                                        \
    screen<STEPS>({points, tiles, blocks, slices, tileCount, lead, k, limits, rows, counts, candidates});                                  \
  }

SCREEN(0)
SCREEN(1)
SCREEN(2)
SCREEN(4)
SCREEN(6)
SCREEN(8)
SCREEN(12)
SCREEN(16)
