/** Which instruction set runs: asked of the processor, once per session. */
#include "isa.h"
#include <string.h>

static int present(const Isa *isa) {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  if (isa == &isaAvx512vnni)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
  if (isa == &isaAvx2) return __builtin_cpu_supports("avx2");
#endif
  return isa == &isaPlain;
}

const Isa *chooseIsa(const char *name) {
  static const Isa *const all[] = {
#if defined(__x86_64__) || defined(_M_X64)
      &isaAvx512vnni, &isaAvx2,
#endif
      &isaPlain};
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
    if ((name == 0 || name[0] == 0 || strcmp(name, all[i]->name) == 0) && present(all[i])) return all[i];
  return 0;
}
