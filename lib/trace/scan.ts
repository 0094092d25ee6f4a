/** Reads the text of a trace into its events, and what it says about lost ones. */
import { isOurs, readEvent, type TraceEvent } from './events.js'
import { detectLayout, type LineLayout, parseLine, parseRemark, type TraceLine } from './lines.js'
import { forEachLine } from './text.js'
import type { LostEvents, Trace } from './trace.js'
import { quote, TraceError } from './trace-error.js'

/** Positions (indices of events) between which events are missing: from < lost events <= to. */
export interface Gap {
  readonly from: number
  readonly to: number
}

export interface Scan {
  readonly format: Trace['format']
  readonly events: readonly TraceEvent[]
  readonly lost: LostEvents
  readonly gaps: readonly Gap[]
  /** Whether lines show who ran, and where. */
  readonly hasContext: boolean
}

interface LostMark {
  readonly cpu: number
  readonly events: number | undefined
  readonly position: number
}

/** Throws TraceError for a line that is neither an event nor one of the lines between them. */
export function scanTrace(bytes: Buffer, file: string): Scan {
  const events: TraceEvent[] = []
  const marks: LostMark[] = []
  let layout: LineLayout | undefined
  let byTraceCmd = false
  let byFtrace = false
  let kept = 0
  let written = 0
  let lines = 0
  forEachLine(bytes, file, (text, line) => {
    const remark = parseRemark(text)
    if (remark) {
      if (remark.kind === 'trace-cmd') byTraceCmd = true
      if (remark.kind === 'ftrace') byFtrace = true
      if (remark.kind === 'lost') marks.push({ ...remark, position: events.length })
      if (remark.kind === 'counts') {
        // Files of several CPUs put together repeat the same counts.
        kept = Math.max(kept, remark.kept)
        written = Math.max(written, remark.written)
      }
      return
    }
    layout ??= detectLayout(text)
    const parsed = layout && parseLine(text, layout)
    if (!parsed) throw unknownLine(file, line, text, layout)
    lines++
    if (!isOurs(parsed.event) && !parsed.event.startsWith('tlb_')) return
    const { cpu, time, tick } = parsed
    const place = { line, cpu, thread: threadOf(parsed), time, ns: time * tick * 1e9 }
    events.push({ ...place, ...readEvent(parsed.event, parsed.body, file, line) })
  })
  if (events.length === 0) {
    throw new TraceError(file, 0, 'no event of swiotlb or dma', 'events swiotlb:* and dma:*')
  }
  const inOrder = events.every((event, i) => i === 0 || !(event.time < (events[i - 1]?.time ?? 0)))
  if (!inOrder) events.sort((a, b) => a.time - b.time)
  const whole = { from: -1, to: events.length }
  const gaps = inOrder ? marks.map((mark) => gapOf(mark, events)) : marks.map(() => whole)
  if (written > kept) gaps.push({ from: -1, to: lastStart(events) })
  if (kept > lines) gaps.push(whole)
  return {
    format: byFtrace
      ? 'ftrace'
      : byTraceCmd
        ? 'trace-cmd'
        : layout === 'perf'
          ? 'perf-script'
          : 'ftrace',
    events,
    lost: sumUp(marks, kept, written, lines),
    gaps,
    hasContext: layout !== 'bare',
  }
}

/* The idle tasks of all CPUs share pid 0. */
function threadOf({ pid, cpu }: TraceLine): string {
  return pid > 0 ? `${pid}` : `${pid}@${cpu}`
}

/* A loss on a CPU lies between its events before and after the mark. */
function gapOf(mark: LostMark, events: readonly TraceEvent[]): Gap {
  let from = mark.position - 1
  while (from >= 0 && events[from]?.cpu !== mark.cpu) from--
  return { from, to: mark.position }
}

/* An overrun drops the oldest events of each CPU: where the last CPU begins. */
function lastStart(events: readonly TraceEvent[]): number {
  const started = new Set<number>()
  let last = 0
  events.forEach((event, i) => {
    if (started.has(event.cpu)) return
    started.add(event.cpu)
    last = i
  })
  return last
}

function sumUp(
  marks: readonly LostMark[],
  kept: number,
  written: number,
  lines: number,
): LostEvents {
  const reasons: string[] = []
  const marked = marks.reduce((sum, mark) => sum + (mark.events ?? 1), 0)
  const overrun = written - kept
  let events = Math.max(marked, overrun)
  if (overrun > 0) {
    reasons.push(`the ring buffer overran: ${kept} of ${written} events were kept`)
  }
  if (marks.length > 0) {
    const least = marks.some((mark) => mark.events === undefined) ? 'at least ' : ''
    reasons.push(`the trace marks ${least}${marked} lost events at ${marks.length} places`)
  }
  if (kept > lines) {
    reasons.push(
      `the header counts ${kept} events, the text holds ${lines} (one CPU's file, or cut short)`,
    )
    events += kept - lines
  }
  return { events, reasons }
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
