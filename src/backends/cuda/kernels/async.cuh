/** Hopper's barriers and bulk copies in shared memory, as inline PTX (PTX ISA, mbarrier and cp.async.bulk). */
#pragma once
#include <stdint.h>

__device__ __forceinline__ uint32_t sharedAddress(const void *p) { return (uint32_t)__cvta_generic_to_shared(p); }

__device__ __forceinline__ void initBarrier(uint32_t barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

/** Makes initialised barriers known to the copy engine. */
__device__ __forceinline__ void publishBarriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

/** Arrives, and lets the phase wait for so many bytes of copies as well. */
__device__ __forceinline__ void expectBytes(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

__device__ __forceinline__ void arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

/** Waits for the end of the phase of this parity. */
__device__ __forceinline__ void wait(uint32_t barrier, uint32_t parity) {
  asm volatile("{.reg .pred p;\nL_%=: mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n@p bra D_%=;\nbra L_%=;\nD_%=:}" ::"r"(barrier),
               "r"(parity)
               : "memory");
}

/** Copies from global to shared memory and counts towards the barrier; addresses and bytes are multiples of 16. */
__device__ __forceinline__ void copyBulk(uint32_t to, const void *from, uint32_t bytes, uint32_t barrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to), "l"(from), "r"(bytes),
               "r"(barrier)
               : "memory");
}

/** A place in a ring of stages: which one, and the parity of its current phase. */
template <int STAGES> struct Ring {
  int stage = 0;
  uint32_t parity;
  __device__ __forceinline__ explicit Ring(uint32_t first) : parity(first) {}
  __device__ __forceinline__ void next() {
    if (++stage == STAGES) {
      stage = 0;
      parity ^= 1;
    }
  }
};
