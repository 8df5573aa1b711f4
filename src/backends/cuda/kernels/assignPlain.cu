// The E-step by the definition alone, in float64: for devices without tensor cores, and for what a screen leaves open.
// 64 rows × 64 centroids a block, 4 × 4 a thread in registers, 16 columns at a time through shared memory as float64 (converting once, not
// 64 times). Per row and centroid 3·d operations, none contracted; the columns of a pair are added in order.
constexpr int SIDE = 16;
constexpr int EACH = 4;
constexpr int TILE = SIDE * EACH;
constexpr int SLICE = 16;

// SLICE columns of TILE rows from `first` on, transposed; 0 past the end of rows and columns, which adds nothing to a distance.
__device__ void fetch(double (&part)[SLICE][TILE + 1], const float *rows, long long n, int d, long long first, int t0) {
  for (int i = threadIdx.y * SIDE + threadIdx.x; i < TILE * SLICE; i += SIDE * SIDE) {
    const int row = i / SLICE, t = i % SLICE;
    part[t][row] = first + row < n && t0 + t < d ? rows[(first + row) * d + t0 + t] : 0.0;
  }
}

// IN x: n × d; centroids: k × d. OUT labels: n, the lowest j of the least distance.
extern "C" __global__ void __launch_bounds__(SIDE *SIDE) assign_plain(const float *x, long long n, int d, const float *centroids, int k, int *labels) {
  __shared__ double xs[SLICE][TILE + 1], cs[SLICE][TILE + 1];
  const long long first = static_cast<long long>(blockIdx.x) * TILE;
  double least[EACH];
  int label[EACH];
  for (int a = 0; a < EACH; a++) {
    least[a] = __longlong_as_double(0x7ff0000000000000LL);
    label[a] = 0;
  }
  for (int j0 = 0; j0 < k; j0 += TILE) {
    double sums[EACH][EACH] = {};
    for (int t0 = 0; t0 < d; t0 += SLICE) {
      __syncthreads();
      fetch(xs, x, n, d, first, t0);
      fetch(cs, centroids, k, d, j0, t0);
      __syncthreads();
#pragma unroll 4
      for (int t = 0; t < SLICE; t++) {
        double xt[EACH], ct[EACH];
#pragma unroll
        for (int a = 0; a < EACH; a++) {
          xt[a] = xs[t][threadIdx.y + a * SIDE];
          ct[a] = cs[t][threadIdx.x + a * SIDE];
        }
#pragma unroll
        for (int a = 0; a < EACH; a++)
#pragma unroll
          for (int b = 0; b < EACH; b++) {
            const double difference = xt[a] - ct[b];
            sums[a][b] += difference * difference;
          }
      }
    }
#pragma unroll
    for (int b = 0; b < EACH; b++) {
      const int j = j0 + threadIdx.x + b * SIDE;
#pragma unroll
      for (int a = 0; a < EACH; a++)
        if (j < k && sums[a][b] < least[a]) {
          least[a] = sums[a][b];
          label[a] = j;
        }
    }
  }
  for (int a = 0; a < EACH; a++) {
    for (int lane = SIDE / 2; lane > 0; lane /= 2) {
      const double other = __shfl_xor_sync(0xffffffffu, least[a], lane);
      const int other_label = __shfl_xor_sync(0xffffffffu, label[a], lane);
      if (other < least[a] || (other == least[a] && other_label < label[a])) {
        least[a] = other;
        label[a] = other_label;
      }
    }
    const long long row = first + threadIdx.y + a * SIDE;
    if (threadIdx.x == 0 && row < n) labels[row] = label[a];
  }
}

// changed += rows whose label differs. A thread a row. IN before, after: n.
extern "C" __global__ void count_changed(const int *before, const int *after, long long n, unsigned long long *changed) {
  const long long row = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  const int count = __syncthreads_count(row < n && before[row] != after[row]);
  if (threadIdx.x == 0 && count > 0) atomicAdd(changed, static_cast<unsigned long long>(count));
}
