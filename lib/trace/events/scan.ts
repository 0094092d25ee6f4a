/** Reads the lines of a trace into its events, and what they say about lost ones. */

import { countOf } from '../../data/units.js'
import type { LostEvents, Trace, Unused } from '../trace.js'
import { quote, TraceError } from '../trace-error.js'
import { isOurs, readEvent, type TraceEvent } from './events.js'
import { type Gap, Gaps } from './gaps.js'
import { detectLayout, type LineLayout, parseLine, parseRemark, type TraceLine } from './lines.js'
import { OrdinaryLines } from './ordinary/lines.js'

/** What is known of the lines when all were read. */
export interface ScanEnd {
  readonly format: Trace['format']
  /** Events that belong to swiotlb or dma. */
  readonly events: number
  readonly lost: LostEvents
  readonly gaps: Gaps
  readonly unused: Unused
  readonly warnings: readonly string[]
}

/** An event's time lies before that of the event above it. */
export class OutOfOrder extends Error {}

interface LostMark {
  readonly cpu: number
  readonly events: number | undefined
  readonly position: number
}

const DAY_NS = 86_400e9

/** Names of unused events that are told apart. */
const MAX_NAMES = 64

export type TakeEvent = (event: TraceEvent, position: number) => void

/** Lines with their numbers go in, events come out. */
export class EventScanner {
  readonly #file: string
  readonly #take: TakeEvent
  readonly #ordinary = new OrdinaryLines()
  readonly #gaps: Gap[] = []
  readonly #unused = new Map<string, number>()
  /** First and last position of each CPU. */
  readonly #cpus = new Map<number, { readonly first: number; last: number }>()
  #layout: LineLayout | undefined
  #byTraceCmd = false
  #byFtrace = false
  #kept = 0
  #written = 0
  #lines = 0
  #otherLines = 0
  #events = 0
  #time = Number.NaN
  #ns = Number.NaN
  #longestGap = { ns: 0, line: 0 }
  /** That of the first line with a time: seconds in a unit of it, NaN for a clock that counts. */
  #tick: number | undefined
  /** Counts of headers that were seen. */
  readonly #counted = new Set<string>()
  #marks = { count: 0, events: 0, atLeast: false }

  constructor(file: string, take: TakeEvent) {
    this.#file = file
    this.#take = take
  }

  /** Events so far. */
  get events(): number {
    return this.#events
  }

  /** Whether lines show who ran, and where; as the first line tells. */
  get hasContext(): boolean {
    return this.#layout !== 'bare'
  }

  /**
   * A line: what stands in `bytes` from `from` to before `end`.
   *
   * Throws TraceError for a line that is neither an event nor one of the lines between them, and
   * OutOfOrder for one whose time lies before that of the line above.
   */
  line(bytes: Buffer, from: number, end: number, line: number): void {
    const event = this.#ordinaryEvent(bytes, from, end, line)
    const parsed = event ? undefined : this.#read(bytes.toString('latin1', from, end), line)
    const time = event?.time ?? parsed?.time ?? Number.NaN
    // Not for a time that is none.
    if (time < this.#time) throw new OutOfOrder()
    if (event) {
      this.#time = time
      this.#hand(event)
    } else if (parsed) {
      this.#time = time
      this.#event(parsed, line)
    }
  }

  /** As `line`, but only the time of an event of ours; undefined for any other line. */
  timeOf(bytes: Buffer, from: number, end: number, line: number): number | undefined {
    const event = this.#ordinaryEvent(bytes, from, end, line)
    return event ? event.time : this.#read(bytes.toString('latin1', from, end), line)?.time
  }

  /** Hands on what an event says of which `timeOf` has told the time. */
  again(bytes: Buffer, from: number, end: number, line: number): void {
    if (!this.#layout) return
    const event = this.#ordinary.read(bytes, from, end, line, this.#layout)
    if (event) {
      this.#hand(event)
      return
    }
    const parsed = parseLine(bytes.toString('latin1', from, end), this.#layout)
    if (parsed) this.#event(parsed, line)
  }

  #ordinaryEvent(bytes: Buffer, from: number, end: number, line: number): TraceEvent | undefined {
    if (!this.#layout) return undefined
    const event = this.#ordinary.read(bytes, from, end, line, this.#layout)
    if (!event) return undefined
    this.#lines++
    if (!Number.isNaN(event.time)) this.#checkClock(this.#ordinary.tick, line)
    return event
  }

  /* What a line of an event of ours holds; undefined for any other line, which is counted. */
  #read(text: string, line: number): TraceLine | undefined {
    const remark = parseRemark(text)
    if (remark) {
      if (remark.kind === 'trace-cmd') this.#byTraceCmd = true
      if (remark.kind === 'ftrace') this.#byFtrace = true
      if (remark.kind === 'lost') this.#mark({ ...remark, position: this.#events })
      if (remark.kind === 'counts') this.#count(remark)
      return undefined
    }
    this.#layout ??= detectLayout(text)
    const parsed = this.#layout && parseLine(text, this.#layout)
    if (!parsed) throw unknownLine(this.#file, line, text, this.#layout)
    this.#lines++
    if (!Number.isNaN(parsed.time)) this.#checkClock(parsed.tick, line)
    if (isOurs(parsed.event) || parsed.event.startsWith('tlb_')) return parsed
    this.#otherLines++
    return undefined
  }

  #event(parsed: TraceLine, line: number): void {
    const { cpu, time, tick } = parsed
    const place = { line, cpu, thread: threadOf(parsed), time, ns: time * tick * 1e9 }
    const event = readEvent(parsed.event, parsed.body, this.#file, place)
    if (event.kind === 'other') this.#countUnused(parsed.event)
    this.#hand(event)
  }

  #hand(event: TraceEvent): void {
    const position = this.#events++
    const { ns } = event
    if (ns - this.#ns > this.#longestGap.ns) {
      this.#longestGap = { ns: ns - this.#ns, line: event.line }
    }
    if (!Number.isNaN(ns)) this.#ns = ns
    const seen = this.#cpus.get(event.cpu)
    if (seen) seen.last = position
    else this.#cpus.set(event.cpu, { first: position, last: position })
    this.#take(event, position)
  }

  /* Files of several CPUs put together repeat the same counts; those of several times do not. */
  #count({ kept, written }: { readonly kept: number; readonly written: number }): void {
    const key = `${kept}/${written}`
    if (this.#counted.has(key)) return
    this.#counted.add(key)
    this.#kept += kept
    this.#written += written
  }

  #checkClock(tick: number, line: number): void {
    this.#tick ??= tick
    if (Object.is(this.#tick, tick)) return
    const words = (one: number): string => (Number.isNaN(one) ? 'counts' : one === 1 ? 's' : 'us')
    throw new TraceError(
      this.#file,
      line,
      `the time is in ${words(tick)}, and in ${words(this.#tick)} above: two clocks`,
      'one clock in all lines',
    )
  }

  /** `inOrder`: whether events came in the order of their lines; else marks have no place. */
  finish(inOrder: boolean, cutLine: number | undefined): ScanEnd {
    if (this.#events === 0) {
      // What ftrace itself counted tells a quiet time from a file that is none.
      const quiet = this.#counted.size > 0 && this.#written === 0
      const problem = quiet
        ? 'nothing was recorded: no event came, so nothing bounced in this time'
        : 'no event of swiotlb or dma'
      const left = cutLine === undefined ? '' : '; the last line has no end, and was left out'
      throw new TraceError(this.#file, 0, problem + left, 'events swiotlb:* and dma:*')
    }
    const whole = { from: -1, to: this.#events }
    const gaps = inOrder || this.#marks.count === 0 ? this.#gaps : [whole]
    // An overrun drops the oldest events of each CPU: up to where the last CPU begins.
    const lastStart = Math.max(...[...this.#cpus.values()].map(({ first }) => first))
    if (this.#written > this.#kept) gaps.push({ from: -1, to: lastStart })
    if (this.#kept > this.#lines) gaps.push(whole)
    return {
      format: this.#format(),
      events: this.#events,
      lost: this.#lost(cutLine),
      gaps: new Gaps(gaps),
      unused: { events: Object.fromEntries(this.#unused), otherLines: this.#otherLines },
      warnings: this.#warnings(),
    }
  }

  #warnings(): string[] {
    const { ns, line } = this.#longestGap
    if (ns < DAY_NS) return []
    const days = (ns / DAY_NS).toFixed(1)
    return [
      `the times jump by ${days} days at line ${line}: two recordings, or two clocks, may have been put together`,
    ]
  }

  #format(): Trace['format'] {
    if (this.#byFtrace) return 'ftrace'
    if (this.#byTraceCmd) return 'trace-cmd'
    return this.#layout === 'perf' ? 'perf-script' : 'ftrace'
  }

  /* A loss on a CPU lies between its events before and after the mark. */
  #mark({ cpu, events, position }: LostMark): void {
    this.#marks.count++
    this.#marks.events += events ?? 1
    this.#marks.atLeast ||= events === undefined
    this.#gaps.push({ from: this.#cpus.get(cpu)?.last ?? -1, to: position })
  }

  #countUnused(name: string): void {
    const known = this.#unused.has(name) || this.#unused.size < MAX_NAMES ? name : 'others'
    this.#unused.set(known, (this.#unused.get(known) ?? 0) + 1)
  }

  #lost(cutLine: number | undefined): LostEvents {
    const reasons: string[] = []
    const overrun = this.#written - this.#kept
    const { count, events: marked, atLeast } = this.#marks
    let events = Math.max(marked, overrun)
    if (overrun > 0) {
      reasons.push(`the ring buffer overran: ${this.#kept} of ${this.#written} events were kept`)
    }
    if (count > 0) {
      const least = atLeast ? 'at least ' : ''
      reasons.push(
        `the trace marks ${least}${countOf(marked, 'lost event')} at ${countOf(count, 'place')}`,
      )
    }
    const missing = this.#kept - this.#lines
    if (missing > 0) {
      reasons.push(
        `the header counts ${countOf(this.#kept, 'event')}, the text holds ${this.#lines} (one CPU's file, or cut short)`,
      )
      events += missing
    }
    if (cutLine !== undefined) {
      reasons.push(cutWords(cutLine))
      // A header has counted it already.
      if (missing <= 0) events++
    }
    return { events, reasons }
  }
}

/** What is said of a last line without its end. */
export function cutWords(line: number): string {
  return `the last line, ${line}, is cut: it has no end, and was left out`
}

/* The idle tasks of all CPUs share pid 0. */
function threadOf({ pid, cpu }: TraceLine): string {
  return pid > 0 ? `${pid}` : `${pid}@${cpu}`
}

function unknownLine(
  file: string,
  line: number,
  text: string,
  layout: LineLayout | undefined,
): TraceError {
  const forms = {
    context: 'TASK-PID [CPU] TIME: EVENT: ...',
    latency: 'TASK-PID CPUflags TIMEus: EVENT: ...',
    perf: 'TASK PID [CPU] TIME: SYSTEM:EVENT: ...',
    bare: 'EVENT: ...',
  }
  const expected = layout
    ? `a line like those above it, ${forms[layout]}`
    : 'text of ftrace, of `trace-cmd report` or of `perf script`, or an operation log'
  return new TraceError(file, line, `this is no line of a trace: ${quote(text)}`, expected)
}
