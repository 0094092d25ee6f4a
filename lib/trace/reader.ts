/**
 * A trace of any kind, from its bytes as they come.
 *
 * Bytes become lines (`bytes/`), and the first lines tell what kind of text it is: `kinds` below. A
 * reader of another kind of text is a `LineReader` and one entry in that list. Lines of events become
 * events (`events/`), and which events come tells how they were recorded: `recordings` below. A reader
 * of another choice of events is an `EventReader` and one entry in that list; it writes what it finds
 * as steps (`steps/`), of which `emitOperations` makes what a replay runs.
 */
import { LineSplitter } from './bytes/splitter.js'
import { refuseOtherText, refuseUnreadable } from './bytes/unreadable.js'
import type { TraceEvent } from './events/events.js'
import { EventScanner, OutOfOrder, type ScanEnd } from './events/scan.js'
import { LineSorter } from './events/sorted.js'
import { FunctionReader } from './functions/reader.js'
import { isOperationLog } from './log/format.js'
import { LogReader } from './log/reader.js'
import { ProbedReader } from './probes/reader.js'
import { StandardReader } from './standard/reader.js'
import type { PoolFacts, Reading, SpooledTrace, TraceHints } from './trace.js'
import { TraceError } from './trace-error.js'

/** What the kind of a file is told by. */
const HEAD_BYTES = 65536

/** Reads the lines of one kind of text. */
interface LineReader {
  /** A line: what stands in `bytes` from `from` to before `end`. Throws TraceError. */
  take(bytes: Buffer, from: number, end: number, line: number): void
  /** The trace; `cutLine` is the number of a last line that has no end, and was not taken. */
  finish(cutLine: number | undefined): Generator<void, SpooledTrace>
  /** Gives back what is held, when the trace is not wanted. */
  close(): void
}

/** The first that knows the begin of a text reads it. `sorting`: its lines are out of order. */
const kinds: readonly {
  readonly knows: (head: Buffer) => boolean
  readonly reader: (hints: TraceHints, sorting: boolean) => LineReader
}[] = [
  { knows: isOperationLog, reader: (hints) => new LogReader(hints) },
  { knows: () => true, reader: (hints, sorting) => new EventLines(hints, sorting) },
]

/** Reads the events of one way of recording. */
interface EventReader {
  readonly layout: string
  /** Whether the events so far show that they were recorded in this way. */
  readonly applies: boolean
  take(event: TraceEvent, position: number): void
  /** No more events come: for a reader that knows only then whether it applies. */
  end?(): void
  finish(end: ScanEnd): Generator<void, Reading>
  close(): void
}

/** The first that applies reads; all take the events until one does. The last applies to the rest. */
const recordings: readonly ((hints: TraceHints, hasContext: boolean) => EventReader)[] = [
  (hints) => new ProbedReader(hints),
  (hints, hasContext) => new FunctionReader(hints, hasContext),
  (hints, hasContext) => new StandardReader(hints, hasContext),
]

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
    refuseOtherText(head, file)
    const start = head.subarray(0, HEAD_BYTES)
    const reader = kinds.find(({ knows }) => knows(start))?.reader(this.#hints, this.#sorting)
    this.#reader = reader
    this.#splitter = new LineSplitter(file, (bytes, from, end, line) =>
      reader?.take(bytes, from, end, line),
    )
    this.#splitter.push(head)
  }
}

/** Lines of events. How they were recorded is known only when the first event that tells it comes. */
class EventLines implements LineReader {
  readonly #hints: TraceHints
  readonly #scanner: EventScanner
  readonly #sorter: LineSorter | undefined
  #readers: EventReader[] = []

  constructor(hints: TraceHints, sorting: boolean) {
    this.#hints = hints
    this.#scanner = new EventScanner(hints.file, (event, position) => this.#event(event, position))
    if (sorting) this.#sorter = new LineSorter(hints.file, this.#scanner)
  }

  take(bytes: Buffer, from: number, end: number, line: number): void {
    if (this.#sorter) this.#sorter.line(bytes, from, end, line)
    else this.#scanner.line(bytes, from, end, line)
  }

  *finish(cutLine: number | undefined): Generator<void, SpooledTrace> {
    if (this.#sorter) yield* this.#sorter.finish()
    const end = this.#scanner.finish(!this.#sorter, cutLine)
    for (const reader of this.#readers) reader.end?.()
    // The last one is never dropped, unless one before it applies.
    const index = this.#readers.findIndex(({ applies }) => applies)
    const [reader] = this.#readers.splice(index, 1) as [EventReader]
    this.close()
    this.#readers = [reader]
    const reading = yield* reader.finish(end)
    const sorted = this.#sorter
      ? [
          `the times of the lines go back, first at line ${this.#sorter.firstBack}: they were put in order`,
        ]
      : []
    return {
      file: this.#hints.file,
      format: end.format,
      layout: reader.layout,
      events: end.events,
      unused: end.unused,
      placedIn: poolOf(this.#hints),
      ...reading,
      warnings: [...sorted, ...end.warnings, ...reading.warnings],
    }
  }

  close(): void {
    this.#sorter?.close()
    for (const reader of this.#readers) reader.close()
  }

  #event(event: TraceEvent, position: number): void {
    if (position === 0) {
      const { hasContext } = this.#scanner
      this.#readers = recordings.map((reader) => reader(this.#hints, hasContext))
    }
    for (let i = 0; i < this.#readers.length; i++) {
      const reader = this.#readers[i] as EventReader
      reader.take(event, position)
      if (!reader.applies || i + 1 === this.#readers.length) continue
      for (const other of this.#readers.splice(i + 1)) other.close()
    }
  }
}

const poolOf = ({ nslabs, nareas, start }: TraceHints): PoolFacts => ({
  ...(nslabs !== undefined && { nslabs }),
  ...(nareas !== undefined && { nareas }),
  ...(start !== undefined && { start }),
})

export { OutOfOrder }
