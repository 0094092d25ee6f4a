/** Traces in files, with what lies beside them. */
import { checkOptions, option, optionsOf, textArgument } from '../data/options.js'
import { notesBeside, remarksBeside } from './beside.js'
import { fileSource, type TraceSource } from './bytes/sources.js'
import { openCapture } from './capture.js'
import type { Notes } from './notes.js'
import { type OpenOptions, openTrace, whole } from './read.js'
import type { PoolFacts, SpooledTrace, TraceHints, WholeTrace } from './trace.js'
import { TraceError } from './trace-error.js'

/** What the notes know to be lost, the trace itself need not show. */
export function withLosses(trace: SpooledTrace, meta: Notes | undefined): SpooledTrace {
  const { events, reasons } = trace.lost
  return { ...trace, lost: { events, reasons: [...reasons, ...(meta?.losses ?? [])] } }
}

const NOTED = 'noted while it was recorded: '

/** What the capture script noted is a warning to whoever reads the trace. */
export function withRemarks(trace: SpooledTrace, remarks: readonly string[]): SpooledTrace {
  const warnings = remarks.map((text) => `${NOTED}${text}`)
  return { ...trace, warnings: [...trace.warnings, ...warnings] }
}

/** What is known of a file beside its contents. */
export interface Told {
  /** What it is called in messages, and the pool as far as nothing else tells it. */
  readonly hints: TraceHints
  /** Where notes may lie beside it. */
  readonly path?: string | undefined
  /** Instead of those beside it and in it. */
  readonly notes?: Notes | undefined
}

/**
 * Reads a trace, or the one in a capture's tar, with the notes that were taken of the machine, which
 * lie in the tar or beside the trace. Closes the source; the trace is to be closed with `closeTrace`.
 *
 * @throws as openCapture() and openTrace() do
 */
export async function openTraceFile(
  source: TraceSource,
  { hints, path, notes: given }: Told,
  options: OpenOptions,
): Promise<{ readonly trace: SpooledTrace; readonly notes: Notes | undefined }> {
  let remarks: readonly string[] = []
  try {
    const capture = await openCapture(source, hints.file, options.signal)
    remarks = capture?.remarks ?? (path === undefined ? [] : remarksBeside(path))
    const notes = given ?? capture?.notes ?? (path === undefined ? undefined : notesBeside(path))
    const trace = await openTrace(
      capture?.trace ?? source,
      { ...hints, ...notes?.hints, file: hints.file },
      options,
    )
    return { trace: withRemarks(withLosses(trace, notes), remarks), notes }
  } catch (error) {
    // Of a capture without events its own remarks may tell why.
    if (!(error instanceof TraceError) || error.line !== 0 || remarks.length === 0) throw error
    const noted = `${NOTED}${remarks.join('; ')}`
    throw new TraceError(error.file, 0, `${error.problem}; ${noted}`, error.expected)
  } finally {
    source.close()
  }
}

/** `usedBefore` and the pool help where neither the trace nor its notes say them. */
export interface ReadOptions extends OpenOptions, PoolFacts {
  /** Slots in use when the trace began (io_tlb_used). */
  readonly usedBefore?: number
}

const schema = optionsOf<ReadOptions>({
  signal: option.signal,
  onProgress: option.callback,
  nslabs: option.number,
  nareas: option.number,
  start: option.own,
  usedBefore: option.number,
})

/**
 * Reads the trace in a file, of any kind that there is a reader for, plain or packed, or in the tar of
 * a capture; a meta.json beside it is read, too, and `pool` of the result has what it says. Where the
 * capture script wrote that one, what notes.txt beside it says is among the warnings, as it is of a tar.
 * All its operations are in memory afterwards: `openTrace` reads what may be larger, and `parseTrace`
 * what is in memory already.
 *
 * @throws TraceError for what cannot be read as a trace, with its line; InputError for a file that is
 *   not there; the signal's reason when it was aborted
 */
export async function readTrace(path: string, options: ReadOptions = {}): Promise<WholeTrace> {
  checkOptions(schema, options)
  const file = textArgument(
    'path',
    path,
    'the path of a trace; parseTrace() takes its text or bytes',
  )
  const { signal, onProgress, usedBefore, ...pool } = options
  const told = {
    hints: { ...pool, ...(usedBefore !== undefined && { usedBefore }), file },
    path: file,
  }
  const { trace, notes } = await openTraceFile(fileSource(file), told, { signal, onProgress })
  const { usedBefore: _, ...noted } = notes?.hints ?? {}
  return { ...whole(trace), pool: { ...pool, ...noted, ...trace.pool } }
}
