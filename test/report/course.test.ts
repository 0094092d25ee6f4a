// The course of a run: no peak is lost, its end is what was reported, and no run makes it longer.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  compare,
  OperationsBuilder,
  parseTrace,
  presets,
  type ReplayResult,
  replay,
} from '../../lib/index.js'
import { highest, merged, partsOf } from '../../lib/report/page/views/course-parts.js'
import type { Comparison } from '../../lib/results/comparison.js'
import type { UsedCourse } from '../../lib/results/course.js'
import { schemaOf } from '../../lib/results/schema.js'
import { scratchFolder } from '../scratch.js'
import { reportOf } from './pages.js'

const scratch = scratchFolder()

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

  test('what is free, and the longest runs of it', () => {
    const { free = [], longestRun = [], shortestRun = [] } = course.fragments ?? {}
    expect([free.length, longestRun.length, shortestRun.length]).toEqual([128, 128, 128])
    expect(free.at(-1)).toBe(32768 - (result.rows[0]?.counts.usedSlots ?? 0))
    expect(Math.min(...free)).toBeGreaterThanOrEqual(32768 - peakOf(course))
    // No map can have more than a segment, nor more than is free.
    expect(longestRun.every((run, i) => run <= Math.min(128, free[i] ?? 0))).toBe(true)
    expect(shortestRun.every((run, i) => run <= (longestRun[i] ?? 0))).toBe(true)
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
      fragments: {
        free: [240, 208, 224, 256],
        longestRun: [128, 112, 128, 128],
        shortestRun: [112, 96, 96, 128],
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

  test('a pool in pieces: much is free, and no long run of it', async () => {
    const lines = Array.from({ length: 32 }, (_, i) => `m 0 ${i} 1000 8192 0 0`)
    const everyOther = Array.from({ length: 16 }, (_, i) => `u 0 ${2 * i}`)
    const result = await replay(
      log('#! nslabs=128 nareas=1 pool=40000000', ...lines, ...everyOther),
      { course: true, trackers: ['global-atomic'] },
    )
    const { free, longestRun } = result.usedCourse?.fragments ?? {}
    expect([free?.at(31), longestRun?.at(31)]).toEqual([0, 0])
    expect([free?.at(-1), longestRun?.at(-1)]).toEqual([64, 4])
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

describe('more parts than a picture has room for', () => {
  test('as many together as it takes, the last ones fewer; each begins where it is', () => {
    expect(partsOf(740, 7400)).toMatchObject({ each: 1, count: 740 })
    const parts = partsOf(2000, 4000)
    expect(parts).toMatchObject({ each: 3, whole: 2000, count: 667 })
    expect([parts.at[0], parts.at[1], parts.at[666], parts.at[667]]).toEqual([0, 6, 3996, 4000])
    const values = Array.from({ length: 2000 }, (_, i) => i)
    expect(merged(values, parts, Math.max).slice(-2)).toEqual([1997, 1999])
    expect(merged(values, parts, Math.min).slice(-2)).toEqual([1995, 1998])
  })

  test('of a mark that rises and falls within one part, the highest stays', () => {
    const parts = partsOf(2000, 2000)
    const mark = highest({ at: [4, 9, 10, 11, 1999], slots: [5, 7, 90, 6, 8] }, parts)
    expect(mark.slice(0, 5)).toEqual([null, 5, 5, 90, 6])
    expect(mark.slice(-2)).toEqual([6, 8])
    expect(mark.length).toBe(parts.count)
  })

  test('a million of them: a page below 5 MB within seconds, with each peak and each mark', async () => {
    const length = 1_000_000
    const { rows, ...rest } = await compare(
      { ...presets['uniform'], steps: 2000 },
      { ...ACCURACY, trackers: ['per-area'] },
    )
    const noise = (i: number): number => (i * 7919) % 1009
    const places = Array.from({ length }, (_, i) => i)
    const spike = (at: number, most: number) => places.map((i) => (i === at ? most : noise(i)))
    const course = { at: places, slots: spike(777_777, 9000) }
    const file = scratch.file(
      'million.json',
      JSON.stringify({
        ...{ schema: schemaOf('compare'), made: { version: '0.1.0', command: 'swiotlb-lab' } },
        ...rest,
        rows: rows.map((row) => ({ ...row, markCourse: { mark: course, lower: course } })),
        usedCourse: {
          count: 5 * length,
          usedLow: places.map((i) => (i === 333_333 ? 0 : 1 + noise(i))),
          usedHigh: spike(123_456, 8000),
          areas: { perRow: 1, high: [spike(500_000, 4000), places.map(noise)] },
        },
      }),
    )
    const begun = Date.now()
    const { ended, out } = await reportOf(scratch, 'million.html', [file])
    // Some seconds; what took longer for each part than for those before it would take hours.
    expect(Date.now() - begun).toBeLessThan(30_000)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const page = readFileSync(out, 'utf8')
    expect(page.length).toBeLessThan(5e6)
    const numbersOf = (title: string): (number | null)[][] => {
      const figure = page.match(/<figure.*?<\/figure>/gs)?.find((one) => one.includes(`>${title}<`))
      const data = figure?.match(/href="data:application\/json;base64,([^"]*)"/)?.[1] ?? ''
      return JSON.parse(Buffer.from(data, 'base64').toString()).rows
    }
    const used = numbersOf('In use over time')
    const each = 5 * partsOf(length, length).each
    /** From which step a column has its only value of such a kind. */
    const where = (rows: (number | null)[][], column: number, value: number) =>
      rows.filter((row) => row[column] === value).map(([from]) => from)
    const begins = (part: number): number => Math.floor((5 * part) / each) * each
    expect(used.length).toBeLessThanOrEqual(740)
    expect(where(used, 1, 0)).toEqual([begins(333_333)])
    expect(where(used, 2, 8000)).toEqual([begins(123_456)])
    expect(where(used, 4, 9000)).toEqual([begins(777_777)])
    expect(where(used, 5, 9000)).toEqual([begins(777_777)])
    expect(where(numbersOf('Areas over time'), 1, 4000)).toEqual([begins(500_000)])
    expect(page).toContain('of the 1000000 of the file, 1352 together')
    // And drawn: the highest of what was in use stands where it was.
    const drawn = [
      ...(page.match(/class="use" d="([^"]*)"/)?.[1] ?? '').matchAll(/[ML]([\d.]+),([\d.]+)/g),
    ]
    const [, x] = drawn.reduce((a, b) => (Number(b[2]) < Number(a[2]) ? b : a))
    const [left, right] = [drawn[0]?.[1], Math.max(...drawn.map((one) => Number(one[1])))]
    expect((Number(x) - Number(left)) / (right - Number(left))).toBeCloseTo(0.1235, 2)
  }, 60_000)
})
