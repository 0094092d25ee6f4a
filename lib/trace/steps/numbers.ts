/** Numbers beside the operations of a trace, one for each: when it began, whose it was. */
import { Spool } from '../bytes/spool.js'

/** Numbers that are looked at in one piece. */
const PIECE = 8192
const BYTES = 8

/** One for each operation; NaN where nobody knows it. */
export type OperationNumbers = Float64Array | SpooledNumbers

/** All of them in memory. */
export function loadNumbers(numbers: OperationNumbers): Float64Array {
  return numbers instanceof Float64Array ? numbers : numbers.load()
}

/** Those of `count` operations from `from` on. */
export function numbersOf(numbers: OperationNumbers, from: number, count: number): Float64Array {
  return numbers instanceof Float64Array
    ? numbers.subarray(from, from + count)
    : numbers.read(from, count)
}

/** From the lowest to the highest that is known; 0 where none is. */
export function spanOf(numbers: OperationNumbers): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let from = 0; from < numbers.length; from += PIECE) {
    for (const value of numbersOf(numbers, from, PIECE)) {
      if (Number.isNaN(value)) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return Math.max(0, high - low)
}

/** Numbers on their way to another process. */
export type NumbersPlace = Float64Array | { readonly path: string; readonly length: number }

/** How another process gets at them, while this one holds them. */
export function placeOfNumbers(numbers: OperationNumbers): NumbersPlace {
  const file = numbers instanceof Float64Array ? undefined : numbers.file()
  if (file === undefined) return loadNumbers(numbers)
  return { path: `/proc/${process.pid}/fd/${file}`, length: numbers.length }
}

/** The numbers of another process. Throws the error of opening a file. */
export function openNumbers(place: NumbersPlace): OperationNumbers {
  if (place instanceof Float64Array) return place
  return new SpooledNumbers(Spool.of(place.path, place.length * BYTES))
}

/** In memory while they are few, then in a file. */
export class SpooledNumbers {
  readonly #spool: Spool
  readonly #piece = new Float64Array(PIECE)
  #filled = 0
  #known = false

  constructor(spool = new Spool()) {
    this.#spool = spool
  }

  /** Of those that were flushed: all, once they are finished. */
  get length(): number {
    return this.#spool.bytes / BYTES
  }

  push(value: number): void {
    this.#piece[this.#filled++] = value
    this.#known ||= !Number.isNaN(value)
    if (this.#filled === PIECE) this.#flush()
  }

  /** Undefined if none is known: then nothing is held any more. */
  finish(): this | undefined {
    this.#flush()
    if (this.#known) return this
    this.#spool.close()
    return undefined
  }

  load(): Float64Array {
    return new Float64Array(this.#spool.load())
  }

  read(from: number, count: number): Float64Array {
    const numbers = new Float64Array(count)
    const bytes = this.#spool.read(from * BYTES, new Uint8Array(numbers.buffer))
    return numbers.subarray(0, bytes / BYTES)
  }

  /** A file of all of them; undefined while they are in memory. */
  file(): number | undefined {
    return this.#spool.file()
  }

  close(): void {
    this.#spool.close()
  }

  #flush(): void {
    this.#spool.append(new Uint8Array(this.#piece.buffer, 0, this.#filled * BYTES))
    this.#filled = 0
  }
}
