/** How a warpgroup multiplies its 64 rows by a tile of 128 centroids: resident rows in turn with the other warpgroups, or slice by slice. */
#pragma once
#include "hopper.cuh"
#include "wgmma.cuh"
#include <type_traits>

/** What a warpgroup keeps. */
template <class S> struct Worker {
  int number, group, half, lane;
  /** Descriptors of the first stage and of the warpgroup's rows. */
  uint64_t stageOperand, rowOperand;
  Ring<S::STAGES> ring{0};
  uint32_t turnParity;

  __device__ __forceinline__ Worker(int number, const Shared<S> &shared)
      : number(number), group(number % S::GROUPS), half(number / S::GROUPS), lane(threadIdx.x % 32),
        stageOperand(operandAt(sharedAddress(shared.stages))),
        rowOperand(operandAt(sharedAddress(shared.rows) + group * S::SLICES * GROUP_SLICE_BYTES)),
        turnParity(number == 0) {} // the first turn is nobody's to give
  __device__ __forceinline__ void release(const Shared<S> &shared, int stage) const {
    if (lane == 0) arrive(shared.empty + 8 * stage);
  }
};

/**
 * Whether warpgroups multiply in turn. Left alone they fall into step, and the tensor cores idle while all four look at their scores; so each
 * may multiply only when the one before has issued its tile. That is for many columns of fp16: of few, looking at scores is the longer part,
 * and in int8 it is short enough (H100, n = 819,200, k = 8192, d = 100: 1.22 ms in turn, 1.14 without).
 */
template <int STEPS, class Sum> constexpr bool IN_TURN = STEPS > 2 && std::is_same_v<Sum, float>;

/**
 * The rows stay, a tile's slices lie in one stage or several.
 * @return the stage of the last slice, which the caller releases
 */
template <int STEPS, class Sum> __device__ __forceinline__ int multiplyResident(Worker<Shape<STEPS>> &w, const Shared<Shape<STEPS>> &shared, Sum (&sums)[SUMS]) {
  using S = Shape<STEPS>;
  int stageOf[S::PARTS];
  if constexpr (IN_TURN<STEPS, Sum>) {
    wait(shared.turns + 8 * w.number, w.turnParity);
    w.turnParity ^= 1;
  }
#pragma unroll
  for (int part = 0; part < S::PARTS; part++, w.ring.next()) {
    stageOf[part] = w.ring.stage;
    wait(shared.full + 8 * w.ring.stage, w.ring.parity);
    beginMultiply();
#pragma unroll
    for (int s = 0; s < S::TOGETHER; s++) {
      const int slice = part * S::TOGETHER + s;
      const uint64_t a = w.rowOperand + operandStep(slice * GROUP_SLICE_BYTES);
      const uint64_t b = w.stageOperand + operandStep(w.ring.stage * S::STAGE_BYTES + s * TILE_SLICE_BYTES);
#pragma unroll
      for (int step = 0; step < 4 && 4 * slice + step < STEPS; step++)
        if (slice == 0 && step == 0)
          multiplyFirst(sums, a, b);
        else
          multiplyNext(sums, a + operandStep(32 * step), b + operandStep(32 * step));
    }
    commitMultiply();
  }
  if (IN_TURN<STEPS, Sum> && w.lane == 0) arrive(shared.turns + 8 * ((w.number + 1) % WORKERS));
  awaitMultiply<0>();
#pragma unroll
  for (int part = 0; part < S::PARTS - 1; part++) w.release(shared, stageOf[part]);
  return stageOf[S::PARTS - 1];
}

/** A slice of rows and of centroids at a time. @return the stage of the last one, which the caller releases */
template <class S, class Sum> __device__ __forceinline__ int multiplyStreamed(Worker<S> &w, const Shared<S> &shared, int slices, Sum (&sums)[SUMS]) {
  int stage;
  auto multiplySlice = [&](bool first) {
    const uint64_t at = w.stageOperand + operandStep(w.ring.stage * S::STAGE_BYTES);
    const uint64_t a = at + operandStep(w.group * GROUP_SLICE_BYTES), b = at + operandStep(S::TILE_OFFSET + w.half * TILE_SLICE_BYTES);
    wait(shared.full + 8 * w.ring.stage, w.ring.parity);
    beginMultiply();
#pragma unroll
    for (int step = 0; step < 4; step++)
      if (step == 0 && first)
        multiplyFirst(sums, a, b);
      else
        multiplyNext(sums, a + operandStep(32 * step), b + operandStep(32 * step));
    commitMultiply();
    stage = w.ring.stage;
    w.ring.next();
  };
  multiplySlice(true);
#pragma unroll 1
  for (int s = 1; s < slices; s++) {
    const int before = stage;
    multiplySlice(false);
    awaitMultiply<1>();
    w.release(shared, before);
  }
  awaitMultiply<0>();
  return stage;
}
