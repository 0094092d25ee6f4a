/** Numbers devices, in the order in which they are first seen. */
export class DeviceNumbers {
  readonly #numbers = new Map<string, number>()

  of(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#numbers.size)
    return this.#numbers.size - 1
  }

  /** By their numbers. */
  get names(): string[] {
    return [...this.#numbers.keys()]
  }
}
