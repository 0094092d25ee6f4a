/** Makes operations of the steps of a trace: the second pass. */

import { SLOT_BYTES } from '../../data/units.js'
import { Spool } from '../bytes/spool.js'
import { OperationsBuilder } from '../operations-builder.js'
import { offsetOfMap, slotsAt, slotsOfMap, startOf } from '../slots.js'
import type { PoolFacts, Reading } from '../trace.js'
import { ElsewhereTally } from './elsewhere.js'
import type { StepFile } from './file.js'
import { SpooledNumbers } from './numbers.js'
import { type Step, StepKind } from './step.js'
import { inRange, type PoolRange } from './where.js'

/** A mapping that was live before the trace, of which only the unmap is known. */
export interface PlacedMapping {
  readonly device: number
  readonly cpu: number
  readonly bus: number
  readonly size: number
  readonly orig: number
}

/** What is known when all steps have been written. */
export interface EmitFacts {
  readonly hints: PoolFacts
  /** What lies outside is another pool's; undefined: nothing does. */
  readonly range: PoolRange | undefined
  /** Bus address of slot 0; undefined: slots are unknown. */
  readonly start: number | undefined
  /** Names of the devices, by number. */
  readonly devices: readonly string[]
  readonly before: readonly PlacedMapping[]
  /** The min_align_mask of a step's device. */
  readonly mamOf: (step: Pick<Step, 'device' | 'orig' | 'bus' | 'kind' | 'mam'>) => number
  /** Whether a map without its bounce is the pool's all the same. */
  readonly counts: (step: Readonly<Step>) => boolean
  /** Whether it is sure that a map failed. */
  readonly failedAt: (step: Readonly<Step>) => boolean
}

export interface Emitted {
  readonly reading: Pick<
    Reading,
    | 'operations'
    | 'times'
    | 'devices'
    | 'maps'
    | 'unmaps'
    | 'failedMaps'
    | 'failedSlots'
    | 'elsewhere'
  >
  /** Unmaps that nobody saw, and maps of which only the unmap was seen. */
  readonly lostUnmaps: number
  readonly lostMaps: number
  /** Maps that count without their bounce. */
  readonly withoutBounce: number
  /** Slots that were live before the trace, and those of them that have a place. */
  readonly beforeSlots: number
  readonly placedSlots: number
  /** Whether a step is of the pool. */
  readonly inPool: (step: Readonly<Step>) => boolean
}

/** Far beyond what any map can get: more the engine does not take. */
const MAX_BYTES = 2 ** 32 - 1

/**
 * Mappings that were live before the trace are placed first, if it is known where. The first map
 * of each area sets that area's index: where the kernel's search began there is unknown. Yields
 * where its caller may let others have their turn.
 */
export function* emitOperations(file: StepFile, facts: EmitFacts): Generator<void, Emitted> {
  const emitter = new Emitter(facts)
  emitter.place()
  yield
  yield* file.visit((step) => emitter.take(step))
  return emitter.finish()
}

class Emitter {
  readonly #facts: EmitFacts
  readonly #perArea: number | undefined
  readonly #builder = new OperationsBuilder(new Spool())
  readonly #times = new SpooledNumbers()
  readonly #devices = new SpooledNumbers()
  readonly #elsewhere: ElsewhereTally
  /** Areas whose index was set. */
  readonly #begun = new Set<number>()
  /** Of those before the trace, by their place in the list: its id, or 0 where it has no place. */
  readonly #placed: number[] = []
  /** Live mappings that do not count. */
  readonly #left = new Set<number>()
  #maps = 0
  #unmaps = 0
  #failed = 0
  #failedSlots = 0
  #lostUnmaps = 0
  #lostMaps = 0
  #withoutBounce = 0
  #beforeSlots = 0
  #placedSlots = 0

  constructor(facts: EmitFacts) {
    this.#facts = facts
    const { nslabs, nareas } = facts.hints
    this.#perArea = nslabs && nareas ? nslabs / nareas : undefined
    this.#elsewhere = new ElsewhereTally(facts.devices)
  }

  place(): void {
    const { before, start } = this.#facts
    for (const [index, mapping] of before.entries()) {
      const { bus, size, device } = mapping
      this.#placed[index] = 0
      if (!this.#isHere(bus, Number.NaN, 0)) {
        // Of what lies outside, bounced or not, only those count that were seen to be bounced.
        continue
      }
      this.#beforeSlots += slotsAt(bus, size)
      if (start === undefined) continue
      const step = { ...mapping, kind: StepKind.unmapBefore, mam: Number.NaN, device }
      const mam = this.#facts.mamOf(step)
      const slot = Math.floor((bus - start) / SLOT_BYTES)
      const id = index + 1
      const cpu = this.#cpuOf(mapping.cpu, slot)
      this.#builder.place({ cpu, orig: mapping.orig, size, mam, id, expect: slot + 1 })
      this.#note(Number.NaN, device)
      this.#placedSlots += slotsOfMap(mapping.orig, size, 0, mam)
      this.#placed[index] = id
    }
  }

  take(step: Readonly<Step>): void {
    switch (step.kind) {
      case StepKind.map:
        this.#map(step)
        break
      case StepKind.unmap:
        this.#unmap(step)
        break
      case StepKind.unmapBefore: {
        const id = this.#placed[step.id] ?? 0
        if (id === 0) break
        this.#unmaps++
        this.#builder.unmap({ cpu: Math.max(0, step.cpu), id, noCopy: step.noCopy })
        this.#note(step.ns)
        break
      }
      case StepKind.failed:
        if (this.#facts.failedAt(step)) this.#fail(step)
        break
      default:
    }
  }

  finish(): Emitted {
    const operations = this.#builder.finish()
    const times = this.#times.finish()
    const numbers = this.#devices.finish()
    return {
      reading: {
        operations,
        ...(times && { times }),
        ...(numbers && { devices: { names: this.#facts.devices, numbers } }),
        maps: this.#maps,
        unmaps: this.#unmaps,
        failedMaps: this.#failed,
        failedSlots: this.#failedSlots,
        elsewhere: this.#elsewhere.finish(),
      },
      lostUnmaps: this.#lostUnmaps,
      lostMaps: this.#lostMaps,
      withoutBounce: this.#withoutBounce,
      beforeSlots: this.#beforeSlots,
      placedSlots: this.#placedSlots,
      inPool: (step) =>
        this.#isHere(step.bus, step.slot, 0) && !(step.unbounced && !this.#facts.counts(step)),
    }
  }

  /* In the pool that is replayed. A slot that the kernel noted tells it even without the size. */
  #isHere(bus: number, slot: number, offset: number): boolean {
    const { range, start } = this.#facts
    if (Number.isNaN(bus)) return true
    if (!Number.isNaN(slot) && start !== undefined && startOf(bus, slot, offset) !== start) {
      return false
    }
    return range === undefined || inRange(range, bus)
  }

  #map(step: Readonly<Step>): void {
    const { bus, orig, size, am, device, id } = step
    if (step.unbounced && !this.#facts.counts(step)) {
      this.#left.add(id)
      return
    }
    const mam = this.#facts.mamOf(step)
    if (!this.#isHere(bus, step.slot, offsetOfMap(orig, am, mam))) {
      this.#left.add(id)
      if (!step.unseen) this.#elsewhere.begin(id, device, bus, size)
      return
    }
    this.#elsewhere.noteHere(device)
    const slot = this.#slotOf(step)
    this.#setIndex(slot)
    const cpu = this.#cpuOf(step.cpu, slot)
    const expect = slot === undefined ? 0 : slot + 1
    this.#builder.map({ cpu, orig, size, am, mam, id: this.#idOf(id), expect, dir: step.dir })
    this.#note(step.ns, device)
    if (step.unseen) this.#lostMaps++
    else this.#maps++
    if (step.unbounced) this.#withoutBounce++
  }

  #unmap(step: Readonly<Step>): void {
    if (this.#left.delete(step.id)) {
      this.#elsewhere.end(step.id)
      return
    }
    const { cpu, noCopy, id } = step
    this.#builder.unmap({ cpu: Math.max(0, cpu), id: this.#idOf(id), noCopy })
    this.#note(step.ns)
    if (step.unseen) this.#lostUnmaps++
    else this.#unmaps++
  }

  #fail(step: Readonly<Step>): void {
    const { cpu, orig, am } = step
    const size = Math.min(step.size, MAX_BYTES)
    const mam = this.#facts.mamOf(step)
    this.#builder.failed({ cpu: Math.max(0, cpu), orig, size, am, mam, dir: step.dir })
    this.#note(step.ns, step.device)
    this.#failed++
    this.#failedSlots += slotsOfMap(orig, size, am, mam)
  }

  /* Those that were placed have the first numbers. */
  #idOf(id: number): number {
    return this.#facts.before.length + 1 + id
  }

  #slotOf({ slot, bus }: Step): number | undefined {
    const { start } = this.#facts
    if (!Number.isNaN(slot)) return slot
    return Number.isNaN(bus) || start === undefined
      ? undefined
      : Math.floor((bus - start) / SLOT_BYTES)
  }

  #setIndex(slot: number | undefined): void {
    if (slot === undefined || this.#perArea === undefined) return
    const area = Math.floor(slot / this.#perArea)
    if (this.#begun.has(area)) return
    this.#begun.add(area)
    this.#builder.setIndex(area, slot - area * this.#perArea)
    this.#note(Number.NaN)
  }

  /* Layouts without context do not show the CPU; the area is where its search began, if it had room. */
  #cpuOf(cpu: number, slot: number | undefined): number {
    if (cpu >= 0) return cpu
    const perArea = this.#perArea
    return slot === undefined || perArea === undefined ? 0 : Math.floor(slot / perArea)
  }

  #note(ns: number, device = Number.NaN): void {
    this.#times.push(ns)
    this.#devices.push(device)
  }
}
