// What happens in a run in virtual time, as a viewer of traces reads it: of the form that is published,
// right within itself, and no part of the run.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import {
  type Comparison,
  compare,
  parseTrace,
  type ReplayOptions,
  readTrace,
  replay,
  trackers,
} from '../../lib/index.js'
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
  z.strictObject({ ph: z.literal('B'), ...at, args: slots.optional() }),
  z.strictObject({ ph: z.literal('E'), ...at, args: slots.optional() }),
  z.strictObject({ ph: z.literal('C'), ...at, args: slots }),
  z.strictObject({ ph: z.literal('i'), ...at, s: z.enum(['g', 'p', 't']), args: slots }),
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
type Edge = Extract<Event, { ph: 'B' | 'E' }>
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

/** A slice, with those that it lies in, the outermost first. */
interface Slice {
  readonly name: string
  readonly dur: number
  readonly within: readonly string[]
}

/**
 * What a viewer makes of the begins and ends of a track, in the order of the file.
 *
 * @throws where an end is not that of the latest begin, or time goes back
 */
function slicesOf(edges: readonly Edge[]): Slice[] {
  const open: Edge[] = []
  const slices: Slice[] = []
  for (const [i, edge] of edges.entries()) {
    if (edge.ts < (edges[i - 1]?.ts ?? 0)) throw new Error(`back in time at ${edge.ts}`)
    if (edge.ph === 'B') {
      open.push(edge)
      continue
    }
    const begin = open.pop()
    if (begin?.name !== edge.name) throw new Error(`${edge.name} ends in ${begin?.name}`)
    const within = open.map(({ name }) => name)
    slices.push({ name: edge.name, dur: edge.ts - begin.ts, within })
  }
  if (open.length > 0) throw new Error(`${open.length} do not end`)
  return slices
}

/** Of all tracks of a process. */
function slicesIn(events: readonly Event[], pid: number): Slice[] {
  const edges = events.filter(
    (one): one is Edge => (one.ph === 'B' || one.ph === 'E') && one.pid === pid,
  )
  const tracks = new Set(edges.map(({ tid }) => tid))
  return [...tracks].flatMap((tid) => slicesOf(edges.filter((one) => one.tid === tid)))
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
      const slices = slicesIn(events, pid)
      expect(slices.filter(({ within }) => within.length > 1)).toEqual([])
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
    const slices = slicesIn(events, pid)
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
    expect(events.filter(({ ph }) => ph === 'B' || ph === 'C')).toHaveLength(1000)
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
      const operations = slicesIn(events, pid).filter(
        ({ name: what }) => what === 'map' || what === 'unmap',
      )
      expect([name, operations.length]).toEqual([name, told.maps + told.unmaps])
      const used = counts(events, pid).get('used') ?? []
      expect(used.at(-1)?.args.slots).toBe(told.usedAfter)
    }
  })
})

describe('a replay one after another', () => {
  const CAPTURE = 'test/data/captures/c-mixed-4cpu/trace.txt.gz'
  const trackers = ['off', 'global-atomic', 'reserve', 'sampled'] as const

  async function told(path: string, most: number) {
    const file = join(scratch.folder, 'serial.json')
    const timeline = chromeTimeline(file, made, most)
    const result = await replay(await readTrace(path), { trackers: [...trackers], timeline })
    timeline.finish()
    return { result, events: read(file), parts: timeline.parts }
  }

  test.each([CAPTURE, 'examples/reset-live.log'])(
    '%s: each operation, and counts that are those of the result',
    async (path) => {
      const { result, events, parts } = await told(path, 1e6)
      expect(parts.map(({ lost }) => lost)).toEqual(trackers.map(() => 0))
      expect(result).toEqual(await replay(await readTrace(path), { trackers: [...trackers] }))
      const found = processes(events)
      expect([...found.keys()]).toEqual([...trackers])
      for (const [name, pid] of found) {
        const own = events.filter((one) => one.pid === pid)
        const instants = own.filter((one) => one.ph === 'i')
        const named = (what: string) => instants.filter(({ name: one }) => one === what).length
        expect([name, named('map') + named('failed map'), named('unmap'), named('reset')]).toEqual([
          name,
          result.maps + result.failedMaps,
          result.unmaps,
          result.resets,
        ])
        const times = own.flatMap((one) => (one.ph === 'M' ? [] : [one.ts]))
        expect(times.every((ts, i) => ts >= (times[i - 1] ?? 0))).toBe(true)
        expect((times.at(-1) ?? 0) * 1000).toBeCloseTo(result.clock?.spanNs ?? Number.NaN, -1)

        const tracks = counts(events, pid)
        const used = (tracks.get('used') ?? []).map(({ args }) => args.slots)
        expect(used.at(-1)).toBe(result.usedAfter)
        if (result.resets === 0) expect(Math.max(...used)).toBe(result.peakSlots)
        const areas = [...tracks].filter(([track]) => track.startsWith('used in area '))
        const ends = areas.map(([, track]) => track.at(-1)?.args.slots ?? Number.NaN)
        expect(ends.reduce((sum, one) => sum + one, 0)).toBe(result.usedAfter)
        const { reportedSlots } = result.rows.find(({ tracker }) => tracker === name) ?? {}
        expect(tracks.get('mark')?.at(-1)?.args.slots ?? null).toBe(reportedSlots)
      }
    },
    60_000,
  )

  /** A log, with what the run of one tracker tells. */
  async function toldOf(log: string, options: ReplayOptions) {
    const file = join(scratch.folder, 'log.json')
    const timeline = chromeTimeline(file, made, 1e4)
    const result = await replay(parseTrace(log, { file: 'x.log' }), { ...options, timeline })
    timeline.finish()
    const events = read(file)
    const marks = counts(events, 1).get('mark') ?? []
    const instants = events.filter(({ ph }) => ph === 'i').map(({ name }) => name)
    return { result, events, marks, instants, parts: timeline.parts }
  }

  test('a mark that moves at an operation without a name is there, at its time', async () => {
    const log = '#! nslabs=256 nareas=1 pool=40000000\nm 0 1 1000 8192 0 0\ns 0 1 0 64 device\n'
    const { result, events, marks, instants } = await toldOf(log, {
      trackers: ['sampled'],
      sampleEvery: 2,
    })
    expect(instants).toEqual(['map'])
    expect(result.rows[0]?.reportedSlots).toBe(4)
    expect(marks.map(({ args }) => args.slots)).toEqual([0, 4])
    const map = events.find(({ ph }) => ph === 'i')
    expect(marks[1]?.ts).toBeGreaterThan(map?.ts ?? Number.NaN)
  })

  test('growth is an instant, and maps in a pool that grew are told to be in no area', async () => {
    const map = (id: number): string => `m 0 ${id} 1000 262144 0 0\n`
    const log = `#! nslabs=128 nareas=1 pool=40000000\n${map(1)}${map(2)}g\n${map(3)}u 0 2\nu 0 3\nu 0 1\n`
    const { result, events, instants, parts } = await toldOf(log, {
      trackers: ['reserve'],
      grow: true,
    })
    expect(result.failedMaps).toBe(0)
    expect(instants).toEqual(['map', 'map', 'growth', 'map', 'unmap', 'unmap', 'unmap'])
    expect(parts.map(({ outsideAreas }) => outsideAreas)).toEqual([2])
    const used = counts(events, 1).get('used') ?? []
    expect(Math.max(...used.map(({ args }) => args.slots))).toBe(3 * 128)
    const inArea = counts(events, 1).get('used in area 0') ?? []
    expect(inArea.map(({ args }) => args.slots)).toEqual([128, 0])
  })

  test('has whole operations, as many as there is room for, and tells how many are left out', async () => {
    const { result, events, parts } = await told(CAPTURE, 400)
    const all = result.trace.unfinished + result.maps + result.unmaps
    for (const { tracker, kept, lost, lostUnit, lostFromNs, lostToNs } of parts) {
      const own = events.filter(
        ({ pid, ph }) => pid === processes(events).get(tracker) && (ph === 'i' || ph === 'C'),
      )
      expect(own).toHaveLength(kept)
      // What one leaves, the next may have.
      expect(kept).toBeGreaterThan(95)
      expect(kept).toBeLessThan(115)
      expect(lostUnit).toBe('operation')
      expect(lost).toBeGreaterThan(all / 2)
      expect(lostToNs).toBeGreaterThan(lostFromNs)
    }
    expect(parts.reduce((sum, { kept }) => sum + kept, 0)).toBeLessThanOrEqual(400)
  }, 60_000)
})

describe('other engines', () => {
  test('have nothing to tell', async () => {
    const timeline = { room: () => 0, virtual: () => undefined, serial: () => undefined }
    await expect(compare(small, { timeline })).rejects.toThrow(
      'timeline: expected engine virtual, not serial',
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

  test('the check of tracks finds what is not nested', () => {
    const edge = (ph: 'B' | 'E', ts: number, name: string): Edge => ({
      ...{ ph, ts, name, pid: 1, tid: 0 },
    })
    const [map, copy] = [edge('B', 0, 'map'), edge('B', 1, 'copy')]
    expect(slicesOf([map, copy, edge('E', 2, 'copy'), edge('E', 2, 'map')])).toHaveLength(2)
    expect(() => slicesOf([map, copy, edge('E', 2, 'map')])).toThrow('map ends in copy')
    expect(() => slicesOf([copy, map])).toThrow('back in time')
    expect(() => slicesOf([map])).toThrow('1 do not end')
  })
})
