/**
 * Steps as records of 96 bytes, in the byte order of this machine: nobody else reads them. Very many
 * wait in memory and all go through a file, where objects would keep the garbage collector busy.
 *
 *     0 u8 kind   1 u8 direction   2 u8 flags   4 i32 cpu   8 u32 device   16 f64 at ... 88 f64 since
 */
import type { Direction } from '../operations.js'
import type { Step } from './step.js'

export const RECORD_BYTES = 96
const INTS = RECORD_BYTES / 4
const FLOATS = RECORD_BYTES / 8
/** Where the numbers stand: integers of 32 bits, and floats. */
const CPU = 1
const DEVICE = 2
const AT = 2
const ID = 3
const ORIG = 4
const SIZE = 5
const AM = 6
const MAM = 7
const BUS = 8
const SLOT = 9
const NS = 10
const SINCE = 11
/** Of the first integer. */
const DIRECTION_BITS = 8
const NO_COPY = 1 << 16
const UNSEEN = 1 << 17
const UNBOUNCED = 1 << 18

/** Room for so many steps. */
export class StepRecords {
  readonly length: number
  readonly ints: Int32Array
  readonly floats: Float64Array

  constructor(length: number) {
    this.length = length
    this.floats = new Float64Array(length * FLOATS)
    this.ints = new Int32Array(this.floats.buffer)
  }

  /** The first of them. */
  bytes(count: number): Uint8Array {
    return new Uint8Array(this.floats.buffer, 0, count * RECORD_BYTES)
  }

  /** The position of a step. */
  at(index: number): number {
    return this.floats[index * FLOATS + AT] as number
  }

  set(index: number, step: Step): void {
    const { ints, floats } = this
    const int = index * INTS
    const float = index * FLOATS
    ints[int] =
      step.kind |
      (step.dir << DIRECTION_BITS) |
      (step.noCopy ? NO_COPY : 0) |
      (step.unseen ? UNSEEN : 0) |
      (step.unbounced ? UNBOUNCED : 0)
    ints[int + CPU] = step.cpu
    ints[int + DEVICE] = step.device
    floats[float + AT] = step.at
    floats[float + ID] = step.id
    floats[float + ORIG] = step.orig
    floats[float + SIZE] = step.size
    floats[float + AM] = step.am
    floats[float + MAM] = step.mam
    floats[float + BUS] = step.bus
    floats[float + SLOT] = step.slot
    floats[float + NS] = step.ns
    floats[float + SINCE] = step.since
  }

  /** As integers, since the first of them may look like a NaN. */
  copy(index: number, from: StepRecords, other: number): void {
    const { ints } = this
    const to = index * INTS
    const at = other * INTS
    for (let i = 0; i < INTS; i++) ints[to + i] = from.ints[at + i] as number
  }
}

/** A step that is a record; it becomes another with `of`. */
export class RecordedStep implements Readonly<Step> {
  readonly #ints: Int32Array
  readonly #floats: Float64Array
  #int = 0
  #float = 0

  constructor(records: StepRecords) {
    this.#ints = records.ints
    this.#floats = records.floats
  }

  /** Makes it one of which nothing else is known. */
  begin(kind: Step['kind'], at: number): void {
    const int = this.#int
    const float = this.#float
    this.#ints.fill(0, int, int + INTS)
    this.#ints[int] = kind
    this.#floats[float + AT] = at
    this.#floats[float + MAM] = Number.NaN
    this.#floats[float + BUS] = Number.NaN
    this.#floats[float + SLOT] = Number.NaN
    this.#floats[float + NS] = Number.NaN
    this.#floats[float + SINCE] = -1
  }

  of(index: number): this {
    this.#int = index * INTS
    this.#float = index * FLOATS
    return this
  }

  get kind(): Step['kind'] {
    return (this.#head & ((1 << DIRECTION_BITS) - 1)) as Step['kind']
  }

  get dir(): Direction {
    return ((this.#head >> DIRECTION_BITS) & ((1 << DIRECTION_BITS) - 1)) as Direction
  }

  set dir(value: Direction) {
    this.#ints[this.#int] = this.#head | (value << DIRECTION_BITS)
  }

  get noCopy(): boolean {
    return (this.#head & NO_COPY) !== 0
  }

  set noCopy(value: boolean) {
    this.#flag(NO_COPY, value)
  }

  get unseen(): boolean {
    return (this.#head & UNSEEN) !== 0
  }

  set unseen(value: boolean) {
    this.#flag(UNSEEN, value)
  }

  get unbounced(): boolean {
    return (this.#head & UNBOUNCED) !== 0
  }

  set unbounced(value: boolean) {
    this.#flag(UNBOUNCED, value)
  }

  get cpu(): number {
    return this.#ints[this.#int + CPU] as number
  }

  set cpu(value: number) {
    this.#ints[this.#int + CPU] = value
  }

  get device(): number {
    return (this.#ints[this.#int + DEVICE] as number) >>> 0
  }

  set device(value: number) {
    this.#ints[this.#int + DEVICE] = value
  }

  get at(): number {
    return this.#number(AT)
  }

  get id(): number {
    return this.#number(ID)
  }

  set id(value: number) {
    this.#floats[this.#float + ID] = value
  }

  get orig(): number {
    return this.#number(ORIG)
  }

  set orig(value: number) {
    this.#floats[this.#float + ORIG] = value
  }

  get size(): number {
    return this.#number(SIZE)
  }

  set size(value: number) {
    this.#floats[this.#float + SIZE] = value
  }

  get am(): number {
    return this.#number(AM)
  }

  get mam(): number {
    return this.#number(MAM)
  }

  get bus(): number {
    return this.#number(BUS)
  }

  set bus(value: number) {
    this.#floats[this.#float + BUS] = value
  }

  get slot(): number {
    return this.#number(SLOT)
  }

  get ns(): number {
    return this.#number(NS)
  }

  set ns(value: number) {
    this.#floats[this.#float + NS] = value
  }

  get since(): number {
    return this.#number(SINCE)
  }

  set since(value: number) {
    this.#floats[this.#float + SINCE] = value
  }

  #flag(flag: number, isSet: boolean): void {
    if (isSet) this.#ints[this.#int] = this.#head | flag
  }

  get #head(): number {
    return this.#ints[this.#int] as number
  }

  #number(field: number): number {
    return this.#floats[this.#float + field] as number
  }
}
