/** Order by magnitude: a radix sort. */
#include "session/session.h"
#include <string.h>

/** Two digits of a float64's bits behind the sign: its exponent and 9 bits of the mantissa. */
#define DIGIT 10
#define SHIFT (63 - 2 * DIGIT)

static int digitOf(double value, int pass) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (int)(bits >> (SHIFT + pass * DIGIT)) & ((1 << DIGIT) - 1);
}

void orderByMagnitude(const double *values, int64_t count, int32_t *order, int32_t *scratch) {
  for (int64_t i = 0; i < count; i++) scratch[i] = (int32_t)i;
  for (int pass = 0; pass < 2; pass++) {
    const int32_t *from = pass == 0 ? scratch : order;
    int32_t *to = pass == 0 ? order : scratch;
    int64_t start[(1 << DIGIT) + 1] = {0};
    for (int64_t i = 0; i < count; i++) start[digitOf(values[i], pass) + 1]++;
    for (int digit = 0; digit < 1 << DIGIT; digit++) start[digit + 1] += start[digit];
    for (int64_t i = 0; i < count; i++) to[start[digitOf(values[from[i]], pass)]++] = from[i];
  }
  memcpy(order, scratch, (size_t)count * sizeof *order);
}
