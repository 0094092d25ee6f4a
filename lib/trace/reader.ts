/** A trace of any kind, from its bytes as they come. */

import { LineSplitter } from './bytes/splitter.js'
import { refuseUnreadable } from './bytes/unreadable.js'
import { EventScanner, OutOfOrder } from './events/scan.js'
import { LineSorter } from './events/sorted.js'
import { isOperationLog, LogReader } from './log/reader.js'
import { ProbedReader } from './probes/reader.js'
import { StandardReader } from './standard/reader.js'
import type { Reading, SpooledTrace, TraceHints } from './trace.js'
import { TraceError } from './trace-error.js'

/** What the kind of a file is told by. */
const HEAD_BYTES = 65536

interface LineReader {
  take(bytes: Buffer, from: number, end: number, line: number): void
  finish(cutLine: number | undefined): Generator<void, SpooledTrace>
  close(): void
}

/**
 * Reads a trace in one pass and in constant memory: what it holds goes to spools. Throws TraceError;
 * and OutOfOrder for a trace whose lines are not in the order of their times: then another reader is
 * to read it from its begin, with `sorting`.
 */
export class TraceReader {
  readonly #hints: TraceHints
  readonly #sorting: boolean
  #head: Buffer | undefined = Buffer.alloc(0)
  #splitter: LineSplitter | undefined
  #reader: LineReader | undefined

  constructor(hints: TraceHints, sorting: boolean) {
    this.#hints = hints
    this.#sorting = sorting
  }

  /** Lines read so far. */
  get lines(): number {
    return this.#splitter?.lines ?? 0
  }

  /** The bytes may be used again as soon as this returns. */
  push(bytes: Buffer): void {
    if (!this.#head) {
      this.#splitter?.push(bytes)
      return
    }
    this.#head = Buffer.concat([this.#head, bytes])
    if (this.#head.length >= HEAD_BYTES) this.#begin(this.#head)
  }

  /** The trace; it yields where its caller may let others have their turn. */
  *finish(): Generator<void, SpooledTrace> {
    if (this.#head) this.#begin(this.#head)
    return yield* (this.#reader as LineReader).finish(this.#splitter?.finish())
  }

  /** Gives back what is held, when the trace is not wanted. */
  close(): void {
    this.#reader?.close()
  }

  #begin(head: Buffer): void {
    this.#head = undefined
    const { file } = this.#hints
    if (head.length === 0) throw new TraceError(file, 1, 'the file is empty', 'a trace')
    refuseUnreadable(head, file)
    const reader = isOperationLog(head.subarray(0, HEAD_BYTES))
      ? new LogLines(this.#hints)
      : new EventLines(this.#hints, this.#sorting)
    this.#reader = reader
    this.#splitter = new LineSplitter(file, (bytes, from, end, line) =>
      reader.take(bytes, from, end, line),
    )
    this.#splitter.push(head)
  }
}

class LogLines implements LineReader {
  readonly #log: LogReader

  constructor(hints: TraceHints) {
    this.#log = new LogReader(hints)
  }

  take(bytes: Buffer, from: number, end: number, line: number): void {
    this.#log.take(bytes, from, end, line)
  }

  *finish(cutLine: number | undefined): Generator<void, SpooledTrace> {
    yield
    return this.#log.finish(cutLine)
  }

  close(): void {
    this.#log.close()
  }
}

/** Lines of events. Whether probes were set is known only when the first of them comes. */
class EventLines implements LineReader {
  readonly #hints: TraceHints
  readonly #scanner: EventScanner
  readonly #sorter: LineSorter | undefined
  readonly #probed: ProbedReader
  #standard: StandardReader | undefined

  constructor(hints: TraceHints, sorting: boolean) {
    this.#hints = hints
    this.#probed = new ProbedReader(hints)
    this.#scanner = new EventScanner(hints.file, (event, position) => {
      if (position === 0) this.#standard = new StandardReader(hints, this.#scanner.hasContext)
      this.#probed.take(event, position)
      if (this.#probed.isProbed) {
        this.#standard?.close()
        this.#standard = undefined
      }
      this.#standard?.take(event, position)
    })
    if (sorting) this.#sorter = new LineSorter(hints.file, this.#scanner)
  }

  take(bytes: Buffer, from: number, end: number, line: number): void {
    const text = bytes.toString('latin1', from, end)
    if (this.#sorter) this.#sorter.line(text, line)
    else this.#scanner.line(text, line)
  }

  *finish(cutLine: number | undefined): Generator<void, SpooledTrace> {
    if (this.#sorter) yield* this.#sorter.finish()
    const end = this.#scanner.finish(!this.#sorter, cutLine)
    const reader = this.#standard ?? this.#probed
    const reading: Reading = yield* reader.finish(end)
    if (this.#standard) this.#probed.close()
    return {
      file: this.#hints.file,
      format: end.format,
      layout: this.#standard ? 'standard' : 'probes',
      events: end.events,
      unused: end.unused,
      ...reading,
    }
  }

  close(): void {
    this.#sorter?.close()
    this.#probed.close()
    this.#standard?.close()
  }
}

export { OutOfOrder }
