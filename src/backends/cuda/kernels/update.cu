// The M-step (exact.ts, updateCluster): centroids from integer sums, shifts, terms of the inertia.
constexpr int THREADS = 128;

// Adds part[0 … count) in order.
__device__ inline double add_in_order(double sum, const double *part, int count) {
  for (int i = 0; i < count; i++) sum += part[i];
  return sum;
}

// A block a cluster, its threads the columns; sums over columns are added in order, each by one thread of its own warp.
// IN hi, lo: k × d; counts, counts_low: k; scale: d powers of two that lead back; low: 2^−bits; weight_scale: 2^(1 − bits);
// mean: d; current: k × d. OUT next: k × d; weights, shifts, terms: k.
extern "C" __global__ void __launch_bounds__(THREADS)
    update_centroids(const double *hi, const double *lo, const double *counts, const double *counts_low, int d, const double *scale, double low,
                     double weight_scale, int weighted, int spherical, const float *mean, const float *current, float *next, double *weights,
                     double *shifts, double *terms) {
  __shared__ double squares[THREADS], products[THREADS];
  __shared__ double length;
  const long long j = blockIdx.x, at = j * d;
  const double weight = weighted ? (counts[j] + counts_low[j] * low) * weight_scale : counts[j];
  if (threadIdx.x == 0) weights[j] = weight;
  if (weight == 0) {
    for (int t = threadIdx.x; t < d; t += THREADS) next[at + t] = current[at + t];
    if (threadIdx.x == 0) shifts[j] = terms[j] = 0;
    return;
  }
  double norm = 0;
  for (int from = 0; spherical && from < d; from += THREADS) {
    const int t = from + threadIdx.x, count = min(THREADS, d - from);
    if (t < d) {
      const double y = ((hi[at + t] + lo[at + t] * low) / weight) * scale[t];
      squares[threadIdx.x] = y * y;
    }
    __syncthreads();
    if (threadIdx.x == 0) norm = add_in_order(norm, squares, count);
    __syncthreads();
  }
  if (threadIdx.x == 0) length = spherical ? sqrt(norm) : 1;
  __syncthreads();
  double shift = 0, term = 0;
  for (int from = 0; from < d; from += THREADS) {
    const int t = from + threadIdx.x, count = min(THREADS, d - from);
    if (t < d) {
      const double sum = hi[at + t] + lo[at + t] * low;
      const double y = (sum / weight) * scale[t];
      const float value = length == 0 ? current[at + t] : static_cast<float>(spherical ? y / length : y);
      const double moved = static_cast<double>(value) - current[at + t];
      const double a = static_cast<double>(current[at + t]) - mean[t];
      const double s = sum * scale[t] - weight * mean[t];
      next[at + t] = value;
      squares[threadIdx.x] = moved * moved;
      products[threadIdx.x] = 2 * a * s - weight * a * a;
    }
    __syncthreads();
    if (threadIdx.x == 0) shift = add_in_order(shift, squares, count);
    if (threadIdx.x == 32) term = add_in_order(term, products, count);
    __syncthreads();
  }
  if (threadIdx.x == 0) shifts[j] = sqrt(shift);
  if (threadIdx.x == 32) terms[j] = term;
}

// Adds up the sums of several devices. INOUT total: += part; count: float64 of each, which hold integers below 2^53. Parallel over elements.
extern "C" __global__ void __launch_bounds__(256) add_sums(double *total, const double *part, long long count) {
  const long long i = blockIdx.x * 256ll + threadIdx.x;
  if (i < count) total[i] += part[i];
}
