/**
 * One line of trace text, in every layout that the tools print: ftrace (with and without irq-info,
 * tgid, context; latency-format; any clock), `trace-cmd report`, `perf script`.
 */

/** The columns in front of an event, and the event. */
export interface TraceLine {
  /** Process id; -1 where the layout does not show it. */
  readonly pid: number
  /** CPU; -1 where the layout does not show it. */
  readonly cpu: number
  /** Seconds, or a count, as the trace's clock has it; NaN where the layout does not show it. */
  readonly time: number
  /** Seconds in a unit of `time`; NaN where there is no time, or the clock only counts. */
  readonly tick: number
  /** Name of the event without its system; '' for a line of another tracer. */
  readonly event: string
  /** What follows the event's name. */
  readonly body: string
}

/** The layouts, as far as they are read differently. */
export type LineLayout = 'context' | 'latency' | 'perf' | 'bare'

/*
 * The task's name may hold anything (blanks, '-', '[', '<...>'), but has 15 characters at most;
 * the first place where the columns behind it fit ends it.
 */
const CONTEXT =
  /^\s*.{0,40}?-(\d+)\s+(?:\(\s*(?:\d+|-+)\)\s+)?\[(\d+)\]\s+(?:[^\s:]+\s+)?(\d+(?:\.\d+)?):\s+(.*)$/
const LATENCY =
  /^\s*.{0,40}?-(\d+)\s+(\d+)[^\s\d:]\S*\s+(\d+(?:\.\d+)?(?:us)?)[^\w\s:]?\s*:\s+(.*)$/
const PERF =
  /^\s*.{0,40}?\s+(-?\d+)(?:\/-?\d+)?\s+(?:\[(\d+)\]\s+)?(?:[^\s:]+\s+)?(\d+\.\d+):\s+(?:\d+\s+)?(?:[\w-]+:)?(\w+:.*)$/
const BARE = /^([A-Za-z_]\w*:(?: .*)?)$/
const EVENT = /^([\w.-]+):(?:\s+(.*))?$/

/** The layout of a line, or undefined if it has none. */
export function detectLayout(text: string): LineLayout | undefined {
  if (CONTEXT.test(text)) return 'context'
  if (LATENCY.test(text)) return 'latency'
  if (PERF.test(text)) return 'perf'
  if (BARE.test(text)) return 'bare'
  return undefined
}

/** Reads one line of a layout; undefined if it is none. */
export function parseLine(text: string, layout: LineLayout): TraceLine | undefined {
  if (layout === 'bare') {
    return BARE.test(text) ? withEvent(-1, -1, '', text) : undefined
  }
  const columns = layout === 'context' ? CONTEXT : layout === 'latency' ? LATENCY : PERF
  const found = columns.exec(text)
  if (!found) return undefined
  const [, pid = '', cpu, time = '', rest = ''] = found
  return withEvent(Number(pid), cpu === undefined ? -1 : Number(cpu), time, rest)
}

function withEvent(pid: number, cpu: number, clock: string, rest: string): TraceLine {
  const found = EVENT.exec(rest)
  const time = clock === '' ? Number.NaN : Number.parseFloat(clock)
  // Clocks that count (counter, x86-tsc) print whole numbers, those of time a point or their unit.
  const tick = clock.endsWith('us') ? 1e-6 : clock.includes('.') ? 1 : Number.NaN
  return { pid, cpu, time, tick, event: found?.[1] ?? '', body: found?.[2] ?? '' }
}

/** What a line that is no event says about the trace. */
export type Remark =
  | { readonly kind: 'other' }
  | { readonly kind: 'trace-cmd' }
  | { readonly kind: 'ftrace' }
  | { readonly kind: 'counts'; readonly kept: number; readonly written: number }
  | { readonly kind: 'lost'; readonly cpu: number; readonly events: number | undefined }

const COUNTS = /^# entries-in-buffer\/entries-written:\s*(\d+)\/(\d+)/
const LATENCY_COUNTS = /^# latency: .*#(\d+)\/(\d+), CPU#/
const LOST_ON_CPU = /^\s*CPU:\s*(\d+)\s+\[(?:LOST\s+)?(?:(\d+)\s+)?EVENTS(?:\s+DROPPED)?\]\s*$/
const LOST_BY_PERF = /\bPERF_RECORD_LOST(?:_SAMPLES)?\b(?:.*?\blost (\d+))?/
const TRACE_CMD = /^(?:cpus=\d+|version = \S+|trace-cmd version .*|CPU \d+ is empty)\s*$/
/* Call stacks: of ftrace, of perf. */
const STACK = /^\s*(?:=> \S.*|\S.*<stack trace>|[0-9a-f]{4,16} .*\(.*\))\s*$/

/** Recognizes the lines between the events; undefined if it is none of them. */
export function parseRemark(text: string): Remark | undefined {
  if (text.startsWith('#')) {
    const counts = COUNTS.exec(text) ?? LATENCY_COUNTS.exec(text)
    if (counts) return { kind: 'counts', kept: Number(counts[1]), written: Number(counts[2]) }
    return { kind: text.startsWith('# tracer:') ? 'ftrace' : 'other' }
  }
  if (text.trim() === '') return { kind: 'other' }
  const cpu = LOST_ON_CPU.exec(text)
  if (cpu) return lost(Number(cpu[1]), cpu[2])
  const perf = LOST_BY_PERF.exec(text)
  if (perf) return lost(-1, perf[1])
  if (TRACE_CMD.test(text)) return { kind: 'trace-cmd' }
  return STACK.test(text) ? { kind: 'other' } : undefined
}

function lost(cpu: number, events: string | undefined): Remark {
  return { kind: 'lost', cpu, events: events === undefined ? undefined : Number(events) }
}
