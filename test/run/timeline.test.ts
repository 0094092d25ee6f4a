// What happens in a run in virtual time, as a viewer of traces reads it: of the form that is published,
// right within itself, and no part of the run.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { type Comparison, compare, readTrace, replay, trackers } from '../../lib/index.js'
import { chromeTimeline } from '../../lib/timeline/chrome.js'
import { scratchFolder } from '../scratch.js'
import { rowOf, small, unmarked } from './helpers.js'

const scratch = scratchFolder()
const made = { version: '1.2.3', command: 'swiotlb-lab x' }

/** As the format's description has it: what each phase must have, and no other. */
const at = {
  ts: z.number().min(0),
  pid: z.int().min(0),
  tid: z.int().min(0),
  name: z.string().min(1),
}
const names = z.strictObject({ name: z.string().min(1) })
const slots = z.strictObject({ slots: z.int().min(0) })
const event = z.discriminatedUnion('ph', [
  z.strictObject({ ph: z.literal('X'), ...at, dur: z.number().min(0), args: slots.partial() }),
  z.strictObject({ ph: z.literal('C'), ...at, args: slots }),
  z.strictObject({
    ph: z.literal('M'),
    ...at,
    args: z.union([names, z.looseObject({ runs: z.array(z.unknown()) })]),
  }),
])
const traceFile = z.strictObject({
  displayTimeUnit: z.enum(['ms', 'ns']),
  made: z.strictObject({ version: z.string(), command: z.string() }),
  traceEvents: z.array(event),
})
type Event = z.infer<typeof event>
type Slice = Extract<Event, { ph: 'X' }>
type Count = Extract<Event, { ph: 'C' }>

const read = (file: string) => traceFile.parse(JSON.parse(readFileSync(file, 'utf8'))).traceEvents

/** The name of each process, and of what is left out of it. */
function processes(events: readonly Event[]) {
  const named = events.flatMap((one) =>
    one.ph === 'M' && one.name === 'process_name'
      ? [[(one.args as { name: string }).name, one.pid] as const]
      : [],
  )
  return new Map(named)
}

/** By track; each in the order in which a viewer puts them: by time, the longer first. */
function slicesByTrack(events: readonly Event[], pid: number): Slice[][] {
  const tracks = new Map<number, Slice[]>()
  for (const one of events) {
    if (one.ph !== 'X' || one.pid !== pid) continue
    tracks.set(one.tid, [...(tracks.get(one.tid) ?? []), one])
  }
  return [...tracks.values()].map((slices) => slices.sort((a, b) => a.ts - b.ts || b.dur - a.dur))
}

/** In nanoseconds, which the file holds. */
const ns = (us: number): number => Math.round(us * 1000)

/** Slices that begin in another, and end behind it. */
function misnested(slices: readonly Slice[]): Slice[] {
  const open: Slice[] = []
  const end = ({ ts, dur }: Slice): number => ns(ts) + ns(dur)
  return slices.filter((one) => {
    while (open.length > 0 && end(open.at(-1) as Slice) <= ns(one.ts)) open.pop()
    const within = open.at(-1)
    open.push(one)
    return within !== undefined && end(one) > end(within)
  })
}

function counts(events: readonly Event[], pid: number): Map<string, Count[]> {
  const found = new Map<string, Count[]>()
  for (const one of events) {
    if (one.ph !== 'C' || one.pid !== pid) continue
    const track = found.get(one.name)
    if (track) track.push(one)
    else found.set(one.name, [one])
  }
  return found
}

const all = trackers.map(({ name }) => name)
const virtual = {
  engine: 'virtual',
  trackers: all,
  machine: { costModel: 'default' },
  timing: true,
} as const

describe('a comparison', () => {
  const file = join(scratch.folder, 'all.json')
  let plain: Comparison
  let told: Comparison
  let events: Event[]

  beforeAll(async () => {
    const input = { ...small, copy: true, steps: 4000 }
    plain = await compare(input, virtual)
    const timeline = chromeTimeline(file, made, 1e7)
    told = await compare(input, { ...virtual, timeline })
    timeline.finish()
    events = read(file)
  }, 120_000)

  test('predicts the same, whether it is told or not', () => {
    expect(told).toEqual(plain)
  })

  test('has each tracker as a process, and its CPUs as threads', () => {
    const found = processes(events)
    expect([...found.keys()].sort()).toEqual([...all].sort())
    for (const pid of found.values()) {
      const threads = events.filter(
        (one) => one.ph === 'M' && one.pid === pid && one.name === 'thread_name',
      )
      expect(threads.map(({ args }) => (args as { name: string }).name)).toEqual([
        'CPU 0',
        'CPU 1',
        'CPU 2',
        'CPU 3',
        'sampler',
      ])
    }
  })

  test.each(all)(
    '%s: slices lie within each other, counts go on, and both are those of the row',
    (name) => {
      const pid = processes(events).get(name) as number
      const row = rowOf(told, name)
      const tracks = slicesByTrack(events, pid)
      expect(tracks.flatMap(misnested)).toEqual([])
      const slices = tracks.flat()
      const operations = slices.filter(({ name: what }) => what === 'map' || what === 'unmap')
      const { maps, unmaps } = row.counts
      expect(operations).toHaveLength(maps + unmaps)

      const found = counts(events, pid)
      for (const track of found.values()) {
        expect(track.every(({ ts }, i) => ts >= (track[i - 1]?.ts ?? 0))).toBe(true)
      }
      const used = (found.get('used') ?? []).map(({ args }) => args.slots)
      expect(Math.max(...used)).toBe(row.virtual?.full.truthSlots)
      const areas = [...found].filter(([track]) => track.startsWith('used in area '))
      // Each CPU begins in its own, and finds room there.
      expect(areas.length).toBeGreaterThanOrEqual(4)
      const ends = areas.map(([, track]) => track.at(-1)?.args.slots ?? Number.NaN)
      expect(ends.reduce((sum, one) => sum + one, 0)).toBe(used.at(-1))

      const marks = found.get('mark') ?? []
      if (unmarked.includes(name)) expect(marks).toEqual([])
      else expect(marks.at(-1)?.args.slots).toBe(row.accuracy.reportedSlots)
    },
  )

  test("the time in a tracker's verbs is that of the row", () => {
    const pid = processes(events).get('global-atomic') as number
    const slices = slicesByTrack(events, pid).flat()
    const sum = (what: string) =>
      slices.filter(({ name }) => name === what).reduce((total, { dur }) => total + dur, 0)
    const whole = (sum('map') + sum('unmap')) / 1000
    expect(sum('tracker') / 1000).toBeGreaterThan(0)
    for (const what of ['search', 'release', 'tracker', 'copy']) {
      expect(sum(what) / 1000).toBeLessThan(whole)
    }
    const { perPairNs } = rowOf(told, 'global-atomic').virtual?.full ?? {}
    const copies = slices.filter(({ name }) => name === 'copy')
    expect(copies.length).toBeGreaterThan(0)
    expect(perPairNs?.copy).toBeGreaterThan(0)
  })
})

describe('the number of events', () => {
  test('is bounded: each tracker has its share, and what is left out is told with its span', async () => {
    const file = join(scratch.folder, 'few.json')
    const timeline = chromeTimeline(file, made, 1000)
    await compare(small, { ...virtual, trackers: ['off', 'reserve'], timeline })
    timeline.finish()
    const events = read(file)
    expect(events.filter(({ ph }) => ph !== 'M')).toHaveLength(1000)
    expect(timeline.parts.map(({ tracker, kept }) => [tracker, kept])).toEqual([
      ['off', 500],
      ['reserve', 500],
    ])
    for (const { lost, lostFromNs, lostToNs } of timeline.parts) {
      expect(lost).toBeGreaterThan(1000)
      expect(lostToNs).toBeGreaterThan(lostFromNs)
    }
    const last = events.at(-1)
    expect(last?.args).toEqual({ runs: timeline.parts })
  })
})

describe('a replay in virtual time', () => {
  const log = 'examples/reset-live.log'

  test('is told as a comparison is', async () => {
    const file = join(scratch.folder, 'replay.json')
    const trace = () => readTrace(log)
    const timeline = chromeTimeline(file, made, 1e5)
    const options = { engine: 'virtual', trackers: all } as const
    const told = await replay(await trace(), { ...options, timeline })
    timeline.finish()
    expect(told).toEqual(await replay(await trace(), options))
    const events = read(file)
    for (const [name, pid] of processes(events)) {
      const tracks = slicesByTrack(events, pid)
      expect([name, tracks.flatMap(misnested)]).toEqual([name, []])
      const used = counts(events, pid).get('used') ?? []
      expect(used.at(-1)?.args.slots).toBe(told.usedAfter)
    }
  })
})

describe('other engines', () => {
  test('have nothing to tell', async () => {
    const timeline = { room: () => 0, virtual: () => undefined }
    const words = 'timeline: expected engine virtual, not serial'
    await expect(compare(small, { timeline })).rejects.toThrow(words)
    await expect(replay(await readTrace('examples/reset-live.log'), { timeline })).rejects.toThrow(
      words,
    )
  })
})

describe('the file', () => {
  test('is whole, or not there', async () => {
    const file = join(scratch.folder, 'never.json')
    const timeline = chromeTimeline(file, made, 10)
    timeline.abandon()
    expect(readdirSync(scratch.folder).filter((name) => /never|part$/.test(name))).toEqual([])
  })

  test('the check of nesting finds what is not nested', () => {
    const slice = (ts: number, dur: number): Slice => ({
      ...{ ph: 'X', ts, dur, pid: 1, tid: 0, name: 'map', args: {} },
    })
    expect(misnested([slice(0, 2), slice(1, 2)])).toHaveLength(1)
    expect(misnested([slice(0, 2), slice(1, 1), slice(2, 1)])).toEqual([])
  })
})
