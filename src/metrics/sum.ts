/**
 * The sum of `values`, compensated (Neumaier 1974) and taken in ascending order, so that it does not depend on the order they came in: a
 * score is the same, bit for bit, under any renaming of labels. Sorts `values` in place.
 */
export function orderedSum(values: Float64Array): number {
  values.sort()
  let sum = 0
  let lost = 0
  for (const value of values) {
    const next = sum + value
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return sum + lost
}
