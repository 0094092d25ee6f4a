/** Steps that wait until all that comes before them is known. */
import type { StepFile } from './file.js'
import { RecordedStep, StepRecords } from './records.js'
import type { Step } from './step.js'

/** Steps that have room at first. */
const FIRST_ROOM = 8192
/** Places of steps that were written are dropped so many at a time, at least. */
const WRITTEN_AT_A_TIME = 1024

/**
 * Steps come nearly in their order, and leave in it: a step is put where it belongs from the end on,
 * which is a few places at most, and the first is at hand.
 */
export class StepQueue {
  #records = new StepRecords(FIRST_ROOM)
  #step = new RecordedStep(this.#records)
  /** Places of records, in the order of the steps; those before the first were written. */
  #order: number[] = []
  #first = 0
  readonly #free: number[] = []
  #used = 0
  /** Those that may still change, by the places of their records. */
  readonly #open = new Map<number, Step>()

  /** A new step, to be filled in at once: the next call makes another of it. */
  add(kind: Step['kind'], at: number): RecordedStep {
    const place = this.#take()
    const step = this.#step.of(place)
    step.begin(kind, at)
    this.#insert(place)
    return step
  }

  /** A step that may be changed until it is written. */
  addOpen(step: Step): void {
    const place = this.#take()
    this.#records.set(place, step)
    this.#insert(place)
    this.#open.set(place, step)
  }

  /** Writes those that lie before a position. */
  release(limit: number, file: StepFile): void {
    const order = this.#order
    const records = this.#records
    for (; this.#first < order.length; this.#first++) {
      const place = order[this.#first] as number
      if (records.at(place) >= limit) break
      const changed = this.#open.size > 0 ? this.#open.get(place) : undefined
      if (changed) {
        file.write(changed)
        this.#open.delete(place)
      } else {
        file.copy(records, place)
      }
      this.#free.push(place)
    }
    if (this.#first < WRITTEN_AT_A_TIME || this.#first * 2 < order.length) return
    this.#order = order.slice(this.#first)
    this.#first = 0
  }

  /* Behind all that have the same position. */
  #insert(place: number): void {
    const order = this.#order
    const records = this.#records
    const position = records.at(place)
    let at = order.length
    order.push(place)
    for (; at > this.#first && records.at(order[at - 1] as number) > position; at--) {
      order[at] = order[at - 1] as number
    }
    order[at] = place
  }

  /* A place for a record. */
  #take(): number {
    const place = this.#free.pop() ?? this.#used++
    if (place === this.#records.length) {
      const larger = new StepRecords(2 * place)
      larger.ints.set(this.#records.ints)
      this.#records = larger
      this.#step = new RecordedStep(larger)
    }
    return place
  }
}
