/**
 * The directions in which rows spread most: simultaneous iteration on a sample of rows, so that the first columns are the best ones
 * whatever their number, and no matrix is larger than the sample. Parallel over blocks of rows of each product. What rounding does here is
 * of no matter: how far the basis is from orthonormal is computed in the end (bound.h, 12).
 */
#include "bound.h"
#include "reduction/reduction.h"
#include "session/threads.h"
#include <string.h>

/** Rows of the sample per column. */
#define SAMPLED 4
/** A column of which less than this is left, by squares, once the others are taken out, ends the basis. */
#define DEPENDENT 1e-9
/** Turns of pairs of columns: each column is mixed with 2^MIXES others. */
#define MIXES 8

static inline int64_t roundUp(int64_t count, int64_t multiple) { return (count + multiple - 1) / multiple * multiple; }

/** A small generator (SplitMix64): bits by index. */
static inline uint64_t bitsOf(uint64_t index) {
  uint64_t z = (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/** out = x·matrix; x: [rows][depth], rows a multiple of 4. */
typedef struct {
  const Isa *isa;
  const float *x, *matrix;
  int64_t rows, depth, strips;
  float *out;
} Product;

/** One strip of the product. */
static void projectStrip(void *context, int64_t strip, int worker) {
  (void)worker;
  const Product *p = context;
  p->isa->project(p->x, p->rows, p->depth, p->matrix + strip * p->depth * STRIP, 1, p->out + strip * p->rows * STRIP);
}

static int multiply(const Session *s, const float *x, int64_t rows, int64_t depth, const float *matrix, int64_t strips, float *out,
                    Control *control) {
  Product p = {s->isa, x, matrix, rows, depth, strips, out};
  return spread(s->threads, strips, control, projectStrip, &p);
}

typedef struct {
  const Isa *isa;
  const float *y;
  int64_t rows, strips;
  double *out;
} Gram;

static void gramRows(void *context, int64_t item, int worker) {
  (void)worker;
  const Gram *p = context;
  p->isa->gram(p->y, p->rows, p->strips, 4 * item, p->out);
}

/** out: yᵀy, [strips · STRIP] squared. */
static int gramOf(const Session *s, const float *y, int64_t rows, int64_t strips, double *out, Control *control) {
  Gram p = {s->isa, y, rows, strips, out};
  return spread(s->threads, strips * STRIP / 4, control, gramRows, &p);
}

/**
 * Brings g = yᵀy, upper triangle, to the inverse of its Cholesky factor, so that the columns of y·g become orthonormal in order.
 * @return how many columns there are, before one that depends on those before it
 */
static int64_t invertFactor(double *g, int64_t m, int64_t width) {
  int64_t count = 0;
  for (; count < m; count++) {
    const int64_t j = count;
    const double whole = g[j * width + j];
    for (int64_t i = 0; i <= j; i++) {
      double sum = g[i * width + j];
      for (int64_t t = 0; t < i; t++) sum -= g[t * width + i] * g[t * width + j];
      if (i < j) g[i * width + j] = sum / g[i * width + i];
      else g[j * width + j] = sum;
    }
    if (!(g[j * width + j] > whole * DEPENDENT) || !(whole < INFINITY)) break;
    g[j * width + j] = sqrt(g[j * width + j]);
  }
  for (int64_t j = 0; j < count; j++) {
    g[j * width + j] = 1 / g[j * width + j];
    for (int64_t i = 0; i < j; i++) {
      double sum = 0;
      for (int64_t t = i; t < j; t++) sum += g[i * width + t] * g[t * width + j];
      g[i * width + j] = -sum * g[j * width + j];
    }
  }
  return count;
}

/** Turns pairs of the first m columns by 45 degrees, again and again in another order: an orthogonal mixture of all. */
static void mixColumns(double *g, int64_t m, int64_t width) {
  int32_t order[MAX_REDUCED];
  for (int64_t j = 0; j < m; j++) order[j] = (int32_t)j;
  for (uint64_t turn = 0; turn < MIXES; turn++) {
    for (int64_t j = m - 1; j > 0; j--) {
      const int64_t other = (int64_t)(bitsOf(turn * MAX_REDUCED + (uint64_t)j) % (uint64_t)(j + 1));
      const int32_t kept = order[j];
      order[j] = order[other];
      order[other] = kept;
    }
    for (int64_t j = 0; j + 1 < m; j += 2)
      for (int64_t i = 0; i < m; i++) {
        double *a = g + i * width + order[j], *b = g + i * width + order[j + 1];
        const double sum = (*a + *b) * sqrt(0.5), difference = (*a - *b) * sqrt(0.5);
        *a = sum;
        *b = difference;
      }
  }
}

/** The first columns of r->basis become orthonormal, in order or mixed. @return DONE; r->m has their number */
static int orthonormalise(const Session *s, int64_t m, int mixed, struct Reduction *r, Control *control) {
  const int64_t width = r->strips * STRIP, strips = (m + TAILS + STRIP - 1) / STRIP, inner = roundUp(m, 4);
  double *g = allocate(width * width * 8);
  float *rows = allocate(r->depth * inner * 4), *factor = allocate(strips * STRIP * inner * 4);
  float *basis = allocate(strips * r->depth * STRIP * 4);
  int result = g != 0 && rows != 0 && factor != 0 && basis != 0 ? gramOf(s, r->basis, r->depth, r->strips, g, control) : NO_MEMORY;
  if (result == DONE) {
    m = invertFactor(g, m, width);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < i; j++) g[i * width + j] = 0;
    if (mixed) mixColumns(g, m, width);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < m; j++) factor[(j / STRIP * inner + i) * STRIP + j % STRIP] = (float)g[i * width + j];
    for (int64_t t = 0; t < r->depth; t++)
      for (int64_t j = 0; j < m; j++) rows[t * inner + j] = r->basis[(j / STRIP * r->depth + t) * STRIP + j % STRIP];
    result = multiply(s, rows, r->depth, inner, factor, strips, basis, control);
  }
  release(g);
  release(rows);
  release(factor);
  if (result != DONE) {
    release(basis);
    return result;
  }
  release(r->basis);
  r->basis = basis;
  r->strips = strips;
  r->m = m;
  return DONE;
}

/** A sample of x − μ, times a power of two that brings it below one: [count][depth], and its transpose. */
static void sampleRows(const Session *s, int64_t count, int64_t depth, float *rows, float *columns) {
  double largest = 0;
  for (int64_t i = 0; i < count; i++) {
    double most, ignored;
    s->isa->measure(rowOf(s, sampleRow(s->n, i, count)), s->mean, s->d, &most, &ignored);
    largest = most > largest ? most : largest;
  }
  int exponent = 0;
  frexp(largest, &exponent);
  for (int64_t i = 0; i < count; i++) {
    const float *x = rowOf(s, sampleRow(s->n, i, count));
    for (int64_t t = 0; t < s->d; t++) {
      const float value = (float)ldexp((double)x[t] - s->mean[t], -exponent);
      rows[i * depth + t] = value;
      columns[t * roundUp(count, 4) + i] = value;
    }
  }
}

int findBasis(const Session *s, int64_t m, struct Reduction *r, Control *control) {
  const int64_t count = s->n < SAMPLED * m ? s->n : SAMPLED * m, sampled = roundUp(count, 4);
  r->depth = roundUp(s->d, 4);
  r->strips = (m + TAILS + STRIP - 1) / STRIP;
  r->error = INFINITY;
  float *rows = allocate(sampled * r->depth * 4), *columns = allocate(sampled * r->depth * 4);
  float *weights = allocate(r->strips * sampled * STRIP * 4);
  r->basis = allocate(r->strips * r->depth * STRIP * 4);
  int result = rows != 0 && columns != 0 && weights != 0 && r->basis != 0 ? DONE : NO_MEMORY;
  if (result == DONE) {
    sampleRows(s, count, r->depth, rows, columns);
    for (int64_t i = 0; i < r->strips * sampled * STRIP; i++) weights[i] = bitsOf((uint64_t)i) & 1 ? 1 : -1;
    result = multiply(s, columns, r->depth, sampled, weights, r->strips, r->basis, control);
  }
  if (result == DONE) result = multiply(s, rows, sampled, r->depth, r->basis, r->strips, weights, control);
  if (result == DONE) result = multiply(s, columns, r->depth, sampled, weights, r->strips, r->basis, control);
  release(rows);
  release(columns);
  release(weights);
  return result == DONE ? orthonormalise(s, m, 0, r, control) : result;
}

int mixBasis(const Session *s, int64_t m, struct Reduction *r, Control *control) {
  int result = orthonormalise(s, m, 1, r, control);
  const int64_t width = r->strips * STRIP;
  double *g = result == DONE ? allocate(width * width * 8) : 0;
  if (result == DONE) result = g != 0 ? gramOf(s, r->basis, r->depth, r->strips, g, control) : NO_MEMORY;
  if (result == DONE) {
    double defect = 0;
    for (int64_t i = 0; i < r->m; i++)
      for (int64_t j = i; j < r->m; j++) {
        const double apart = g[i * width + j] - (i == j);
        defect += (i == j ? 1 : 2) * apart * apart;
      }
    basisErrors(s->d, r->m, sqrt(defect), &r->error, &r->tiny);
  }
  release(g);
  return result;
}
