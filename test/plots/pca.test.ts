import { describe, expect, it } from 'vitest'
import { loadDigits } from '../../src/datasets/index.js'
import { principalPlane, project } from '../../src/plots/pca.js'
import { toPoints } from '../../src/points.js'
import { random, STREAM } from '../../src/random.js'

const points = (rows: number[][]): ReturnType<typeof toPoints> => toPoints(rows, { where: 'test' })
const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void => {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i] - value), `value ${i}`).toBeLessThanOrEqual(tolerance)
}
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, t) => sum + value * b[t], 0)

describe('principalPlane', () => {
  it("gives scikit-learn's axes, signs, shares of variance and coordinates, far from the origin too", async () => {
    const rows = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 5 }, (_, t) => ((i * 7 + t * t * 5 + i * t * 3) % 17) - 8 + (t === 2 ? 100 : 0)),
    )
    const x = await points(rows)
    const pca = principalPlane(x)
    // sklearn.decomposition.PCA(n_components=2, svd_solver='full').fit(X): components_, explained_variance_ratio_, transform(X)[0] (1.9.1)
    close(pca.axes[0], [0.4940997370908548, 0.46280321159561066, 0.5924492134428078, 0.00459394754800351, 0.4366479843998613], 1e-10)
    close(pca.axes[1], [0.6543409411101312, -0.01414011996567745, -0.05362067880759872, -0.38473267835227754, -0.6486474996533635], 1e-10)
    close(pca.explained, [0.5543320267444845, 0.2162653866528739], 1e-12)
    const [px, py] = project(x, pca)
    close([px[0], py[0], px[1], py[1]], [-6.589382523444577, -8.286474765020714, 10.06788954815574, -5.457120522359801], 1e-9)
  })

  it("gives scikit-learn's plane of the 1,797 digits in 64 columns", async () => {
    const { x } = await loadDigits()
    const pca = principalPlane(x)
    // PCA(2, svd_solver='full').fit(load_digits().data): explained_variance_ratio_, components_[:, [20, 43]], transform(X)[[0, 1796]]
    close(pca.explained, [0.14890593584063835, 0.1361877123963547], 1e-12)
    close([pca.axes[0][20], pca.axes[0][43]], [-0.17212680090614652, 0.24781304093385692], 1e-9)
    close([pca.axes[1][20], pca.axes[1][43]], [0.22557489352985405, 0.2689064677317487], 1e-9)
    const [px, py] = project(x, pca)
    close([px[0], py[0], px[1796], py[1796]], [-1.2594664501016237, -21.27488348073845, -0.34438963079514984, -6.365549193600849], 1e-8)
  })

  it('finds both axes where the two largest variances are equal', async () => {
    const x = await points([
      [3, 0, 0, 1],
      [-3, 0, 0, 1],
      [0, 3, 0, 1],
      [0, -3, 0, 1],
      [0, 0, 1, 1],
      [0, 0, -1, 1],
    ])
    const { axes, explained } = principalPlane(x)
    close(explained, [18 / 38, 18 / 38], 1e-12)
    for (const axis of axes) close([axis[2], axis[3]], [0, 0], 1e-9)
  })

  it('has orthonormal axes for data without a preferred direction, and for fewer rows than columns', async () => {
    const rng = random(1, STREAM.data)
    for (const [n, d] of [
      [400, 150],
      [5, 40],
      [2, 3],
    ]) {
      const x = await toPoints(
        Float64Array.from({ length: n * d }, (_, i) => rng.uniform(i)),
        { where: 'test', d },
      )
      const { axes } = principalPlane(x)
      close([dot(axes[0], axes[0]), dot(axes[1], axes[1]), dot(axes[0], axes[1])], [1, 1, 0], 1e-12)
    }
  })

  it('explains nothing of points that are all equal', async () => {
    const { explained } = principalPlane(await points([[1, 2, 3], [1, 2, 3]])) // prettier-ignore
    expect(explained).toEqual([0, 0])
  })
})
