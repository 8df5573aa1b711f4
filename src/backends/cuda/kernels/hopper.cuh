/**
 * A block of threads of the screen on Hopper: how its shared memory lies, and the fifth warpgroup, which feeds the others. One of its threads
 * copies the slices of the centroids through a ring of stages, another the rows. Both operands lie in shared memory as the tensor cores'
 * descriptors want them (layout.cuh), so plain bulk copies will do and no tensor map is needed.
 */
#pragma once
#include "async.cuh"
#include "layout.cuh"

#define WORKERS 4
#define THREADS ((WORKERS + 1) * 128)
/** Shared memory of a block on Hopper, less what is aligned away. */
#define SHARED_ROOM (232448 - 1024)
/** Bounds, guards, barriers. */
#define ROW_STATE_BYTES (256 * (16 + 4) + 512)

/** Sizes for rows of so many steps of 32 bytes; 0: as many as there are, in slices. */
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
  static_assert(STAGES >= 2 && (STREAMED || STAGES >= PARTS), "multiplyResident holds all parts of a tile at once");
};

struct Arguments {
  const uint8_t *points, *tiles;
  /** Blocks of rows, slices, tiles (a multiple of Shape::TILES), tiles looked at beforehand to raise the limits, centroids. */
  int blocks, slices, tileCount, lead, k;
  /** In and out: per row. */
  float *limits;
  const RowBound *rows;
  /** Out: per row and tile of a block. */
  uint32_t *counts;
  Candidate *candidates;
};

/** What a block does: every round, the next tiles pass its rows. */
template <class S> struct Plan {
  int slices, parts, rounds, lead, total;
  __device__ __forceinline__ explicit Plan(const Arguments &p)
      : slices(S::STREAMED ? p.slices : S::SLICES), parts(S::STREAMED ? slices : S::PARTS), rounds(p.tileCount / S::TILES),
        lead(p.lead < rounds ? p.lead : rounds), total(rounds + lead) {}
};

/** Shared memory. */
template <class S> struct Shared {
  uint8_t *rows, *stages, *tables;
  /** Limit, length, rest, scale of every row; guards. */
  float4 *bounds;
  float *guards;
  /** Barriers. */
  uint32_t full, empty, rowsFull, rowsEmpty, turns;

  __device__ __forceinline__ explicit Shared(uint8_t *raw) {
    rows = raw + (-sharedAddress(raw) & 1023);
    stages = rows + S::ROW_BYTES;
    tables = stages + S::STAGES * S::STAGE_BYTES;
    bounds = (float4 *)(tables + S::STAGES * S::TILES * TABLE_BYTES);
    guards = (float *)(bounds + 256);
    full = sharedAddress(guards + 256);
    empty = full + S::STAGES * 8;
    rowsFull = empty + S::STAGES * 8;
    rowsEmpty = rowsFull + 32;
    turns = rowsEmpty + 32;
  }

  /** By one thread. */
  __device__ __forceinline__ void initBarriers() const {
    for (int i = 0; i < S::STAGES; i++) {
      initBarrier(full + 8 * i, 1);
      initBarrier(empty + 8 * i, WORKERS * 4);
    }
    for (int i = 0; i < S::GROUPS; i++) {
      initBarrier(rowsFull + 8 * i, 1);
      initBarrier(rowsEmpty + 8 * i, 4);
    }
    for (int i = 0; i < WORKERS; i++) initBarrier(turns + 8 * i, 4);
    publishBarriers();
  }
};

/** One thread: the slices of all tiles in turn, streamed ones with the rows' beside them. */
template <class S> __device__ __forceinline__ void feedTiles(const Arguments &p, const Plan<S> &plan, const Shared<S> &shared) {
  constexpr int BYTES = S::TOGETHER * TILE_SLICE_BYTES;
  const size_t bytesOfTile = tileBytes(plan.slices);
  const int stride = plan.lead > 0 ? plan.rounds / plan.lead : 0; // the lead is spread over the tiles, since their order is by norm
  Ring<S::STAGES> ring(1);
  for (int block = blockIdx.x; block < p.blocks; block += gridDim.x)
    for (int i = 0; i < plan.total; i++) {
      const uint8_t *from = p.tiles + (size_t)(i < plan.lead ? i * stride : i - plan.lead) * S::TILES * bytesOfTile;
      for (int s = 0; s < plan.parts; s++, ring.next()) {
        const bool last = s == plan.parts - 1;
        const uint32_t barrier = shared.full + 8 * ring.stage, to = sharedAddress(shared.stages) + ring.stage * S::STAGE_BYTES;
        wait(shared.empty + 8 * ring.stage, ring.parity);
        expectBytes(barrier, S::STAGE_BYTES + (last ? S::TILES * TABLE_BYTES : 0));
        if (S::STREAMED)
          for (int g = 0; g < S::GROUPS; g++)
            copyBulk(to + g * GROUP_SLICE_BYTES, p.points + ((size_t)(block * S::GROUPS + g) * plan.slices + s) * GROUP_SLICE_BYTES,
                     GROUP_SLICE_BYTES, barrier);
        for (int j = 0; j < S::TILES; j++) {
          const uint8_t *tile = from + j * bytesOfTile + s * BYTES;
          copyBulk(to + S::TILE_OFFSET + j * BYTES, tile, BYTES, barrier);
          if (last)
            copyBulk(sharedAddress(shared.tables) + (ring.stage * S::TILES + j) * TABLE_BYTES, tile + BYTES, TABLE_BYTES, barrier);
        }
      }
    }
}

/** Another: the rows of each block, where they stay in shared memory. */
template <class S> __device__ __forceinline__ void feedRows(const Arguments &p, const Shared<S> &shared) {
  constexpr int BYTES = S::SLICES * GROUP_SLICE_BYTES;
  uint32_t parity = 1;
  for (int block = blockIdx.x; block < p.blocks; block += gridDim.x, parity ^= 1)
    for (int g = 0; g < S::GROUPS; g++) {
      wait(shared.rowsEmpty + 8 * g, parity);
      expectBytes(shared.rowsFull + 8 * g, BYTES);
      copyBulk(sharedAddress(shared.rows) + g * BYTES, p.points + (size_t)(block * S::GROUPS + g) * BYTES, BYTES, shared.rowsFull + 8 * g);
    }
}
