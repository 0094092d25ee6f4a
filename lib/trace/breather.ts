/** Long work on the event loop, in slices. */
import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 25

/** Lets others have their turn now and then, and ends the work when it was aborted. */
export class Breather {
  readonly #signal: AbortSignal | undefined
  #since = performance.now()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  /** Whether it is time for `breathe`. */
  get due(): boolean {
    return performance.now() - this.#since >= SLICE_MS
  }

  /** To be called every few milliseconds. Throws the signal's reason when it was aborted. */
  async breathe(): Promise<void> {
    if (!this.due) return
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#since = performance.now()
  }
}
