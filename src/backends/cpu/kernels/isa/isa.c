/**
 * Which instruction set runs: asked of the processor, once per process. Files that the compiler does not know are left out, and this one is
 * compiled with WITHOUT_ and their name (compile.ts).
 */
#define _GNU_SOURCE
#include "isa/isa.h"
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#else
#define WITHOUT_amx
#endif

/** Bits of cpuid, leaf 1 (register c), leaf 7 (b, c, d) and its subleaf 1 (a), and of XCR0: which registers the operating system keeps. */
#define FMA (1u << 12)
#define AVX2 (1u << 5)
#define AVX_VNNI (1u << 4)
#define AVX512_F_DQ_BW_VL (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31)
#define AVX512_VNNI (1u << 11)
#define AMX_TILE_AND_INT8 (3u << 24)
#define KEEPS_AVX 0x6u
#define KEEPS_AVX512 0xe6u
#define REQUEST_PERMISSION 0x1023
#define TILE_DATA 18

/** __builtin_cpu_supports says no to everything in some cross-compiled libraries, hence by hand. */
typedef struct {
  unsigned first, b, c, d, more, kept;
} Features;

static Features featuresPresent(void) {
  Features f = {0};
  unsigned a, b, c, d, first, high;
  if (!__get_cpuid(1, &a, &b, &first, &d) || !(first & bit_OSXSAVE) || !__get_cpuid_count(7, 0, &a, &f.b, &f.c, &f.d)) return (Features){0};
  if (a >= 1) __get_cpuid_count(7, 1, &f.more, &b, &c, &d);
  f.first = first;
  __asm__ volatile("xgetbv" : "=a"(f.kept), "=d"(high) : "c"(0));
  return f;
}

static int avx2Present(void) {
  const Features f = featuresPresent();
  return (f.kept & KEEPS_AVX) == KEEPS_AVX && (f.b & AVX2) != 0 && (f.first & FMA) != 0;
}

#if !defined(WITHOUT_avxVnni)
static int avxVnniPresent(void) { return avx2Present() && (featuresPresent().more & AVX_VNNI) != 0; }
#endif

static int avx512Present(const Features *f) {
  return (f->kept & KEEPS_AVX512) == KEEPS_AVX512 && (f->b & AVX512_F_DQ_BW_VL) == AVX512_F_DQ_BW_VL;
}

static int avx512vnniPresent(void) {
  const Features f = featuresPresent();
  return avx512Present(&f) && (f.c & AVX512_VNNI) != 0;
}

#if !defined(WITHOUT_amx)
/** The tiles' state is large: Linux wants to be asked before a process uses it. */
static int amxPresent(void) {
  const Features f = featuresPresent();
  return avx512Present(&f) && (f.d & AMX_TILE_AND_INT8) == AMX_TILE_AND_INT8 &&
         syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#endif
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

static int always(void) { return 1; }

/** The best first. */
static const struct {
  const Isa *isa;
  int (*present)(void);
} ALL[] = {
#if defined(__x86_64__)
#if !defined(WITHOUT_amx)
    {&isaAmx, amxPresent},
#endif
    {&isaAvx512vnni, avx512vnniPresent},
#if !defined(WITHOUT_avxVnni)
    {&isaAvxVnni, avxVnniPresent},
#endif
    {&isaAvx2, avx2Present},
#elif defined(__aarch64__)
#if !defined(WITHOUT_neonMatrix)
    {&isaNeonMatrix, matrixPresent},
#endif
#if !defined(WITHOUT_neonDot)
    {&isaNeonDot, dotPresent},
#endif
    {&isaNeon, always},
#endif
#if defined(__wasm__)
    {&isaWasm, always},
#else
    {&isaPlain, always},
#endif
};

#define COUNT (sizeof ALL / sizeof *ALL)

/** Asked once: cpuid ends a virtual machine's turn, which takes 20 µs. */
static int present(unsigned i) {
  enum { UNKNOWN, ABSENT, PRESENT };
  static int known[COUNT];
  int answer = __atomic_load_n(&known[i], __ATOMIC_RELAXED);
  if (answer == UNKNOWN) {
    answer = ALL[i].present() ? PRESENT : ABSENT;
    __atomic_store_n(&known[i], answer, __ATOMIC_RELAXED);
  }
  return answer == PRESENT;
}

const Isa *chooseIsa(const char *name) {
  for (unsigned i = 0; i < COUNT; i++)
    if ((name == 0 || name[0] == 0 || strcmp(name, ALL[i].isa->name) == 0) && present(i)) return ALL[i].isa;
  return 0;
}
