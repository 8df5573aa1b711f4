/** The E-step of few rows, where packing centroids takes longer than meeting them. */
#pragma once
#include "api.h"

/** Rows that meet centroids in float32 in no more time than packing these takes (d = 16 to 784, k = 100 to 8192, AVX2 to AMX). */
#define FEW_ROWS 192

/** Of at most FEW_ROWS rows, whatever was found before. */
int assignFew(Session *, const float *centroids, int64_t k, int32_t *labels, Control *, double *open);
