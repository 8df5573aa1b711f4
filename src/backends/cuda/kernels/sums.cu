// Integer limb sums by label (exact.ts, limbs): float64 that hold integers below 2^53, so additions are exact in any order.
// A row that changed its cluster is taken out of one sum and put into another: late iterations cost only the rows that moved.
#include "rows.cuh"

constexpr int WARPS = 8;

__device__ inline void add(double *sum, double value) {
  if (value != 0) atomicAdd(sum, value);
}

// Brings the sums to `labels`. A warp a row, its lanes the columns. IN x: n × d; weights: n or null; scale: d powers of two; low: 2^bits.
// INOUT summed: the labels that the sums stand for, −1: not in yet; hi, lo: k × d; counts, counts_low: k.
extern "C" __global__ void __launch_bounds__(WARPS * 32)
    follow_labels(const float *x, long long n, int d, const int *labels, int *summed, const double *weights, const double *scale, double low,
                  double *hi, double *lo, double *counts, double *counts_low) {
  const int lane = threadIdx.x % 32;
  for (long long row = blockIdx.x * static_cast<long long>(WARPS) + threadIdx.x / 32; row < n;
       row += static_cast<long long>(gridDim.x) * WARPS) {
    const long long to = labels[row], from = summed[row];
    if (to == from) continue;
    const double weight = weights == nullptr ? 1 : weights[row];
    for (int t = lane; t < d; t += 32) {
      const double value = weight * x[row * d + t] * scale[t];
      const double high = rint(value);
      const double rest = rint((value - high) * low);
      add(&hi[to * d + t], high);
      add(&lo[to * d + t], rest);
      if (from < 0) continue;
      add(&hi[from * d + t], -high);
      add(&lo[from * d + t], -rest);
    }
    __syncwarp();
    if (lane != 0) continue;
    // W = 1, or the limbs of w·2^(bits − 1).
    const double scaled = weight * (low * 0.5);
    const double count = weights == nullptr ? 1 : rint(scaled);
    const double count_low = weights == nullptr ? 0 : rint((scaled - count) * low);
    add(&counts[to], count);
    add(&counts_low[to], count_low);
    if (from >= 0) {
      add(&counts[from], -count);
      add(&counts_low[from], -count_low);
    }
    summed[row] = static_cast<int>(to);
  }
}
