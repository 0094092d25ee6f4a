// One pool with its areas: the search, taking and releasing slots (§1, §4-§6). A slot in use points
// to its mapping and everything else is derived from that by definition, so there is no second
// record that could go out of step.

import { type SlotState, slotOffset } from './bounce.js'
import {
  at,
  checkPool,
  low32,
  type Placed,
  type PoolShape,
  SEGMENT_SLOTS,
  SLOT_BYTES,
  searchMasks,
  type Wanted,
} from './rules.js'

interface Mapping {
  /** first taken slot, pad slots included */
  readonly slot: number
  readonly pad: number
  /** null: taken by alloc, nothing is copied */
  readonly orig: bigint | null
  readonly size: number
  /** offset in the slot that the device keeps */
  readonly slotOffset: number
}

interface Area {
  used: number
  /** where the next search starts, counted from the start of the area */
  index: number
}

export class ReferencePool {
  readonly shape: PoolShape
  /** 0 = default, n = n-th grown, -1 = transient */
  readonly number: number
  readonly areaNslabs: number
  readonly #areas: Area[]
  readonly #slots: (Mapping | null)[]

  constructor(shape: PoolShape, number: number) {
    this.shape = shape
    this.number = number
    this.areaNslabs = shape.nslabs / shape.nareas
    this.#areas = Array.from({ length: shape.nareas }, () => ({ used: 0, index: 0 }))
    this.#slots = new Array<Mapping | null>(shape.nslabs).fill(null)
  }

  /** A pool as the boot code or growth makes it; throws RangeError on an impossible shape. */
  static checked(shape: PoolShape, number: number): ReferencePool {
    checkPool(shape)
    return new ReferencePool(shape, number)
  }

  areaIndex(area: number): number {
    return at(this.#areas, area).index
  }

  setAreaIndex(area: number, index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.areaNslabs) {
      throw new RangeError(`index ${index} is outside an area of ${this.areaNslabs} slots`)
    }
    at(this.#areas, area).index = index
  }

  areaUsed(area: number): number {
    return at(this.#areas, area).used
  }

  contains(address: bigint): boolean {
    const offset = address - this.shape.start
    return offset >= 0n && offset < BigInt(this.shape.nslabs * SLOT_BYTES)
  }

  /** Searches one area and takes what it finds; null when there is nothing. */
  map(areaNumber: number, wanted: Wanted, keepsOrig = true): Placed | null {
    const slot = this.#search(areaNumber, wanted)
    return slot === null ? null : this.#take(areaNumber, slot, wanted, keepsOrig)
  }

  /** §4. The first slot of the run, counted from the start of the pool. */
  #search(areaNumber: number, wanted: Wanted): number | null {
    const area = at(this.#areas, areaNumber)
    const { nslots } = wanted
    if (nslots > this.areaNslabs - area.used) return null

    const { align, match, stride } = searchMasks(wanted)
    const base = this.shape.start & wanted.bm
    const baseLow = low32(base)
    const origLow = low32(wanted.orig)
    const matches = wanted.orig !== 0n
    const boundarySlots = Number((wanted.bm >> 11n) + 1n)
    const baseSlots = Number(base >> 11n)

    let index = area.index
    let checked = 0
    while (checked < this.areaNslabs) {
      const slot = areaNumber * this.areaNslabs + index
      // A bit operation takes its operands modulo 2^32, which is where the masks end.
      const address = baseLow + slot * SLOT_BYTES
      if ((address & align) !== 0 || (matches && ((address ^ origLow) & match) !== 0)) {
        index += 1
        checked += 1
      } else {
        const crosses = ((baseSlots + slot) % boundarySlots) + nslots > boundarySlots
        if (!crosses && this.#isFreeRun(slot, nslots)) return slot
        index += stride
        checked += stride
      }
      // Not modulo: a search can end before it has come back to every candidate.
      if (index >= this.areaNslabs) index = 0
    }
    return null
  }

  /** §5 without the counts: all free, and no segment border inside. */
  #isFreeRun(slot: number, nslots: number): boolean {
    const last = slot + nslots - 1
    if (last >= this.shape.nslabs || segmentStart(slot) !== segmentStart(last)) return false
    for (let i = slot; i <= last; i++) {
      if (at(this.#slots, i) !== null) return false
    }
    return true
  }

  #take(areaNumber: number, slot: number, wanted: Wanted, keepsOrig: boolean): Placed {
    const area = at(this.#areas, areaNumber)
    const pad = Math.floor(wanted.offset / SLOT_BYTES)
    const offset = wanted.offset % SLOT_BYTES
    const mapping: Mapping = {
      slot,
      pad,
      orig: keepsOrig ? wanted.orig : null,
      size: wanted.size,
      slotOffset: slotOffset(wanted.orig, wanted.mam),
    }
    for (let i = slot; i < slot + wanted.nslots; i++) this.#slots[i] = mapping
    area.used += wanted.nslots
    const next = slot - areaNumber * this.areaNslabs + wanted.nslots
    area.index = next >= this.areaNslabs ? 0 : next
    return {
      ok: true,
      slot,
      nslots: wanted.nslots,
      offset,
      pad,
      pool: this.number,
      address: this.shape.start + BigInt((slot + pad) * SLOT_BYTES + offset),
    }
  }

  /** §2: the fields of a slot in use. Throws Error for a free one. */
  slotState(slot: number): SlotState {
    const mapping = this.#mappingAt(slot)
    const i = slot - mapping.slot
    const isPad = i < mapping.pad
    return {
      orig:
        isPad || mapping.orig === null
          ? null
          : mapping.orig + BigInt((i - mapping.pad) * SLOT_BYTES),
      allocSize: mapping.size - (mapping.slotOffset + i * SLOT_BYTES),
      padSlots: i === mapping.pad ? mapping.pad : 0,
    }
  }

  /** The slot of a pool address. */
  slotOf(address: bigint): number {
    return Number((address - this.shape.start) / BigInt(SLOT_BYTES))
  }

  /** §6: gives the slots behind a returned address back to their area; how many they were. */
  unmap(address: bigint, mam: number): number {
    const inSlot = slotOffset(address, mam)
    const first = this.slotOf(address - BigInt(inSlot))
    const slot = first - this.slotState(first).padSlots
    const nslots = Math.ceil((this.slotState(slot).allocSize + inSlot) / SLOT_BYTES)
    const mapping = this.#mappingAt(slot)
    for (let i = slot; i < slot + nslots; i++) {
      if (this.#mappingAt(i) !== mapping) {
        throw new Error(`unmap of 0x${address.toString(16)} reaches into another mapping`)
      }
      this.#slots[i] = null
    }
    at(this.#areas, Math.floor(slot / this.areaNslabs)).used -= nslots
    return nslots
  }

  #mappingAt(slot: number): Mapping {
    const mapping = at(this.#slots, slot)
    if (mapping === null) throw new Error(`slot ${slot} is free`)
    return mapping
  }

  /**
   * §5 by definition: free slots from i to the first used slot or to the end of i's segment (or of
   * the pool); 0 = used. Read from back to front.
   */
  freeRunCounts(): Int32Array {
    const counts = new Int32Array(this.shape.nslabs)
    for (let i = this.shape.nslabs - 1; i >= 0; i--) {
      const isLast = i + 1 === this.shape.nslabs || segmentStart(i + 1) !== segmentStart(i)
      const behind = isLast ? 0 : at(counts, i + 1)
      counts[i] = at(this.#slots, i) === null ? behind + 1 : 0
    }
    return counts
  }
}

/** First slot of the segment. The hottest line: under jest a global like Math is slow to reach. */
function segmentStart(slot: number): number {
  return slot - (slot % SEGMENT_SLOTS)
}
