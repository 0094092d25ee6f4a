/**
 * A picture over time in Chrome's trace event format, which Perfetto and chrome://tracing read:
 * written piece by piece, so that it may be of any length, and whole under its name or not there.
 */
import type { Made } from '../results/schema.js'
import type { LoggedEvents, Timeline, TimelineRun } from '../results/timeline.js'
import type { AnyTracker } from '../results/variant.js'
import { openWhole, type WholeFile } from '../system/output.js'
import { eventsIn, isCount, type VirtualEvent } from './virtual.js'

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

/** Microseconds with the nanoseconds behind the point: what is rounded alike stays in its slice. */
const microseconds = (ns: number): string => (ns / 1000).toFixed(3)
const nanoseconds = (ps: number): number => Math.round(ps / 1000)

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
  const event = (pid: number, one: VirtualEvent): void => {
    const begun = nanoseconds(one.atPs)
    const head = `"ts":${microseconds(begun)},"pid":${pid}`
    if (isCount(one)) {
      const track = one.kind === 'area' ? `used in area ${one.which}` : one.kind
      put(`{"ph":"C",${head},"tid":0,"name":"${track}","args":{"slots":${one.value}}}`)
      return
    }
    const took = nanoseconds(one.atPs + one.tookPs) - begun
    const slots = one.kind === 'map' || one.kind === 'unmap' ? `{"slots":${one.value}}` : '{}'
    put(
      `{"ph":"X",${head},"tid":${one.which},"dur":${microseconds(took)},"name":"${one.kind}","args":${slots}}`,
    )
  }
  out.write(`{"displayTimeUnit":"ns",\n"made":${JSON.stringify(made)},\n"traceEvents":[\n`)
  return {
    parts,
    room: (runs) => Math.floor(left / runs),
    virtual: ({ tracker, cpus }: TimelineRun, fd, events) => {
      const pid = parts.length + 1
      name('process_name', pid, 0, tracker)
      for (let cpu = 0; cpu < cpus; cpu++) name('thread_name', pid, cpu, `CPU ${cpu}`)
      name('thread_name', pid, cpus, 'sampler')
      for (const one of eventsIn(fd, events.kept)) event(pid, one)
      left -= events.kept
      parts.push({ tracker, ...events })
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
