/** Hopper's matrix multiply by a warpgroup (PTX ISA, wgmma): 64 rows × 128 centroids, 64 sums a thread, both operands in shared memory. */
#pragma once
#include <stdint.h>

/** Sums of a thread. */
#define SUMS 64

/** Descriptor of an operand at this address: rows of 128 bytes in the 128-byte swizzle, eight rows 1024 bytes apart from the next. */
__device__ __forceinline__ uint64_t operandAt(uint32_t address) {
  return (uint64_t)((address & 0x3ffff) >> 4) | (uint64_t)1 << 16 | (uint64_t)(1024 >> 4) << 32 | (uint64_t)1 << 62;
}
/** Added to a descriptor: so many bytes further on. */
__device__ __forceinline__ uint64_t operandStep(int bytes) { return (uint64_t)(bytes >> 4); }

__device__ __forceinline__ void beginMultiply() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void commitMultiply() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/** Waits until at most this many of the committed groups are at work. */
template <int LEFT> __device__ __forceinline__ void awaitMultiply() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(LEFT) : "memory"); }

/** Nothing that uses the sums moves before the wait. */
__device__ __forceinline__ void keepAfterMultiply(float (&s)[SUMS]) {
#pragma unroll
  for (int e = 0; e < SUMS; e++) asm volatile("" : "+f"(s[e])::"memory");
}
__device__ __forceinline__ void keepAfterMultiply(int (&s)[SUMS]) {
#pragma unroll
  for (int e = 0; e < SUMS; e++) asm volatile("" : "+r"(s[e])::"memory");
}

// clang-format off
#define EIGHT(c, i) c(s[i]), c(s[i + 1]), c(s[i + 2]), c(s[i + 3]), c(s[i + 4]), c(s[i + 5]), c(s[i + 6]), c(s[i + 7])
#define ALL(c) EIGHT(c, 0), EIGHT(c, 8), EIGHT(c, 16), EIGHT(c, 24), EIGHT(c, 32), EIGHT(c, 40), EIGHT(c, 48), EIGHT(c, 56)
#define REGISTERS \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
// clang-format on

/** Starts a chain: the sums become a·b. As outputs only, or ptxas sees a dependence on the chain before and serialises the two. */
__device__ __forceinline__ void multiplyFirst(float (&s)[SUMS], uint64_t a, uint64_t b) {
  asm volatile("{.reg .pred p; setp.ne.b32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" REGISTERS
               "}, %64, %65, p, 1, 1, 0, 0;}"
               : ALL("=&f")
               : "l"(a), "l"(b));
}

/** Adds a·b to the sums: 16 columns of fp16. */
__device__ __forceinline__ void multiplyNext(float (&s)[SUMS], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" REGISTERS "}, %64, %65, 1, 1, 1, 0, 0;"
               : ALL("+f")
               : "l"(a), "l"(b));
}

/** The same of int8, 32 columns, exactly. */
__device__ __forceinline__ void multiplyFirst(int (&s)[SUMS], uint64_t a, uint64_t b) {
  asm volatile("{.reg .pred p; setp.ne.b32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n128k32.s32.s8.s8 {" REGISTERS "}, %64, %65, p;}"
               : ALL("=&r")
               : "l"(a), "l"(b));
}

__device__ __forceinline__ void multiplyNext(int (&s)[SUMS], uint64_t a, uint64_t b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k32.s32.s8.s8 {" REGISTERS "}, %64, %65, 1;" : ALL("+r") : "l"(a), "l"(b));
}
