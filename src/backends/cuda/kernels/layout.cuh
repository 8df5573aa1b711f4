/**
 * How points and centroids lie in device memory for the screen.
 *
 * Columns come in slices of 128 bytes (64 of fp16, 128 of int8), zero behind the last. Rows of a slice are 128 bytes apart; within each eight rows the
 * eight 16-byte chunks of a row are exchanged by the row's number (chunk c of row r lies at c ^ (r & 7)): the 128-byte swizzle of the
 * tensor cores' descriptors, without bank conflicts for ldmatrix too.
 *   points     groups of 64 rows: [group][slice][64][128 bytes], rows behind n all zero
 *   centroids  tiles of 128, in the order of their norms, so that bounds and a scale can be shared:
 *              [tile]{ [slice][128][128 bytes], offsets, TileBound, padding } of tileBytes(slices)
 * Offsets of a tile are −½‖c‖²·β, for the thread that meets them: word q·36 + 2·j + e is centroid 8·j + 2·q + e (q < 4, j < 16, e < 2), 36
 * for 32 so that the four lanes of a quad meet different banks. −inf behind the last centroid.
 */
#pragma once
#include <cuda_fp16.h>
#include <stdint.h>

#define SLICE_BYTES 128
/** Of fp16. */
#define SLICE_COLUMNS 64
#define GROUP_ROWS 64
#define TILE_CENTROIDS 128
#define GROUP_SLICE_BYTES (GROUP_ROWS * SLICE_BYTES)
#define TILE_SLICE_BYTES (TILE_CENTROIDS * SLICE_BYTES)
#define QUAD_WORDS 36
/** Offsets and TileBound: what travels with a tile's last slice. */
#define TABLE_BYTES (4 * QUAD_WORDS * 4 + 32)
/** Room of the table in memory. */
#define TABLE_ROOM 1024
/** Candidates that one lane may keep of a row; the four lanes of a quad share a row. */
#define LANE_SLOTS 8
#define ROW_SLOTS (4 * LANE_SLOTS)

/** A centroid that a screen left open for a row. */
struct alignas(8) Candidate {
  /** Its place among the packed centroids. */
  uint32_t place;
  /** At least its score, and any that its lane met in the tile. */
  float most;
};

/** What bounds say of a packed row (bound.cuh): in units of its scale. */
struct alignas(16) RowBound {
  /** At least ‖q‖. */
  float length;
  /** At least ‖e‖ + the accumulation's share of ‖q‖. */
  float rest;
  /** α; of fp16 a power of two. */
  float scale;
  /** What the definition's own rounding may amount to in a score: 2εX²·α and more. */
  float guard;
};

/** What bounds say of a tile of centroids: in units of its scale. */
struct alignas(16) TileBound {
  /** β; of fp16 a power of two. */
  float scale;
  /** At least ‖f‖ of any of them. */
  float rest;
  /** At least β‖c‖ of any of them. */
  float length;
  /** At least what rounding does to −½‖c‖²·β, and 2ε of it. */
  float offset;
  /** 1/β, rounded. */
  float inverse;
  /** The largest and the least of the offsets as stored; the least is −inf where a place is empty. */
  float most, least;
  float unused;
};

__host__ __device__ __forceinline__ size_t tileBytes(int slices) { return (size_t)slices * TILE_SLICE_BYTES + TABLE_ROOM; }

/** The bounds of the tile of this number. */
__device__ __forceinline__ const TileBound &tileBound(const uint8_t *tiles, int slices, uint32_t tile) {
  return *(const TileBound *)(tiles + tile * tileBytes(slices) + slices * TILE_SLICE_BYTES + 4 * QUAD_WORDS * 4);
}

/** Byte of a column's 16-byte chunk within a slice. */
__device__ __forceinline__ int swizzled(int row, int chunk) { return row * SLICE_BYTES + ((chunk ^ (row & 7)) << 4); }

/** Word of a centroid's offset in its tile's table. */
__device__ __forceinline__ int offsetWord(int centroid) {
  return (centroid % 8 / 2) * QUAD_WORDS + centroid / 8 * 2 + centroid % 2;
}
