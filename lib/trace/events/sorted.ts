/**
 * Lines that are not in the order of their times, as when the files of several CPUs were put
 * together: they go to a spool in stretches that are in order, and come back merged.
 */

import { Spool } from '../bytes/spool.js'
import { Queue } from '../queue.js'
import { TraceError } from '../trace-error.js'
import type { EventScanner } from './scan.js'

/** Lines that may come too late and are put in order in memory. */
const WINDOW = 4096
/** Stretches that can be merged, each with a piece in memory. */
const MAX_STRETCHES = 2048
/** Lines that are there twice, to the last byte: by a coarse clock a few are no copies. */
const MOST_TWICE = 16
const PIECE_BYTES = 16384
/** In front of each line: its length, its number, and from there on its time. */
const HEAD_BYTES = 20
const TIME_AT = 12

interface Held {
  readonly time: number
  readonly line: number
  readonly bytes: Buffer
}

export class LineSorter {
  readonly #file: string
  readonly #scanner: EventScanner
  readonly #window = new Queue<Held>(
    (held) => held.time,
    (held) => held.line,
  )
  #spool = new Spool()
  readonly #head = Buffer.alloc(HEAD_BYTES)
  /** Where each stretch ends. */
  readonly #ends: number[] = []
  #written = Number.NEGATIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  #firstBack = 0
  #before: Buffer | undefined
  #twice = 0

  constructor(file: string, scanner: EventScanner) {
    this.#file = file
    this.#scanner = scanner
  }

  /** Takes a line; nothing comes out yet. Throws TraceError. */
  line(bytes: Buffer, from: number, end: number, line: number): void {
    const time = this.#scanner.timeOf(bytes, from, end, line)
    if (time === undefined) return
    if (time < this.#last && this.#firstBack === 0) this.#firstBack = line
    if (!Number.isNaN(time)) this.#last = time
    // Without a time, it stays behind the line before it.
    if (time < this.#written) this.#endStretch()
    const held = Buffer.from(bytes.subarray(from, end))
    this.#window.push({ time: Number.isNaN(time) ? this.#written : time, line, bytes: held })
    if (this.#window.length > WINDOW) this.#write(this.#window.popBelow(Number.POSITIVE_INFINITY))
  }

  /** The first line whose time lies before that above it. */
  get firstBack(): number {
    return this.#firstBack
  }

  /** Hands all events to the scanner, in order. Yields where others may have their turn. */
  *finish(): Generator<void> {
    this.#endStretch()
    const heads = new Queue<{ readonly held: Held; readonly rest: Iterator<Held> }>(
      ({ held }) => held.time,
      ({ held }) => held.line,
    )
    let from = 0
    for (const end of this.#ends) {
      const rest = this.#stretch(from, end)
      const first = rest.next()
      if (!first.done) heads.push({ held: first.value, rest })
      from = end
    }
    let done = 0
    for (;;) {
      const head = heads.popBelow(Number.POSITIVE_INFINITY)
      if (!head) break
      const { held, rest } = head
      this.#countTwice(held)
      this.#scanner.again(held.bytes, 0, held.bytes.length, held.line)
      const next = rest.next()
      if (!next.done) heads.push({ held: next.value, rest })
      if (++done % 1024 === 0) yield
    }
    this.#spool.close()
  }

  close(): void {
    this.#spool.close()
  }

  /** Throws TraceError for what would make two mappings of each. */
  #countTwice({ bytes, line }: Held): void {
    if (this.#before?.equals(bytes)) this.#twice++
    this.#before = bytes
    if (this.#twice < MOST_TWICE) return
    throw new TraceError(
      this.#file,
      line,
      `this line and ${MOST_TWICE - 1} before it are in the text twice`,
      'each event once: no part twice, and parts that do not overlap',
    )
  }

  #endStretch(): void {
    for (;;) {
      const held = this.#window.popBelow(Number.POSITIVE_INFINITY)
      if (!held) break
      this.#write(held)
    }
    this.#ends.push(this.#spool.bytes)
    this.#written = Number.NEGATIVE_INFINITY
    if (this.#ends.length <= MAX_STRETCHES) return
    throw new TraceError(
      this.#file,
      0,
      `the times of the lines go back at more than ${MAX_STRETCHES} places`,
      'lines in the order of their times; the command sort can bring them into it',
    )
  }

  #write(held: Held | undefined): void {
    if (!held) return
    const { time, line, bytes } = held
    const head = this.#head
    head.writeUInt32LE(bytes.length, 0)
    head.writeUIntLE(line, 4, 6)
    head.writeDoubleLE(time, TIME_AT)
    this.#written = time
    this.#spool.append(head)
    this.#spool.append(bytes)
  }

  *#stretch(from: number, end: number): Generator<Held> {
    let piece: Buffer = Buffer.alloc(PIECE_BYTES)
    let filled = 0
    let at = 0
    let next = from
    const more = (bytes: number): void => {
      if (filled - at >= bytes) return
      const kept = piece.subarray(at, filled)
      const larger = Buffer.alloc(Math.max(PIECE_BYTES, bytes))
      larger.set(kept)
      filled = kept.length
      at = 0
      piece = larger
      const got = this.#spool.read(
        next,
        piece.subarray(filled, Math.min(piece.length, filled + end - next)),
      )
      next += got
      filled += got
    }
    while (next < end || at < filled) {
      more(HEAD_BYTES)
      const length = piece.readUInt32LE(at)
      const line = piece.readUIntLE(at + 4, 6)
      const time = piece.readDoubleLE(at + TIME_AT)
      at += HEAD_BYTES
      more(length)
      // `more` takes another piece, so that these bytes stay.
      yield { time, line, bytes: piece.subarray(at, at + length) }
      at += length
    }
  }
}
