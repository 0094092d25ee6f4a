import { Spool } from '../bytes/spool.js'

/** Times that are looked at in one piece. */
const PIECE = 8192

/** All of them in memory. */
export function loadTimes(times: Float64Array | SpooledTimes): Float64Array {
  return times instanceof Float64Array ? times : times.load()
}

/** When each operation began, ns; in memory while they are few. */
export class SpooledTimes {
  readonly #spool = new Spool()
  readonly #piece = new Float64Array(PIECE)
  #filled = 0
  #known = false

  push(ns: number): void {
    this.#piece[this.#filled++] = ns
    this.#known ||= !Number.isNaN(ns)
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

  close(): void {
    this.#spool.close()
  }

  #flush(): void {
    this.#spool.append(new Uint8Array(this.#piece.buffer, 0, this.#filled * 8))
    this.#filled = 0
  }
}
