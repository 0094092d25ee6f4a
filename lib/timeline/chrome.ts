/**
 * A picture over time in Chrome's trace event format, which Perfetto and chrome://tracing read:
 * written piece by piece, so that it may be of any length, and whole under its name or not there.
 */
import type { Made } from '../results/schema.js'
import type { LoggedEvents, SerialStep, Timeline, TimelineRun } from '../results/timeline.js'
import type { AnyTracker } from '../results/variant.js'
import { openWhole, type WholeFile } from '../system/output.js'
import { eventsIn, isCount, isOperation, type VirtualEvent } from './virtual.js'

/** Characters between two writes. */
const PIECE_CHARS = 1 << 16

/** What a run's part of the file says of it. */
export interface TimelinePart extends LoggedEvents {
  readonly tracker: AnyTracker
}

export interface ChromeTimeline extends Timeline {
  /** Of all runs so far. */
  readonly parts: readonly TimelinePart[]
  /** The file is whole. */
  finish(): void
  /** There is to be none. */
  abandon(): void
}

/** Microseconds with the nanoseconds behind the point: what viewers keep. */
const microseconds = (ps: number): string => (Math.round(ps / 1000) / 1000).toFixed(3)

const areaTrack = (area: number): string => `used in area ${area}`

/**
 * One tracker is a process, each of its CPUs a thread.
 *
 * @param most events in all
 * @throws the system's error where there can be no file
 */
export function chromeTimeline(file: string, made: Made, most: number): ChromeTimeline {
  const out: WholeFile = openWhole(file)
  const parts: TimelinePart[] = []
  let text = ''
  let left = most
  const flush = (): void => {
    out.write(text)
    text = ''
  }
  const put = (line: string): void => {
    text += `${line},\n`
    if (text.length > PIECE_CHARS) flush()
  }
  const name = (what: 'process_name' | 'thread_name', pid: number, tid: number, its: string) =>
    put(
      `{"ph":"M","ts":0,"pid":${pid},"tid":${tid},"name":"${what}","args":{"name":${JSON.stringify(its)}}}`,
    )
  const counter = (pid: number, ts: string, track: string, value: number): string =>
    `{"ph":"C","ts":${ts},"pid":${pid},"tid":0,"name":"${track}","args":{"slots":${value}}}`
  const count = (pid: number, { kind, atPs, which, value }: VirtualEvent): void => {
    const track = kind === 'area' ? areaTrack(which) : kind
    put(counter(pid, microseconds(atPs), track, value))
  }
  /** An instant and the counts that it changes; `mark` is what it was before. */
  const stepEvents = (pid: number, step: SerialStep, mark: number | null): string[] => {
    const ts = microseconds(step.atNs * 1000)
    const { cpu, name: what, slots, used, area } = step
    // The mark is nobody's CPU's.
    const scope = what === 'reset' ? 'p' : 't'
    const instant = `{"ph":"i","ts":${ts},"pid":${pid},"tid":${cpu},"s":"${scope}","name":"${what}","args":{"slots":${slots}}}`
    return [
      ...(what === null ? [] : [instant]),
      ...(used === null ? [] : [counter(pid, ts, 'used', used)]),
      ...(area === null ? [] : [counter(pid, ts, areaTrack(area.number), area.used)]),
      ...(step.mark === null || step.mark === mark ? [] : [counter(pid, ts, 'mark', step.mark)]),
    ]
  }
  /**
   * Begin and end apart: two that end together have the same digits there, where a duration that is
   * added to a time would make one a little longer.
   */
  const slice = (pid: number, one: VirtualEvent, within: readonly VirtualEvent[] = []): void => {
    const { kind, atPs, tookPs, which, value } = one
    const slots = isOperation(one) ? `,"args":{"slots":${value}}` : ''
    // The same at both ends: some viewers find the begin of an end by all of it.
    const what = `"pid":${pid},"tid":${which},"name":"${kind}"${slots}`
    put(`{"ph":"B","ts":${microseconds(atPs)},${what}}`)
    for (const inner of within) slice(pid, inner)
    put(`{"ph":"E","ts":${microseconds(atPs + tookPs)},${what}}`)
  }
  /** Slices of each CPU that may lie in an operation which has not ended yet. */
  const slices = (pid: number, cpus: number) => {
    const waiting: VirtualEvent[][] = Array.from({ length: cpus + 1 }, () => [])
    const alone = (some: readonly VirtualEvent[]): void => {
      for (const one of some) slice(pid, one)
    }
    return {
      add: (one: VirtualEvent): void => {
        const before = waiting[one.which] as VirtualEvent[]
        if (!isOperation(one)) {
          before.push(one)
          return
        }
        const first = before.findIndex(({ atPs }) => atPs >= one.atPs)
        const within = first < 0 ? [] : before.slice(first)
        alone(first < 0 ? before : before.slice(0, first))
        slice(pid, one, within)
        waiting[one.which] = []
      },
      end: (): void => {
        for (const some of waiting) alone(some)
      },
    }
  }
  const room = (runs: number): number => Math.floor(left / runs)
  out.write(`{"displayTimeUnit":"ns",\n"made":${JSON.stringify(made)},\n"traceEvents":[\n`)
  return {
    parts,
    room,
    virtual: ({ tracker, cpus }: TimelineRun, fd, events) => {
      const pid = parts.length + 1
      name('process_name', pid, 0, tracker)
      for (let cpu = 0; cpu < cpus; cpu++) name('thread_name', pid, cpu, `CPU ${cpu}`)
      name('thread_name', pid, cpus, 'sampler')
      const { add, end } = slices(pid, cpus)
      for (const one of eventsIn(fd, events.kept)) {
        if (isCount(one)) count(pid, one)
        else add(one)
      }
      end()
      left -= events.kept
      parts.push({ tracker, ...events })
    },
    serial: ({ tracker, runs, count: operations, covered, endNs }, steps) => {
      const pid = parts.length + 1
      const most = room(runs)
      const named = new Set<number>()
      let kept = 0
      let told = covered
      let atNs = 0
      let mark: number | null = null
      let outsideAreas = 0
      name('process_name', pid, 0, tracker)
      for (const step of steps) {
        const events = stepEvents(pid, step, mark)
        atNs = step.atNs
        if (kept + events.length > most) {
          told = step.at
          break
        }
        if (step.name === 'map' && step.elsewhere) outsideAreas++
        if (step.name !== null && !named.has(step.cpu)) {
          name('thread_name', pid, step.cpu, `CPU ${step.cpu}`)
          named.add(step.cpu)
        }
        for (const event of events) put(event)
        kept += events.length
        mark = step.mark
      }
      left -= kept
      const all = told === operations
      const lost = { lost: operations - told, lostUnit: 'operation' } as const
      const span = { lostFromNs: all ? 0 : atNs, lostToNs: all ? 0 : endNs }
      parts.push({ tracker, kept, ...lost, ...span, outsideAreas })
    },
    finish: () => {
      flush()
      // The last one ends without a comma, and says what is not there.
      const lost = JSON.stringify(parts.map(({ tracker, ...events }) => ({ tracker, ...events })))
      out.write(`{"ph":"M","ts":0,"pid":0,"tid":0,"name":"events","args":{"runs":${lost}}}\n]}\n`)
      out.finish()
    },
    abandon: () => out.abandon(),
  }
}
