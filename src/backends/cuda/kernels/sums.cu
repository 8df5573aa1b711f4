// Integer limb sums by label (exact.ts, limbs): float64 that hold integers below 2^53, so additions are exact in any order.
// Two ways: a row that changed its cluster is taken out of one sum and put into another (follow_labels), so late iterations cost only the
// rows that moved; where many did, the rows are ordered by label and summed anew, a run of one label in registers (sum_runs).
#include "rows.cuh"

constexpr int WARPS = 8;
// Rows, in the order of their labels, that a block of sum_runs adds up.
constexpr int RUN_ROWS = 256;
constexpr int RUN_COLUMNS = 128;

struct Limbs {
  double high, low;
};

// The limbs of w·x, scaled. IN low: 2^bits.
__device__ inline Limbs limbs_of(double value, double low) {
  const double high = rint(value), rest = value - high;
  return {high, rest == 0 ? 0 : rint(rest * low)};
}

// W of one row: 1, or the limbs of w·2^(bits − 1).
__device__ inline Limbs weight_of(const double *weights, long long row, double low) {
  if (weights == nullptr) return {1, 0};
  return limbs_of(weights[row] * (low * 0.5), low);
}

__device__ inline void add(double *sum, double value) {
  if (value != 0) atomicAdd(sum, value);
}

// Brings the sums to `labels`. A warp a row, its lanes the columns. IN x: n × d; weights: n or null; scale: d powers of two; low: 2^bits.
// INOUT summed: the labels that the sums stand for; hi, lo: k × d; counts, counts_low: k.
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
      const Limbs limbs = limbs_of(weight * x[row * d + t] * scale[t], low);
      add(&hi[to * d + t], limbs.high);
      add(&lo[to * d + t], limbs.low);
      add(&hi[from * d + t], -limbs.high);
      add(&lo[from * d + t], -limbs.low);
    }
    __syncwarp();
    if (lane != 0) continue;
    const Limbs count = weight_of(weights, row, low);
    add(&counts[to], count.high);
    add(&counts_low[to], count.low);
    add(&counts[from], -count.high);
    add(&counts_low[from], -count.low);
    summed[row] = static_cast<int>(to);
  }
}

// places[label + 1] += 1 for every row. A thread a row. INOUT places: k + 1, zero before.
extern "C" __global__ void count_labels(const int *labels, long long n, int *places) {
  const long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (row < n) atomicAdd(&places[labels[row] + 1], 1);
}

// Running sums of places in place: where each label's rows begin. One block of 1,024 threads, each a piece of the k + 1 values.
extern "C" __global__ void __launch_bounds__(1024) sum_places(int *places, int k) {
  __shared__ int totals[1024];
  const int each = (k + 1 + 1023) / 1024;
  const int first = threadIdx.x * each, end = min(k + 1, first + each);
  int total = 0;
  for (int j = first; j < end; j++) total += places[j];
  totals[threadIdx.x] = total;
  __syncthreads();
  for (int reach = 1; reach < 1024; reach *= 2) {
    const int other = threadIdx.x >= reach ? totals[threadIdx.x - reach] : 0;
    __syncthreads();
    totals[threadIdx.x] += other;
    __syncthreads();
  }
  int running = totals[threadIdx.x] - total;
  for (int j = first; j < end; j++) {
    running += places[j];
    places[j] = running;
  }
}

// Rows by label, in any order within one. A thread a row. INOUT places: the next place of each label. OUT order: n; summed: a copy of labels.
extern "C" __global__ void order_rows(const int *labels, long long n, int *places, int *order, int *summed) {
  const long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (row >= n) return;
  const int label = labels[row];
  summed[row] = label;
  order[atomicAdd(&places[label], 1)] = static_cast<int>(row);
}

// Adds all rows to the sums. A block RUN_ROWS rows of the order and RUN_COLUMNS columns (blocks along y), a thread a column: what belongs to
// one label is added in registers, and to memory when the label ends. IN and INOUT as follow_labels; order: n rows by label.
extern "C" __global__ void __launch_bounds__(RUN_COLUMNS)
    sum_runs(const float *x, long long n, int d, const int *labels, const int *order, const double *weights, const double *scale, double low,
             double *hi, double *lo, double *counts, double *counts_low) {
  __shared__ int rows[RUN_ROWS], row_labels[RUN_ROWS];
  const long long first = static_cast<long long>(blockIdx.x) * RUN_ROWS;
  const int count = static_cast<int>(min(static_cast<long long>(RUN_ROWS), n - first));
  for (int i = threadIdx.x; i < count; i += RUN_COLUMNS) {
    rows[i] = order[first + i];
    row_labels[i] = labels[rows[i]];
  }
  __syncthreads();
  const int t = blockIdx.y * RUN_COLUMNS + threadIdx.x;
  const bool has_column = t < d;
  const double column_scale = has_column ? scale[t] : 0;
  for (int from = 0; from < count;) {
    const long long label = row_labels[from];
    Limbs sum = {0, 0};
    int i = from;
#pragma unroll 4
    for (; i < count && row_labels[i] == label; i++) {
      if (!has_column) continue;
      const double value = x[static_cast<long long>(rows[i]) * d + t];
      const Limbs limbs = limbs_of((weights == nullptr ? value : weights[rows[i]] * value) * column_scale, low);
      sum.high += limbs.high;
      sum.low += limbs.low;
    }
    if (has_column) {
      add(&hi[label * d + t], sum.high);
      add(&lo[label * d + t], sum.low);
    }
    if (blockIdx.y == 0 && threadIdx.x == 0) {
      Limbs points = {0, 0};
      for (int r = from; r < i; r++) {
        const Limbs one = weight_of(weights, rows[r], low);
        points.high += one.high;
        points.low += one.low;
      }
      add(&counts[label], points.high);
      add(&counts_low[label], points.low);
    }
    from = i;
  }
}
