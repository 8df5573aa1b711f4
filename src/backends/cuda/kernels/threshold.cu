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
 * Parallel over places, a team each. Reads n·d floats and as many of centroids, these from the second-level cache; rows whose centroid
 * stayed need none of it.
 */
extern "C" __global__ void certify(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *labelsBefore,
                                   int32_t *labels, const uint8_t *__restrict__ moved, const int32_t *__restrict__ base, int64_t n, int k, int d, const RowBound *__restrict__ bounds,
                                   const double *__restrict__ squares, float *__restrict__ distances, float *__restrict__ limits,
                                   int32_t *__restrict__ keys, Tally *__restrict__ tally) {
  const int64_t place = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / TEAM;
  const int lane = threadIdx.x % TEAM;
  const bool real = place < n;
  const int64_t row = real && base ? base[place] : place;
  const int32_t label = real ? labelsBefore[row] : 0;
  const float before = real ? distances[row] : 0;
  const bool stayed = real && moved && !moved[label];
  float sum[1] = {0};
  if (real && !(stayed && before != UNKNOWN)) addSquares<1>(sum, x + row * d, {centroids + (int64_t)label * d}, d);
  float distance = teamSum(sum[0]);
  if (stayed && before != UNKNOWN) distance = before;
  const bool closer = certainlyAtMost(distance, before, 2 * lossOf(d));
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
