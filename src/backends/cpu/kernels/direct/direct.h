/** The E-step in float32, beside the screened one (eStep/screened.h). */
#pragma once
#include "api.h"

/** In float32, what that leaves open by the definition. previous: labels of the last E-step, or null; scored: by scores first. */
int assignDirect(Session *, const float *centroids, int64_t k, const int32_t *previous, int scored, int32_t *labels, Control *,
                 double *open);
