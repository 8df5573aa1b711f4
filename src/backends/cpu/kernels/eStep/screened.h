/** The E-step through the integer screen. */
#pragma once
#include "session/session.h"

/** follows: whether `previous` are the labels that the last E-step gave. open: rows that needed the definition. */
int assignScreened(Session *, const float *centroids, int64_t k, const int32_t *previous, int follows, int32_t *labels, Control *,
                   double *open);
