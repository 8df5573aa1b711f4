/** How many centroids the screen would let pass, by a sample of rows; for choosing between the ways of an E-step. */
#pragma once
#include "session/session.h"

/** Rows of the sample. */
#define SAMPLE 64

/** Row r of the sample. */
static inline int64_t sampled(const Session *s, int64_t r) { return sampleRow(s->n, r, SAMPLE); }

/** About how many of k centroids pass the screen of a sampled row that looks for those within reach[r], by squares; −1 without memory. */
double passing(const Session *, const float *centroids, int64_t k, const double *reach);
