/** Which instruction set runs: asked of the processor, once per session. */
#define _GNU_SOURCE
#include "isa.h"
#include <string.h>
#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AMX_TILE_AND_INT8 (3u << 24)
#define REQUEST_PERMISSION 0x1023
#define TILE_DATA 18

/** The tiles' state is large: Linux wants to be asked before a process uses it. */
static int amxPresent(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & AMX_TILE_AND_INT8) != AMX_TILE_AND_INT8) return 0;
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
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
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512dq");
  if (isa == &isaAvx512vnni) return wide && __builtin_cpu_supports("avx512vnni");
#if defined(__linux__)
  if (&isaAmx != 0 && isa == &isaAmx) return wide && amxPresent();
#endif
  if (isa == &isaAvx2) return __builtin_cpu_supports("avx2");
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
#if defined(__x86_64__) || defined(_M_X64)
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
