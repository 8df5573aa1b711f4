import { describe, expect, it } from 'vitest'
import { expectClose } from '../matchers.js'
import { golden, replay } from './kmeans.js'

describe('scikit-learn 1.9.1 from the same start, in float64 on the same float32 points', () => {
  it('has no run that had to be left out for a relative gap under 1e-9', () => {
    expect(golden.excluded).toBe(0)
    expect(golden.lloyd.length).toBeGreaterThan(100)
  })

  it.each([...golden.lloyd, ...golden.weighted])(
    'gives the same labels, iterations and inertia: $set k=$k seed=$seed tol=$tol $weights',
    async (run) => {
      const { km, differing } = await replay(run)
      expect(differing).toBe(0)
      expect(km.nIter).toBe(run.nIter)
      expectClose(km.inertia, run.inertia, 'inertia')
    },
  )
})
