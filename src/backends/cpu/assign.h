/** The two ways of an E-step. */
#pragma once
#include "api.h"

/** Nothing but the definition, eight rows at a time. */
int assignByDefinition(const Session *, const float *centroids, int64_t k, int32_t *labels, Control *);
/** Screened: assign.c. */
int assignScreened(Session *, const float *centroids, int64_t k, const int32_t *previous, int follows, int32_t *labels, Control *,
                   double *open);
