/** Which instruction set runs: asked of the processor, once per session. */
#define _GNU_SOURCE
#include "isa.h"
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/** Bits of cpuid, leaf 7 (registers b, c, d), and of XCR0: which registers the operating system keeps. */
#define AVX2 (1u << 5)
#define AVX512_F_DQ_BW_VL (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31)
#define AVX512_VNNI (1u << 11)
#define AMX_TILE_AND_INT8 (3u << 24)
#define KEEPS_AVX 0x6u
#define KEEPS_AVX512 0xe6u
#define REQUEST_PERMISSION 0x1023
#define TILE_DATA 18

/** __builtin_cpu_supports says no to everything in some cross-compiled libraries, hence by hand. */
typedef struct {
  unsigned b, c, d, kept;
} Features;

static Features featuresPresent(void) {
  Features f = {0};
  unsigned a, b, c, d, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !__get_cpuid_count(7, 0, &a, &f.b, &f.c, &f.d)) return (Features){0};
  __asm__ volatile("xgetbv" : "=a"(f.kept), "=d"(high) : "c"(0));
  return f;
}

/** The tiles' state is large: Linux wants to be asked before a process uses it. */
static int amxPermitted(void) {
#if defined(__linux__)
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
  return 0;
#endif
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

static int dotPresent(void) { return getauxval(AT_HWCAP) >> 20 & 1; }
static int matrixPresent(void) { return getauxval(AT_HWCAP2) >> 13 & 1; }
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int featurePresent(const char *name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, 0, 0) == 0 && value != 0;
}

static int dotPresent(void) { return featurePresent("hw.optional.arm.FEAT_DotProd"); }
static int matrixPresent(void) { return featurePresent("hw.optional.arm.FEAT_I8MM"); }
#elif defined(__aarch64__)
static int dotPresent(void) { return 0; }
static int matrixPresent(void) { return 0; }
#endif

static int present(const Isa *isa) {
#if defined(__x86_64__)
  const Features f = featuresPresent();
  const int wide = (f.kept & KEEPS_AVX512) == KEEPS_AVX512 && (f.b & AVX512_F_DQ_BW_VL) == AVX512_F_DQ_BW_VL;
  if (isa == &isaAvx512vnni) return wide && (f.c & AVX512_VNNI) != 0;
  if (isa == &isaAvx2) return (f.kept & KEEPS_AVX) == KEEPS_AVX && (f.b & AVX2) != 0;
#if defined(__linux__)
  if (&isaAmx != 0 && isa == &isaAmx) return wide && (f.d & AMX_TILE_AND_INT8) == AMX_TILE_AND_INT8 && amxPermitted();
#endif
#elif defined(__aarch64__)
  if (isa == &isaNeonMatrix) return matrixPresent();
  if (isa == &isaNeonDot) return dotPresent();
  if (isa == &isaNeon) return 1;
#endif
#if defined(__wasm__)
  return isa == &isaWasm;
#else
  return isa == &isaPlain;
#endif
}

const Isa *chooseIsa(const char *name) {
  const Isa *const all[] = {
#if defined(__x86_64__) && defined(__linux__)
      &isaAmx,
#endif
#if defined(__x86_64__)
      &isaAvx512vnni, &isaAvx2,
#elif defined(__aarch64__)
      &isaNeonMatrix, &isaNeonDot, &isaNeon,
#endif
#if defined(__wasm__)
      &isaWasm};
#else
      &isaPlain};
#endif
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i] != 0 && (name == 0 || name[0] == 0 || strcmp(name, all[i]->name) == 0) && present(all[i])) return all[i];
  return 0;
}
