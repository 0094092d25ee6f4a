// The memory of a process is its own, however large the one is that began it.

import { expect, test } from '@jest/globals'
import { memoryOf } from '../../bench/apart.js'

test('a process that does little has taken little, below a large one', async () => {
  const large = Buffer.alloc(300 * 2 ** 20, 1)
  const mebibytes = await memoryOf('', [], new AbortController().signal)
  expect(mebibytes).toBeGreaterThan(10)
  expect(mebibytes).toBeLessThan(large.length / 2 ** 20)
  expect(process.memoryUsage.rss() / 2 ** 20).toBeGreaterThan(300)
})
