/**
 * How much Hopper's tensor cores lose when they add up, against what bound.cuh allows (ACCUMULATION): the largest loss over rows and centroids
 * of several kinds, by exact sums in float64. For developers, on a machine with a Hopper device:
 *   nvcc -std=c++17 -O2 -gencode=arch=compute_90a,code=sm_90a -Isrc/backends/cuda/kernels bench/cuda/tensorLoss.cu -o tensorLoss && ./tensorLoss
 */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>
#include "async.cuh"
#include "bound.cuh"
#include "wgmma.cuh"

constexpr int SLICES = 16;

/** One warpgroup: 64 rows × 128 centroids, slice after slice. OUT scores 64×128. */
__global__ void multiplyAll(const uint8_t *points, const uint8_t *tile, int slices, float *scores) {
  extern __shared__ uint8_t raw[];
  uint8_t *a = raw + (-sharedAddress(raw) & 1023), *b = a + GROUP_SLICE_BYTES;
  float sums[SUMS];
  const int t = threadIdx.x;
  for (int s = 0; s < slices; s++) {
    __syncthreads();
    for (int i = t; i < GROUP_SLICE_BYTES / 16; i += 128) ((uint4 *)a)[i] = ((const uint4 *)(points + s * GROUP_SLICE_BYTES))[i];
    for (int i = t; i < TILE_SLICE_BYTES / 16; i += 128) ((uint4 *)b)[i] = ((const uint4 *)(tile + s * TILE_SLICE_BYTES))[i];
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    beginMultiply();
    const uint64_t at = operandAt(sharedAddress(a)), bt = operandAt(sharedAddress(b));
    if (s == 0)
      multiplyFirst(sums, at, bt);
    else
      multiplyNext(sums, at, bt);
    for (int step = 1; step < 4; step++) multiplyNext(sums, at + operandStep(32 * step), bt + operandStep(32 * step));
    commitMultiply();
    awaitMultiply<0>();
  }
  const int row = t / 32 * 16 + t % 32 / 4, q = t % 4;
  for (int j = 0; j < 16; j++)
    for (int e = 0; e < 4; e++) scores[(row + e / 2 * 8) * TILE_CENTROIDS + 8 * j + 2 * q + e % 2] = sums[4 * j + e];
}

int main() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0, 1);
  const char *kinds[] = {"normal", "all positive", "magnitudes 2^-12 to 2^12", "one large, then small", "cancelling pairs", "small after large sum"};
  uint8_t *points, *tile;
  float *scores;
  cudaMalloc(&points, SLICES * GROUP_SLICE_BYTES);
  cudaMalloc(&tile, SLICES * TILE_SLICE_BYTES);
  cudaMalloc(&scores, GROUP_ROWS * TILE_CENTROIDS * 4);
  cudaFuncSetAttribute(multiplyAll, cudaFuncAttributeMaxDynamicSharedMemorySize, 1024 + GROUP_SLICE_BYTES + TILE_SLICE_BYTES);
  double worst = 0;
  for (int slices : {1, 2, 4, 16})
    for (int kind = 0; kind < 6; kind++) {
      const int d = slices * SLICE_COLUMNS;
      double largest = 0;
      for (int repeat = 0; repeat < 8; repeat++) {
        auto value = [&](int t) -> double {
          switch (kind) {
            case 0: return 100 * normal(random);
            case 1: return 100 * (1 + uniform(random));
            case 2: return normal(random) * exp2(24 * uniform(random) - 12);
            case 3: return t == 0 ? 8000 + 100 * uniform(random) : uniform(random);
            case 4: return (t % 2 ? -1 : 1) * (1000 + uniform(random));
            default: return t < d / 2 ? 1000 * (1 + uniform(random)) : uniform(random);
          }
        };
        std::vector<double> x(GROUP_ROWS * d), c(TILE_CENTROIDS * d);
        std::vector<uint8_t> packedPoints(slices * GROUP_SLICE_BYTES), packedTile(slices * TILE_SLICE_BYTES);
        auto pack = [&](std::vector<double> &values, std::vector<uint8_t> &packed, int rows, bool centroid) {
          for (int r = 0; r < rows; r++)
            for (int t = 0; t < d; t++) {
              const double v = value(t);
              const __half h = __double2half(kind == 4 && centroid ? fabs(v) : v);
              values[r * d + t] = __half2float(h);
              const int byte = t % SLICE_COLUMNS * 2, at = r * SLICE_BYTES + ((byte / 16 ^ (r & 7)) << 4) + byte % 16;
              *(__half *)&packed[t / SLICE_COLUMNS * rows * SLICE_BYTES + at] = h;
            }
        };
        pack(x, packedPoints, GROUP_ROWS, false);
        pack(c, packedTile, TILE_CENTROIDS, true);
        cudaMemcpy(points, packedPoints.data(), packedPoints.size(), cudaMemcpyHostToDevice);
        cudaMemcpy(tile, packedTile.data(), packedTile.size(), cudaMemcpyHostToDevice);
        multiplyAll<<<1, 128, 1024 + GROUP_SLICE_BYTES + TILE_SLICE_BYTES>>>(points, tile, slices, scores);
        std::vector<float> got(GROUP_ROWS * TILE_CENTROIDS);
        if (cudaMemcpy(got.data(), scores, got.size() * 4, cudaMemcpyDeviceToHost) != cudaSuccess) return printf("no device\n"), 1;
        for (int r = 0; r < GROUP_ROWS; r++)
          for (int j = 0; j < TILE_CENTROIDS; j++) {
            double exact = 0, xx = 0, cc = 0;
            for (int t = 0; t < d; t++) {
              exact += x[r * d + t] * c[j * d + t];
              xx += x[r * d + t] * x[r * d + t];
              cc += c[j * d + t] * c[j * d + t];
            }
            largest = fmax(largest, fabs(got[r * TILE_CENTROIDS + j] - exact) / (ACCUMULATION * d * sqrt(xx * cc)));
          }
      }
      worst = fmax(worst, largest);
      printf("d = %4d, %-26s largest loss: %.4f of what is allowed\n", d, kinds[kind], largest);
    }
  printf("worst: %.4f\n", worst);
  return worst < 1 ? 0 : 1;
}
