// A leak is found in an hour; harmless loads raise no alarm in 10,000 minutes, nor on a folder in a day.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { watch } from '../../lib/index.js'
import { Trend } from '../../lib/watch/trend.js'
import { dayAndNight, type Load, leak, MINUTE_MS, sawtooth, virtualClock, walk } from './loads.js'

const POOL = 65_536
const MINUTES = 10_000
const HOUR_MS = 60 * MINUTE_MS
/** Looks at a folder, in minutes: each takes a few calls of the system. */
const DAY_AND_MORE = 1500

/** The number of the look at which a leak is found, from 1; undefined where none is. */
function foundAt(load: Load, looks: number, periodMs = MINUTE_MS): number | undefined {
  const trend = new Trend(HOUR_MS, periodMs)
  for (let i = 0; i < looks; i++) {
    trend.add(i * periodMs, load((i * periodMs) / MINUTE_MS), POOL)
    if (trend.leak) return i + 1
  }
  return undefined
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

describe('a leak of 25 slots a minute', () => {
  test.each([0, 50, 100, 200])('is found within 60 looks, below a load of %d', (noise) => {
    for (const seed of seeds) {
      expect([seed, foundAt(leak(seed, noise), 60)]).toEqual([seed, 60])
    }
  })

  test('is not found before the window has passed', () => {
    expect(foundAt(leak(1, 50), 59)).toBeUndefined()
  })

  test('is told with its rate', () => {
    const trend = new Trend(HOUR_MS, MINUTE_MS)
    const load = leak(1, 50)
    for (let i = 0; i < 60; i++) trend.add(i * MINUTE_MS, load(i), POOL)
    const { leak: found } = trend
    expect((found?.slotsPerMs as number) * MINUTE_MS).toBeCloseTo(25, -0.5)
    expect((trend.slotsPerMs() as number) * MINUTE_MS).toBeCloseTo(25, -0.5)
    expect(found?.overMs).toBe(HOUR_MS)
  })

  test('is found at a look a second, and at one in five minutes', () => {
    expect(foundAt(leak(1, 100), 3600, 1000)).toBeLessThanOrEqual(3600)
    expect(foundAt(leak(1, 100), 60, 5 * MINUTE_MS)).toBe(60)
  })

  test('is found below a sawtooth, in four hours', () => {
    for (const seed of seeds) {
      const teeth = sawtooth(seed, 12, 600)
      const load: Load = (minute) => teeth(minute) + 25 * minute
      expect(foundAt(load, 240)).toBeLessThanOrEqual(240)
    }
  })

  test('is found in a pool that it fills within the hour', () => {
    const trend = new Trend(HOUR_MS, MINUTE_MS)
    for (let i = 0; i < 60; i++) trend.add(i * MINUTE_MS, 100 + 10 * i, 1024)
    expect(trend.leak).not.toBeNull()
  })
})

describe('no alarm in 10,000 minutes of', () => {
  test.each([
    ['a sawtooth of 10 minutes', (seed: number) => sawtooth(seed, 10, 4000)],
    ['a sawtooth of 25 minutes', (seed: number) => sawtooth(seed, 25, 16_000)],
    ['a sawtooth of 50 minutes', (seed: number) => sawtooth(seed, 50, 4000)],
    ['a walk of small steps', (seed: number) => walk(seed, 50, 8000)],
    ['a walk of large steps', (seed: number) => walk(seed, 300, 4000)],
    ['a day that is smooth', (seed: number) => dayAndNight(seed, 8000, 0)],
    ['a day with noise', (seed: number) => dayAndNight(seed, 8000, 200)],
  ])('%s', (_, load) => {
    for (const seed of [1, 2, 3]) {
      expect([seed, foundAt(load(seed), MINUTES)]).toEqual([seed, undefined])
    }
  })

  test('a day so high that its first morning looks like a leak: from the second on', () => {
    const trend = new Trend(HOUR_MS, MINUTE_MS)
    const load = dayAndNight(1, 24_000, 100)
    const alarms: number[] = []
    for (let i = 0; i < MINUTES; i++) {
      trend.add(i * MINUTE_MS, load(i), POOL)
      if (trend.leak) alarms.push(i)
    }
    // What this detector cannot know: without this the sentence of the documents is not true.
    expect(alarms.length).toBeGreaterThan(0)
    expect(Math.max(...alarms)).toBeLessThan(2 * 1440)
  })
})

test('what has come back was no leak, and is said to be none', () => {
  const trend = new Trend(HOUR_MS, MINUTE_MS)
  for (let i = 0; i < 60; i++) trend.add(i * MINUTE_MS, 800 + 25 * i, POOL)
  expect(trend).toMatchObject({ cameBack: false, leak: { overMs: HOUR_MS } })
  trend.add(60 * MINUTE_MS, 800, POOL)
  expect(trend).toMatchObject({ cameBack: true, leak: null })
  trend.add(61 * MINUTE_MS, 800, POOL)
  expect(trend).toMatchObject({ cameBack: false, leak: null })
})

test('a few looks that were missed do not matter, an hour does', () => {
  const trend = new Trend(HOUR_MS, MINUTE_MS)
  for (let i = 0; i < 61; i++) {
    if (i === 20 || i === 21 || i === 40) continue
    trend.add(i * MINUTE_MS + (i % 3) * 9000, 800 + 25 * i, POOL)
    expect(trend.beganAnew).toBe(false)
  }
  expect(trend.leak).not.toBeNull()
  trend.add(130 * MINUTE_MS, 800, POOL)
  expect(trend).toMatchObject({ leak: null, cameBack: false, beganAnew: true })
  expect(trend.slotsPerMs()).toBeNull()
})

describe('on a folder that stands for debugfs', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-watch-'))
    writeFileSync(join(folder, 'io_tlb_nslabs'), `${POOL}\n`)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function watched(load: Load, looks: number): Promise<number | undefined> {
    let hiwater = 0
    const show = (minute: number): void => {
      const used = load(minute)
      hiwater = Math.max(hiwater, used)
      writeFileSync(join(folder, 'io_tlb_used'), `${used}\n`)
      writeFileSync(join(folder, 'io_tlb_used_hiwater'), `${hiwater}\n`)
    }
    show(0)
    const clock = virtualClock((at) => show(at / MINUTE_MS))
    let seen = 0
    for await (const sample of watch({ folder, periodMs: MINUTE_MS, count: looks, clock })) {
      seen++
      expect(sample.usedSlots).not.toBeNull()
      if (!sample.leak) continue
      expect(sample.leak.slotsPerMinute).toBeGreaterThan(20)
      expect(sample.leak.fullInMs).toBeGreaterThan(HOUR_MS)
      return seen
    }
    expect(seen).toBe(looks)
    return undefined
  }

  test('the leak is found', async () => {
    expect(await watched(leak(1, 100), 60)).toBe(60)
  })

  test.each([
    ['a sawtooth', sawtooth(9, 30, 4000)],
    ['a walk', walk(9, 100, 8000)],
    ['day and night', dayAndNight(9, 6000, 200)],
  ])(
    '%s is harmless',
    async (_, load) => {
      expect(await watched(load, DAY_AND_MORE)).toBeUndefined()
    },
    120_000,
  )
})
