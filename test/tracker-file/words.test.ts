// What a run says of a tracker file: nothing that a schedule, or a count below 0, makes untrue.

import { afterAll, describe, expect, jest, test } from '@jest/globals'
import type { TrackerFileCheck, TrackerFileRun } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import { leavesNothing, plantedFile, plantedText, removeFolder, write } from './files.js'

jest.setTimeout(300_000)

const RUN = ['run', 'uniform', '--no-timing', '--steps', '5000', '--tracker']
const flat = (text: string): string => text.replace(/\s+/g, ' ')

leavesNothing()
afterAll(removeFolder)

describe('exact in its run, with a promise broken in a schedule', () => {
  const file = plantedFile('lost-mark.h')

  test('the verdict and the closing words say both, and what to type is a check', async () => {
    const { code, stdout } = await cli([...RUN, file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^lost-mark\.h: broke its promise \(exact\) in a schedule of/m)
    expect(stdout).toMatch(/^verdict +exact in this run; promise broken in a schedule \(above\)$/m)
    const text = flat(stdout)
    expect(text).toContain(
      'lost-mark.h reports it exactly in this run (promise broken in a schedule, above).',
    )
    expect(text).not.toContain('promise kept')
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^next, .* check ${file}$`))
  })

  test('so does a comparison, its series, and a replay', async () => {
    const own = ['--trackers', 'off,global-atomic', '--tracker', file]
    const args = ['--no-timing', '--steps', '5000', ...own]
    const one = await cli(['compare', 'uniform', ...args])
    expect(flat(one.stdout)).toContain(
      'lost-mark.h reports it exactly in this run (promise broken in a schedule, above)',
    )
    const series = await cli(['compare', 'uniform', '--sweep', 'areas=2,4', ...args])
    expect(flat(series.stdout)).toMatch(
      /lost-mark\.h: exact at 2 and 4 areas, in these runs only: a check before them found a fault/,
    )
    const log = write('one.log', '#! nslabs=1024 nareas=2 pool=40000000\nm 0 1 100000 4096 0 0\n')
    const replayed = await cli(['replay', log, ...own])
    expect(flat(replayed.stdout)).toContain(
      'lost-mark.h reports it in this run (promise broken in a schedule, above)',
    )
    for (const { code, stdout } of [one, series, replayed]) {
      expect(code).toBe(1)
      expect(stdout.trimEnd()).toMatch(new RegExp(`check ${file}$`))
    }
  })
})

describe('a count that fell below 0', () => {
  function below(): string {
    const text = plantedText('lost-mark.h')
    const mark = 'return (unsigned long)LOAD(mem_tracker(mem)->mark);'
    const used = 'return (unsigned long)atomic_long_read(&mem_tracker(mem)->used);'
    for (const part of [mark, used]) expect(text).toContain(part)
    return write('below.h', text.replace(mark, 'return -3UL;').replace(used, 'return -1UL;'))
  }

  test('is told in words and with its sign, exactly', async () => {
    const file = below()
    const { code, stdout } = await cli([...RUN, file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^reported +the count fell below 0 \(by 3 slots\)$/m)
    const text = flat(stdout)
    expect(text).toContain('of below.h the count fell below 0 (by 3 slots).')
    expect(text).toContain(
      'below.h broke its promise (exact): the count fell below 0 (by 3 slots).',
    )
    expect(text).toMatch(
      /what is no count: the count fell below 0 \(by 1 slot\), when \d+ slots? w/,
    )
    expect(stdout).not.toMatch(/184467|TiB/)
    const asJson = await cli([...RUN, file, '--json'])
    const { result, faults } = JSON.parse(asJson.stdout) as TrackerFileRun
    expect(result?.accuracy).toMatchObject({ reportedSlots: -3, promiseKept: false })
    expect(result?.counts.usedSlots).toBe(-1)
    expect(faults.join('\n')).not.toMatch(/184467/)
  })

  test('in a schedule, too', async () => {
    const file = below()
    const { code, stdout } = await cli(['check', file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^below\.h: the count fell below 0 \(by 3 slots\)/m)
    expect(stdout).toMatch(/^reported +the count fell below 0 \(by 3 slots\)$/m)
    expect(stdout).not.toMatch(/184467|TiB|over the peak|above what the pool has/)
    const asJson = await cli(['check', file, '--json'])
    const { result } = JSON.parse(asJson.stdout) as TrackerFileCheck
    expect(result?.found).toMatchObject({ reportedSlots: -3, usedSlots: -1, promiseBroken: true })
  })
})
