/**
 * The limit of every row before the screen: the certified score of its label of the E-step before. And which rows are near: where only the
 * own centroid and those that moved since can win. The others have kept their D, which was not smaller then than the own, nor equal with a
 * lower index; if the own is not larger now than it was then, that still holds. Certain where the own centroid is the same to the bit, or
 * where the distances' intervals are disjoint (bound.cuh, η). "Then" is the last complete E-step, with the centroids that `moved` compares.
 */
#include "settle.cuh"

/**
 * IN   x n×d, centroids k×d, labelsBefore n; moved: 1 for every centroid that did, or null: no row is near
 *      base: the row of every place, or null; bounds and squares of the places (prepare.cu)
 * IN, OUT distances: of the rows to the label of that E-step, in float32, or UNKNOWN; then to the same label now
 * OUT  labels: a copy of those before (the same memory, maybe), for the screen to change
 *      of the places: limits; keys: the label, + k for near rows; tally.far: += the others
 * Parallel over places, eight lanes each. Reads n·d floats and as many of centroids, these from the second-level cache; rows whose centroid
 * stayed need none of it.
 */
extern "C" __global__ void certify(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *labelsBefore,
                                   int32_t *labels, const uint8_t *__restrict__ moved, const int32_t *__restrict__ base, int64_t n, int k, int d, const RowBound *__restrict__ bounds,
                                   const double *__restrict__ squares, float *__restrict__ distances, float *__restrict__ limits,
                                   int32_t *__restrict__ keys, Tally *__restrict__ tally) {
  const int64_t place = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 8;
  const int lane = threadIdx.x % 8;
  const bool real = place < n;
  const int64_t row = real && base ? base[place] : place;
  const int32_t label = real ? labelsBefore[row] : 0;
  const float before = real ? distances[row] : 0;
  const bool stayed = real && moved && !moved[label];
  float distance = 0;
  if (real && !(stayed && before != UNKNOWN)) {
    const float *p = x + row * d, *c = centroids + (int64_t)label * d;
    if (d % 4 == 0)
      for (int t = 4 * lane; t < d; t += 32) {
        const float4 a = *(const float4 *)(p + t), b = *(const float4 *)(c + t);
        float v = a.x - b.x;
        distance = __fmaf_rn(v, v, distance);
        v = a.y - b.y;
        distance = __fmaf_rn(v, v, distance);
        v = a.z - b.z;
        distance = __fmaf_rn(v, v, distance);
        v = a.w - b.w;
        distance = __fmaf_rn(v, v, distance);
      }
    else
      for (int t = lane; t < d; t += 8) {
        const float v = p[t] - c[t];
        distance = __fmaf_rn(v, v, distance);
      }
  }
#pragma unroll
  for (int o = 1; o < 8; o *= 2) distance += __shfl_xor_sync(~0u, distance, o);
  if (stayed && before != UNKNOWN) distance = before;
  const bool closer = distance < 0x1p120f && distance * (1 + 2 * lossOf(d)) + 0x1p-120 <= before * (1 - 2 * lossOf(d));
  const bool near = moved && (stayed || closer);
  const int far = __syncthreads_count(lane == 0 && real && !near);
  if (threadIdx.x == 0 && far > 0) atomicAdd(&tally->far, far);
  if (lane > 0 || !real) return;
  limits[place] = certifiedLimit(squares[place], distance, bounds[place].scale, d);
  keys[place] = label + (near ? k : 0);
  distances[row] = distance;
  labels[row] = label;
}

/** OUT to: so many times the value. Parallel over elements. */
extern "C" __global__ void fillFloats(float *to, float value, int64_t count) {
  const int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) to[i] = value;
}
