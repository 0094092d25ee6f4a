/**
 * Items that come nearly in the order of their keys, and leave in it: an item is put where it belongs
 * from the end on, which is a few places at most, and the first is at hand.
 */
export class NearlySorted<T> {
  readonly #key: (item: T) => number
  #items: T[] = []
  /** Those before this one have left. */
  #first = 0

  constructor(key: (item: T) => number) {
    this.#key = key
  }

  /** Behind all that have the same key. */
  push(item: T): void {
    const items = this.#items
    const key = this.#key(item)
    let at = items.length
    items.push(item)
    for (; at > this.#first && this.#key(items[at - 1] as T) > key; at--) {
      items[at] = items[at - 1] as T
    }
    items[at] = item
  }

  /** Takes the first if its key is below `limit`. */
  popBelow(limit: number): T | undefined {
    const item = this.#items[this.#first]
    if (item === undefined || this.#key(item) >= limit) return undefined
    this.#first++
    if (this.#first * 2 > this.#items.length + 1024) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }
}
