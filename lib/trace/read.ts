import * as z from 'zod'
import { InputError } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { checkOptions, kindOf, option, optionsOf } from '../data/options.js'
import { Breather } from './breather.js'
import type { TraceSource } from './bytes/sources.js'
import { DamagedData, unpack, unpackWhole } from './bytes/unpack.js'
import { checkSource, checkTrace } from './check-trace.js'
import { OutOfOrder, TraceReader } from './reader.js'
import type { SpooledTrace, TraceHints, WholeTrace } from './trace.js'
import { TraceError } from './trace-error.js'

/** Read at a time, so that others have their turn in between. */
const SLICE_BYTES = 65536

const hintsSchema = optionsOf<TraceHints>({
  file: z.string('expected a name for messages'),
  nslabs: option.number,
  nareas: option.number,
  start: option.own,
  usedBefore: option.number,
})

const checkHints = (hints: unknown): void => checkOptions(hintsSchema, hints, 'hints')

/**
 * Reads a trace of any kind: ftrace text, `trace-cmd report`, `perf script` or an operation log,
 * plain, gzip or zstd. The hints say what the trace does not: the pool's size, areas and start,
 * without which slots are unknown. All of it is in memory, before and after: `readTrace` takes a
 * file's path, and `openTrace` reads what may be larger. Throws TraceError and InputError.
 */
export function parseTrace(input: string | Uint8Array, hints: TraceHints): WholeTrace {
  checkHints(hints)
  if (typeof input !== 'string' && !ArrayBuffer.isView(input)) {
    throw new InputError(`input: expected the text or the bytes of a trace, not ${kindOf(input)}`)
  }
  const bytes =
    typeof input === 'string'
      ? Buffer.from(input, 'latin1')
      : Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  const read = (sorting: boolean): SpooledTrace => {
    const reader = new TraceReader(hints, sorting)
    try {
      for (const part of unpackWhole(bytes)) reader.push(part)
      return atOnce(reader.finish())
    } catch (error) {
      reader.close()
      throw readingError(error, hints.file, reader.lines)
    }
  }
  return whole(inOrder(read))
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  /** Called now and then. `sorting`: read once more, because the lines are not in order. */
  readonly onProgress?: ((source: TraceSource, sorting: boolean) => void) | undefined
}

/**
 * Reads a trace as it comes, in memory that does not grow with it: beside the mappings that are live
 * at one time it holds a window of events. What the trace says goes to files without a name in the
 * folder for temporary files: 288 bytes for each map with its unmap while it reads, and then 144, 64
 * for each operation and 8 for its time; of an operation log only those. To be closed with
 * `closeTrace`.
 *
 * Throws TraceError, InputError where there is no room, what the source throws, and the signal's
 * reason when it was aborted.
 */
export function openTrace(
  source: TraceSource,
  hints: TraceHints,
  options: OpenOptions = {},
): Promise<SpooledTrace> {
  return follow(openSchema, options, (followed) => openChecked(source, hints, followed))
}

const openSchema = optionsOf<OpenOptions>({
  signal: option.signal,
  onProgress: option.callback,
})

async function openChecked(
  source: TraceSource,
  hints: TraceHints,
  options: OpenOptions,
): Promise<SpooledTrace> {
  checkHints(hints)
  checkSource(source)
  const read = async (sorting: boolean): Promise<SpooledTrace> => {
    const breather = new Breather(options.signal)
    const reader = new TraceReader(hints, sorting)
    const breathe = async (): Promise<void> => {
      if (!breather.due) return
      options.onProgress?.(source, sorting)
      await breather.breathe()
    }
    try {
      for await (const chunk of unpack(source.chunks(options.signal))) {
        for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
          reader.push(chunk.subarray(from, from + SLICE_BYTES))
          await breathe()
        }
      }
      const finishing = reader.finish()
      for (;;) {
        const next = finishing.next()
        if (next.done) return next.value
        await breathe()
      }
    } catch (error) {
      reader.close()
      throw readingError(error, hints.file, reader.lines)
    }
  }
  try {
    return await read(false)
  } catch (error) {
    if (error instanceof OutOfOrder) return read(true)
    throw error
  }
}

/** Gives back what a trace holds on disk or in memory. */
export function closeTrace(trace: SpooledTrace): void {
  checkTrace(trace)
  trace.operations.close()
  trace.times?.close()
  trace.devices?.numbers.close()
}

function inOrder(read: (sorting: boolean) => SpooledTrace): SpooledTrace {
  try {
    return read(false)
  } catch (error) {
    if (error instanceof OutOfOrder) return read(true)
    throw error
  }
}

function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const next = steps.next()
    if (next.done) return next.value
  }
}

/** The same in memory; what it held is closed. */
export function whole(trace: SpooledTrace): WholeTrace {
  const { operations, times, devices, ...rest } = trace
  const inMemory = {
    operations: operations.load(),
    ...(times && { times: times.load() }),
    ...(devices && { devices: { ...devices, numbers: devices.numbers.load() } }),
  }
  closeTrace(trace)
  return { ...rest, ...inMemory }
}

function readingError(error: unknown, file: string, lines: number): unknown {
  if (!(error instanceof DamagedData)) return error
  return new TraceError(file, lines + 1, error.message, error.expected)
}
