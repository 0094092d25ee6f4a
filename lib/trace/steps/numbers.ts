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

/** In memory while they are few, then in a file. */
export class SpooledNumbers {
  readonly #spool = new Spool()
  readonly #piece = new Float64Array(PIECE)
  #filled = 0
  #known = false

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

  close(): void {
    this.#spool.close()
  }

  #flush(): void {
    this.#spool.append(new Uint8Array(this.#piece.buffer, 0, this.#filled * BYTES))
    this.#filled = 0
  }
}
