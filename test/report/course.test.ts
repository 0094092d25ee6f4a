// The course of a run: no peak is lost, its end is what was reported, and no run makes it longer.

import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  compare,
  OperationsBuilder,
  parseTrace,
  presets,
  type ReplayResult,
  replay,
} from '../../lib/index.js'
import type { Comparison } from '../../lib/results/comparison.js'
import type { UsedCourse } from '../../lib/results/course.js'

const ACCURACY = {
  timing: false,
  course: true,
  trackers: ['off', 'per-area', 'reserve', 'sampled'],
} as const

const peakOf = ({ usedHigh }: UsedCourse): number => Math.max(...usedHigh)

describe("the review's example", () => {
  let result: Comparison
  let course: UsedCourse

  beforeAll(async () => {
    result = await compare(presets['review-64mib'], ACCURACY)
    course = result.usedCourse as UsedCourse
  }, 30_000)

  test('has a few hundred parts, with the peak that really was', () => {
    expect(course.usedLow.length).toBe(512)
    expect(course.usedHigh.length).toBe(512)
    expect(peakOf(course)).toBe(result.rows[0]?.accuracy.truthSlots.high)
    expect(course.usedLow.every((low, i) => low <= (course.usedHigh[i] as number))).toBe(true)
  })

  test('ends with what each tracker reported and certified; off has none', () => {
    for (const { tracker, accuracy, markCourse } of result.rows) {
      expect([tracker, markCourse?.mark.slots.at(-1) ?? null]).toEqual([
        tracker,
        accuracy.reportedSlots,
      ])
      expect([tracker, markCourse?.lower.slots.at(-1) ?? null]).toEqual([
        tracker,
        accuracy.certified?.lowSlots ?? null,
      ])
    }
  })

  test('the areas: what each had at most adds up to the mark of per-area', () => {
    const { perRow, high } = course.areas
    expect([perRow, high.length]).toEqual([1, 8])
    const sum = high.reduce((all, row) => all + Math.max(...row), 0)
    expect(sum).toBe(
      result.rows.find(({ tracker }) => tracker === 'per-area')?.accuracy.reportedSlots,
    )
  })

  test('more areas than rows: neighbours share one', async () => {
    const pool = { slots: 256 * 128, areas: 256 }
    const wide = await compare({ ...presets['uniform'], pool, copy: false }, ACCURACY)
    expect(wide.usedCourse?.areas).toMatchObject({ perRow: 4 })
    expect(wide.usedCourse?.areas.high.length).toBe(64)
  }, 30_000)

  test('none on threads and in virtual time, where nobody notes it', async () => {
    const input = { ...presets['uniform'], steps: 2000 }
    for (const engine of ['threads', 'virtual'] as const) {
      const { usedCourse, rows } = await compare(input, { ...ACCURACY, engine })
      expect([engine, usedCourse, rows[1]?.markCourse]).toEqual([engine, undefined, undefined])
    }
  }, 30_000)
})

describe('a replay', () => {
  const log = (...lines: string[]) => parseTrace(`${lines.join('\n')}\n`, { file: 'test.log' })
  const of = ({ rows }: ReplayResult, name: string) => rows.find(({ tracker }) => tracker === name)

  test('of few operations has a part for each of them', async () => {
    const result = await replay(
      log(
        '#! nslabs=256 nareas=2 pool=40000000',
        'm 0 1 1000 32768 0 0',
        'm 1 2 1000 65536 0 0',
        'u 0 1',
        'u 1 2',
      ),
      { course: true, trackers: ['global-atomic', 'per-area'] },
    )
    expect(result.usedCourse).toEqual({
      count: 4,
      usedLow: [0, 16, 32, 0],
      usedHigh: [16, 48, 48, 32],
      areas: {
        perRow: 1,
        high: [
          [16, 16, 16, 0],
          [0, 32, 32, 32],
        ],
      },
    })
    expect(of(result, 'global-atomic')?.markCourse).toEqual({
      mark: { at: [0, 1], slots: [16, 48] },
      lower: { at: [0, 1], slots: [16, 48] },
    })
    expect(of(result, 'per-area')?.markCourse).toEqual({
      mark: { at: [0, 1], slots: [16, 48] },
      lower: { at: [0, 1], slots: [16, 32] },
    })
  })

  test('a reset does not hide what was reported before it', async () => {
    const result = await replay(
      log(
        '#! nslabs=256 nareas=1 pool=40000000',
        'm 0 1 1000 65536 0 0',
        'u 0 1',
        'z',
        'm 0 2 1000 2048 0 0',
      ),
      { course: true, trackers: ['global-atomic'] },
    )
    expect(of(result, 'global-atomic')?.markCourse?.mark).toEqual({ at: [0, 3], slots: [32, 1] })
  })

  test('of very many operations has no more parts than of few, and its only peak is there', async () => {
    const list = new OperationsBuilder()
    for (let id = 0; id < 200_000; id++) {
      list.map({ cpu: 0, id, orig: 4096n, size: id === 77_777 ? 262_144 : 2048 })
      list.unmap({ cpu: 0, id })
    }
    const trace = log('#! nslabs=256 nareas=1 pool=40000000', 'm 0 1 1000 2048 0 0')
    const result = await replay(
      { ...trace, operations: list.build() },
      { course: true, trackers: ['global-atomic'] },
    )
    expect(result.usedCourse?.usedHigh.length).toBe(512)
    expect(result.usedCourse?.usedHigh.filter((high) => high === 128).length).toBe(1)
  }, 30_000)

  test('is noted only where it is asked for', async () => {
    const trace = log('#! nslabs=256 nareas=1 pool=40000000', 'm 0 1 1000 2048 0 0')
    const result = await replay(trace, { trackers: ['global-atomic'] })
    expect([result.usedCourse, result.rows[0]?.markCourse]).toEqual([undefined, undefined])
    const compared = await compare(presets['uniform'], { ...ACCURACY, course: false })
    expect(compared.usedCourse).toBeUndefined()
  })
})
