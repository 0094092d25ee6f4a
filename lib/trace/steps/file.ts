/** The steps of a trace, in a spool. */
import type { Spool } from '../bytes/spool.js'
import { RECORD_BYTES, RecordedStep, StepRecords } from './records.js'
import type { Step } from './step.js'

/** Records that are looked at in one piece. */
const PIECE = 8192

/** Writes steps to a spool, and reads them in either direction. */
export class StepFile {
  readonly #spool: Spool
  readonly #records = new StepRecords(256)
  #filled = 0

  constructor(spool: Spool) {
    this.#spool = spool
  }

  write(step: Step): void {
    this.#records.set(this.#filled++, step)
    if (this.#filled === this.#records.length) this.#flush()
  }

  /** Writes a step that is a record already. */
  copy(from: StepRecords, index: number): void {
    this.#records.copy(this.#filled++, from, index)
    if (this.#filled === this.#records.length) this.#flush()
  }

  /** All steps, from the first or from the last; it yields a piece of them at a time. */
  *visit(take: (step: Readonly<Step>) => void, backwards = false): Generator<void> {
    this.#flush()
    const records = new StepRecords(PIECE)
    const step = new RecordedStep(records)
    const pieceBytes = PIECE * RECORD_BYTES
    const pieces = Math.ceil(this.#spool.bytes / pieceBytes)
    for (let i = 0; i < pieces; i++) {
      const at = (backwards ? pieces - 1 - i : i) * pieceBytes
      const count = this.#spool.read(at, records.bytes(PIECE)) / RECORD_BYTES
      for (let k = 0; k < count; k++) take(step.of(backwards ? count - 1 - k : k))
      yield
    }
  }

  close(): void {
    this.#spool.close()
  }

  #flush(): void {
    this.#spool.append(this.#records.bytes(this.#filled))
    this.#filled = 0
  }
}
