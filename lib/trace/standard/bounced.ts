/** Joins each swiotlb_bounced with the dma event of the same map, which comes after the copy. */
import type { Segment, TraceEvent } from '../events/events.js'
import { RecentMap } from '../recent.js'

/** One swiotlb_bounced: here a map is counted, if it becomes one. */
export interface Bounce {
  readonly position: number
  readonly thread: string
  readonly device: string
  readonly cpu: number
  readonly orig: number
  readonly size: number
  readonly ns: number
  /** Whether it may still become a map, and hold others up. */
  pending: boolean
  /** The one before it that waits with the same address. */
  below: Bounce | undefined
}

/** A bounce that no map followed for so many events is of a map that failed. */
const LONGEST_MAP = 65536
/** Without tasks in the trace, a map that follows its bounce later than this is another one. */
const ANONYMOUS_DISTANCE = 64
/** Those that are done are forgotten so many at a time, at least. */
const DONE_AT_A_TIME = 1024
/** Threads that are remembered. */
const MAX_THREADS = 65536
/**
 * The event shows the device's address of the memory, a map its physical one: the same but for the
 * bit that says that memory is encrypted, which is above these.
 */
const ADDRESS_RANGE = 2 ** 44

export class BounceJoiner {
  readonly #hasContext: boolean
  /** Those that wait for their map: the latest of each address; and all in their order. */
  readonly #waiting = new Map<number, Bounce>()
  #order: Bounce[] = []
  /** Those before this one are not pending. */
  #first = 0
  /** Of how many the thread did nothing more for long. */
  #stalled = 0
  readonly #lastWork = new RecentMap<string, number>(MAX_THREADS)
  #count = 0
  #joined = 0

  /** `hasContext`: whether lines show who ran. */
  constructor(hasContext: boolean) {
    this.#hasContext = hasContext
  }

  /** All bounces so far, and those of which the map was found. */
  get count(): number {
    return this.#count
  }

  get joined(): number {
    return this.#joined
  }

  /** Position of the oldest that may still become a map; Infinity without any. */
  get oldest(): number {
    const order = this.#order
    while (this.#first < order.length && !order[this.#first]?.pending) this.#first++
    if (this.#first > DONE_AT_A_TIME && this.#first * 2 > order.length) {
      this.#order = order.slice(this.#first)
      this.#first = 0
    }
    return this.#order[this.#first]?.position ?? Number.POSITIVE_INFINITY
  }

  /** Position of the thread's last event, -1 if it had none. */
  lastOf(thread: string): number {
    return this.#lastWork.get(thread) ?? -1
  }

  /** A thread has done something that shows where it is. */
  work(thread: string, position: number): void {
    this.#lastWork.set(thread, position)
  }

  add(event: TraceEvent & { readonly kind: 'bounced' }, position: number): void {
    this.#count++
    const { thread, device, cpu, orig, size, ns } = event
    const key = orig % ADDRESS_RANGE
    const below = this.#waiting.get(key)
    const bounce = { position, thread, device, cpu, orig, size, ns, pending: true, below }
    this.#waiting.set(key, bounce)
    this.#order.push(bounce)
  }

  /** The latest bounce that fits: earlier ones belong to maps that failed. */
  join(event: TraceEvent & { readonly device: string }, segment: Segment): Bounce | undefined {
    let bounce = this.#waiting.get(segment.orig % ADDRESS_RANGE)
    for (; bounce; bounce = bounce.below) {
      if (
        bounce.size === segment.size &&
        bounce.thread === event.thread &&
        bounce.device === event.device
      ) {
        this.#drop(bounce)
        return bounce
      }
    }
    return undefined
  }

  /** The segments behind the end of a cut list were bounced last. */
  joinHidden(list: TraceEvent & { readonly kind: 'map-list' }): Bounce[] {
    const found: Bounce[] = []
    for (let i = this.#order.length - 1; i >= this.#first && found.length < list.hidden; i--) {
      const bounce = this.#order[i] as Bounce
      const { pending, thread, device } = bounce
      if (pending && thread === list.thread && device === list.device) found.push(bounce)
    }
    for (const bounce of found) this.#drop(bounce)
    return found
  }

  /** Hands on those of which it is now clear that their maps failed. */
  expire(position: number, fail: (bounce: Bounce) => void): void {
    while (this.oldest < position - LONGEST_MAP) {
      const bounce = this.#order[this.#first] as Bounce
      bounce.pending = false
      if (this.#inFlight(bounce)) {
        this.#stalled++
      } else {
        this.#forget(bounce)
        fail(bounce)
      }
    }
  }

  /** At the end of the trace: as `expire`, of all; and how many were under way. */
  finish(): { readonly failed: readonly Bounce[]; readonly underWay: number } {
    const pending = this.#order.slice(this.#first).filter((bounce) => bounce.pending)
    const failed = pending.filter((bounce) => !this.#inFlight(bounce))
    return { failed, underWay: this.#stalled + pending.length - failed.length }
  }

  #inFlight({ thread, position }: Bounce): boolean {
    return this.lastOf(thread) - position <= (this.#hasContext ? 0 : ANONYMOUS_DISTANCE)
  }

  #drop(bounce: Bounce): void {
    this.#joined++
    if (!bounce.pending) this.#stalled--
    this.#forget(bounce)
  }

  #forget(bounce: Bounce): void {
    bounce.pending = false
    const key = bounce.orig % ADDRESS_RANGE
    const latest = this.#waiting.get(key)
    if (latest !== bounce) {
      let above = latest
      while (above && above.below !== bounce) above = above.below
      if (above) above.below = bounce.below
    } else if (bounce.below) {
      this.#waiting.set(key, bounce.below)
    } else {
      this.#waiting.delete(key)
    }
    // Nobody is held by one that is done.
    bounce.below = undefined
  }
}
