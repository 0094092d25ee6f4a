/** The tar that a capture script leaves: the trace, and what is known of the machine. */

import type { TraceSource } from './bytes/sources.js'
import { isTar, type TarEntry, tarEntries } from './bytes/tar.js'
import { DamagedData, unpack } from './bytes/unpack.js'
import { checkSource } from './check-trace.js'
import { type Notes, parseNotes } from './notes.js'
import { readPoolLines } from './pool.js'
import { TraceError } from './trace-error.js'

const TRACE = 'trace.txt'
export const META = 'meta.json'
export const DMESG = 'dmesg.txt'
export const NOTES = 'notes.txt'
/** Of the files beside the trace; far above what the script writes. */
export const MAX_SMALL_BYTES = 4 * 2 ** 20
/** What an archive is told by. */
const HEAD_BYTES = 512

export interface Capture {
  /** The trace in it, for openTrace(). */
  readonly trace: TraceSource
  readonly notes: Notes
  /** What went otherwise than asked while it was recorded, in the script's words. */
  readonly remarks: readonly string[]
}

/** The first bytes of a source, unpacked; all of it where there are fewer. */
async function headOf(source: TraceSource, signal: AbortSignal | undefined): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of unpack(source.chunks(signal))) {
    head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)])
    if (head.length >= HEAD_BYTES) break
  }
  return head
}

async function textOf(entry: TarEntry, file: string): Promise<string> {
  if (entry.size > MAX_SMALL_BYTES) {
    const problem = `${entry.name} in it has ${entry.size} bytes`
    throw new TraceError(file, 0, problem, `at most ${MAX_SMALL_BYTES}`)
  }
  const parts: Buffer[] = []
  for await (const part of entry.chunks()) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}

/** The bytes of the trace in a tar, each time from their begin. */
function traceIn(source: TraceSource): TraceSource {
  return {
    async *chunks(signal?: AbortSignal): AsyncGenerator<Buffer> {
      for await (const entry of tarEntries(unpack(source.chunks(signal)))) {
        if (entry.name === TRACE) yield* entry.chunks()
      }
    },
    get read() {
      return source.read
    },
    get size() {
      return source.size
    },
    close: () => source.close(),
  }
}

/** What boot messages tell of the pool where the notes are silent. */
export const withPoolLines = (notes: Notes, dmesg: string): Notes => ({
  ...notes,
  hints: { ...readPoolLines(dmesg), ...notes.hints },
})

/** The lines of a notes.txt. */
export const remarksOf = (text: string): string[] =>
  text.split('\n').filter((line) => line.trim() !== '')

function notesOf(file: string, texts: ReadonlyMap<string, string>): Notes {
  const meta = texts.get(META)
  const place = `${file} (${META} in it)`
  const notes: Notes =
    meta === undefined
      ? { file: place, hints: {}, hiwaterSlots: undefined, cpus: undefined, losses: [] }
      : parseNotes(place, meta)
  return withPoolLines(notes, texts.get(DMESG) ?? '')
}

/**
 * What is in a capture's tar, plain, gzip or zstd; undefined where the source is no tar.
 *
 * @param file its name, for messages
 * @throws TraceError for a tar without a trace or with damage, InputError for notes that make no
 *   sense, and what the source throws
 */
export async function openCapture(
  source: TraceSource,
  file: string,
  signal?: AbortSignal,
): Promise<Capture | undefined> {
  checkSource(source)
  try {
    if (!isTar(await headOf(source, signal))) return undefined
  } catch (error) {
    // Who reads it as a trace says which line it is.
    if (error instanceof DamagedData) return undefined
    throw error
  }
  const texts = new Map<string, string>()
  const names: string[] = []
  try {
    for await (const entry of tarEntries(unpack(source.chunks(signal)))) {
      names.push(entry.name)
      if ([META, DMESG, NOTES].includes(entry.name)) {
        texts.set(entry.name, await textOf(entry, file))
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedData)) throw error
    throw new TraceError(file, 0, error.message, 'a whole tar')
  }
  const traces = names.filter((name) => name === TRACE).length
  if (traces !== 1) {
    const held = names.length === 0 ? 'nothing' : names.slice(0, 8).join(', ')
    const problem = traces > 1 ? `a tar with ${traces} files ${TRACE}` : `a tar with ${held} in it`
    throw new TraceError(file, 0, problem, `one file ${TRACE}, as the capture script makes it`)
  }
  const remarks = remarksOf(texts.get(NOTES) ?? '')
  return { trace: traceIn(source), notes: notesOf(file, texts), remarks }
}
