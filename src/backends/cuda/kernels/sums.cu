// Integer limb sums by label (exact.ts, limbs): float64 that hold integers below 2^53, so additions are exact in any order.
// Two ways: a row that changed its cluster is taken out of one sum and put into another (follow_labels), so late iterations cost only the
// rows that moved; where many did, the rows are ordered by label and summed anew, a run of one label in registers (sum_runs).
#include "rows.cuh"

constexpr int WARPS = 8;
// Rows, in the order of their labels, that a block of sum_runs adds up.
constexpr int RUN_ROWS = 256;
constexpr int RUN_COLUMNS = 128;
// Rows that a thread of sum_runs has asked memory for at a time.
constexpr int AHEAD = 4;

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

// Brings the sums to `labels`. A warp 32 rows, of which it takes those that moved one by one, its lanes the columns. IN x: n × d; weights: n or
// null; scale: d powers of two; low: 2^bits. INOUT summed: the labels that the sums stand for; hi, lo: k × d; counts, counts_low: k.
extern "C" __global__ void __launch_bounds__(WARPS * 32)
    follow_labels(const float *x, long long n, int d, const int *labels, int *summed, const double *weights, const double *scale, double low,
                  double *hi, double *lo, double *counts, double *counts_low) {
  const int lane = threadIdx.x % 32;
  const long long own = blockIdx.x * static_cast<long long>(WARPS * 32) + threadIdx.x;
  const int to_own = own < n ? labels[own] : 0, from_own = own < n ? summed[own] : 0;
  const bool moved = to_own != from_own;
  for (unsigned left = __ballot_sync(0xffffffffu, moved); left != 0; left &= left - 1) {
    const int owner = __ffs(left) - 1;
    const long long row = own - lane + owner;
    const long long to = __shfl_sync(0xffffffffu, to_own, owner), from = __shfl_sync(0xffffffffu, from_own, owner);
    const double weight = weights == nullptr ? 1 : weights[row];
    for (int t = lane; t < d; t += 32) {
      const Limbs limbs = limbs_of(weight * x[row * d + t] * scale[t], low);
      add(&hi[to * d + t], limbs.high);
      add(&lo[to * d + t], limbs.low);
      add(&hi[from * d + t], -limbs.high);
      add(&lo[from * d + t], -limbs.low);
    }
  }
  if (!moved) return;
  const Limbs count = weight_of(weights, own, low);
  add(&counts[to_own], count.high);
  add(&counts_low[to_own], count.low);
  add(&counts[from_own], -count.high);
  add(&counts_low[from_own], -count.low);
  summed[own] = to_own;
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
  const bool has_column = t < d, counting = t == 0;
  const double column_scale = has_column ? scale[t] : 0;
  long long label = row_labels[0];
  Limbs sum = {0, 0}, points = {0, 0};
  const auto flush = [&] {
    if (has_column) {
      add(&hi[label * d + t], sum.high);
      add(&lo[label * d + t], sum.low);
    }
    if (counting) {
      add(&counts[label], points.high);
      add(&counts_low[label], points.low);
    }
    sum = points = {0, 0};
  };
  const auto value_of = [&](int i) { return has_column && i < count ? x[static_cast<long long>(rows[i]) * d + t] : 0.0f; };
  // The next values are on their way while one is added.
  float ahead[AHEAD];
#pragma unroll
  for (int u = 0; u < AHEAD; u++) ahead[u] = value_of(u);
  for (int base = 0; base < count; base += AHEAD)
#pragma unroll
    for (int u = 0; u < AHEAD; u++) {
      const int i = base + u;
      const double value = ahead[u];
      ahead[u] = value_of(i + AHEAD);
      if (i >= count) continue;
      if (row_labels[i] != label) {
        flush();
        label = row_labels[i];
      }
      const Limbs limbs = limbs_of((weights == nullptr ? value : weights[rows[i]] * value) * column_scale, low);
      sum.high += limbs.high;
      sum.low += limbs.low;
      if (!counting) continue;
      const Limbs one = weight_of(weights, rows[i], low);
      points.high += one.high;
      points.low += one.low;
    }
  flush();
}
