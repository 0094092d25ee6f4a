// The operation log in examples/ that resets the mark while mappings are live.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseTrace, replay } from '../../lib/index.js'

const file = 'examples/reset-live.log'

describe(file, () => {
  test('shows what each tracker makes of a reset with live mappings', async () => {
    const result = await replay(parseTrace(readFileSync(file), { file }))
    const reported = (tracker: string) => {
      const row = result.rows.find((candidate) => candidate.tracker === tracker)
      if (!row) throw new Error(`no row of ${tracker}`)
      return row
    }
    // Three mappings of 256 KiB were live at the reset, and one of 4 KiB came.
    expect(result.peakSlots).toBe(3 * 128 + 2)
    expect(result.usedAfter).toBe(3 * 128 + 2)
    expect(reported('global-atomic').reportedSlots).toBe(3 * 128 + 2)
    // Only the area that mapped again knows of what it has in use.
    expect(reported('per-area').reportedSlots).toBe(128 + 2)
    expect(reported('per-area')).toMatchObject({ promiseKept: false, endedByReset: true })
    expect(reported('global-atomic')).toMatchObject({ promiseKept: true, endedByReset: true })
    expect(reported('reserve').endedByReset).toBe(false)
    expect(result.resets).toBe(1)
    for (const tracker of ['batched', 'reserve']) expect(reported(tracker).promiseKept).toBe(true)
  })
})
