/** A heap: the least first; among equals by their rank, or what came first. */
export class Queue<T> {
  readonly #key: (item: T) => number
  readonly #rank: ((item: T) => number) | undefined
  readonly #heap: { readonly key: number; readonly order: number; readonly item: T }[] = []
  #order = 0

  constructor(key: (item: T) => number, rank?: (item: T) => number) {
    this.#key = key
    this.#rank = rank
  }

  get length(): number {
    return this.#heap.length
  }

  push(item: T): void {
    const heap = this.#heap
    const order = this.#rank ? this.#rank(item) : this.#order++
    const entry = { key: this.#key(item), order, item }
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as typeof entry
      if (before(above, entry)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** The key of the first. */
  get first(): number | undefined {
    return this.#heap[0]?.key
  }

  /** Takes the first if its key is below `limit`. */
  popBelow(limit: number): T | undefined {
    const heap = this.#heap
    const [top] = heap
    if (!top || top.key >= limit) return undefined
    const last = heap.pop() as typeof top
    if (heap.length > 0) this.#sink(last)
    return top.item
  }

  #sink(entry: { readonly key: number; readonly order: number; readonly item: T }): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const left = heap[child] as typeof entry
      const right = heap[child + 1]
      if (right && before(right, left)) child++
      const smaller = heap[child] as typeof entry
      if (before(entry, smaller)) break
      heap[at] = smaller
      at = child
    }
    heap[at] = entry
  }
}

interface Ranked {
  readonly key: number
  readonly order: number
}

function before(a: Ranked, b: Ranked): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order)
}
