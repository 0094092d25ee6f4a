/** Positions (indices of events) between which events are missing: from < lost events <= to. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** Where a trace has lost events. */
export class Gaps {
  /** In their order, those that touch made one. */
  readonly #gaps: Gap[] = []

  constructor(gaps: readonly Gap[]) {
    for (const gap of [...gaps].sort((a, b) => a.from - b.from)) {
      const last = this.#gaps.at(-1)
      if (last && gap.from < last.to) {
        this.#gaps[this.#gaps.length - 1] = { from: last.from, to: Math.max(last.to, gap.to) }
      } else {
        this.#gaps.push(gap)
      }
    }
  }

  get count(): number {
    return this.#gaps.length
  }

  /** Whether events are missing right beside a position. */
  near(position: number): boolean {
    const before = this.#gaps[this.#lastFrom(position)]
    return before !== undefined && position <= before.to
  }

  /** Whether events may be missing behind `since` and before `at`. */
  between(since: number, at: number): boolean {
    const before = this.#gaps[this.#lastFrom(at - 1)]
    return before !== undefined && before.to > since
  }

  /** Which of the stretches between the gaps a position lies in, from 0; -1 for none. */
  stretchOf(position: number): number {
    const index = this.#lastFrom(position - 1)
    const before = this.#gaps[index]
    return before === undefined || position >= before.to ? index + 1 : -1
  }

  /* The last gap that begins at or before a position; -1 for none. */
  #lastFrom(position: number): number {
    let low = 0
    let high = this.#gaps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#gaps[middle] as Gap).from <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
