/** Why a map failed: the areas at that moment. */
import { closeSync } from 'node:fs'
import { formatSlots, SEGMENT_SLOTS, SLOT_BYTES, verbOf } from '../data/units.js'
import { PLACEMENT_WORDS, type PoolPlace, readPlacements, runInPool } from '../measure/pool-run.js'
import type { AreaState, Failure, FailureCause } from '../results/size.js'
import {
  type Demand,
  type DemandPiece,
  demandPieces,
  OperationKind,
  type Operations,
  openNameless,
} from '../trace/index.js'
import { slotsAskedFor } from './demand.js'

/** Characters of a picture's line, and lines of a picture. */
const WIDTH = 64
const HEIGHT = 8

/** Which slots are taken, while placements go by. */
class Occupancy {
  readonly #taken: Uint8Array
  readonly #live = new Map<number, { readonly slot: number; readonly slots: number }>()

  constructor(slots: number) {
    this.#taken = new Uint8Array(slots)
  }

  take(id: number, slot: number, slots: number): void {
    this.#live.set(id, { slot, slots })
    this.#taken.fill(1, slot, slot + slots)
  }

  free(id: number): void {
    const live = this.#live.get(id)
    if (!live) return
    this.#live.delete(id)
    this.#taken.fill(0, live.slot, live.slot + live.slots)
  }

  isFree(slot: number): boolean {
    return this.#taken[slot] === 0
  }
}

/** What an area is like; areas of a pool are alike in size. */
function stateOf(taken: Occupancy, area: number, areaSlots: number): AreaState {
  let usedSlots = 0
  let run = 0
  let longestRun = 0
  for (let k = 0; k < areaSlots; k++) {
    const slot = area * areaSlots + k
    if (slot % SEGMENT_SLOTS === 0) run = 0
    if (taken.isFree(slot)) {
      longestRun = Math.max(longestRun, ++run)
    } else {
      usedSlots++
      run = 0
    }
  }
  return { area, usedSlots, freeSlots: areaSlots - usedSlots, longestRun }
}

/** A mapping's request, as the search for its slots sees it: 32 bits of addresses and masks. */
interface Request {
  readonly slots: number
  readonly orig: number
  readonly alignMask: number
  readonly minMask: number
}

function requestOf(operations: Operations, i: number): Request {
  const low = (value: bigint): number => Number(value & 0xffff_ffffn)
  const isAlloc = operations.kind(i) === OperationKind.alloc
  const size = operations.size(i)
  const mam = low(operations.mam(i))
  let am = isAlloc ? 2 ** Math.ceil(Math.log2(Math.max(size, 4096))) - 1 : low(operations.am(i))
  // A mapping of a page and more begins on a page, where the device wants nothing else.
  if (am === 0 && mam === 0 && size >= 4096) am = 0xfff
  am = (am | (SLOT_BYTES - 1)) >>> 0
  return {
    slots: slotsAskedFor(operations, i),
    orig: isAlloc ? 0 : low(operations.orig(i)),
    alignMask: am,
    minMask: (mam & ~am) >>> 0,
  }
}

/** Whether the whole area has a free run in which the request may begin, whatever the search sees. */
function hasPlace(
  taken: Occupancy,
  { area, areaSlots, start }: { area: number; areaSlots: number; start: bigint },
  { slots, orig, alignMask, minMask }: Request,
): boolean {
  const base = Number(start & 0xffff_ffffn)
  let run = 0
  // From the last slot to the first, so that the run from each on is known.
  for (let k = areaSlots - 1; k >= 0; k--) {
    const slot = area * areaSlots + k
    if (slot % SEGMENT_SLOTS === SEGMENT_SLOTS - 1) run = 0
    run = taken.isFree(slot) ? run + 1 : 0
    if (run < slots) continue
    const address = (base + slot * SLOT_BYTES) >>> 0
    if ((address & alignMask) !== 0) continue
    if (orig === 0 || ((address ^ orig) & minMask) === 0) return true
  }
  return false
}

/** `.` free, `-` up to half used, `+` more, `#` all. */
function pictureOf(taken: Occupancy, area: number, areaSlots: number, each: number): string[] {
  const marks: string[] = []
  for (let k = 0; k < areaSlots; k += each) {
    let used = 0
    const end = Math.min(k + each, areaSlots)
    for (let slot = k; slot < end; slot++) if (!taken.isFree(area * areaSlots + slot)) used++
    const share = used / (end - k)
    marks.push(share === 0 ? '.' : share <= 0.5 ? '-' : share < 1 ? '+' : '#')
  }
  const lines: string[] = []
  for (let k = 0; k < marks.length; k += WIDTH) lines.push(marks.slice(k, k + WIDTH).join(''))
  return lines
}

function reasonOf(
  cause: FailureCause,
  { slots: needed }: Request,
  states: readonly AreaState[],
): string {
  const what = `${formatSlots(needed)} ${needed === 1 ? 'is' : 'are'} needed in one run`
  const free = states.reduce((sum, state) => sum + state.freeSlots, 0)
  const most = Math.max(...states.map((state) => state.freeSlots))
  const longest = Math.max(...states.map((state) => state.longestRun))
  const where = states.length === 1 ? '' : ` in ${states.length} areas, at most ${most} in one`
  switch (cause) {
    case 'too-large':
      return `${what}, and a run is never longer than ${SEGMENT_SLOTS}: no pool size helps`
    case 'exhausted':
      return `${what}, and ${free} ${verbOf(free, 'is', 'are')} free${where}`
    case 'fragmented':
      return `${what}; ${free} ${verbOf(free, 'is', 'are')} free${where}, but the longest free run is ${longest}`
    case 'misaligned':
      return `${what}; the longest free run is ${longest}, but none that is long enough begins where this mapping may begin`
    case 'missed':
      return `${what}, and there is such a place, but the kernel's search does not look at each slot and passed over it`
  }
}

function causeOf(request: Request, states: readonly AreaState[], anyPlace: boolean): FailureCause {
  if (request.slots > SEGMENT_SLOTS) return 'too-large'
  if (states.every(({ freeSlots }) => freeSlots < request.slots)) return 'exhausted'
  if (states.every(({ longestRun }) => longestRun < request.slots)) return 'fragmented'
  return anyPlace ? 'missed' : 'misaligned'
}

/** A piece of operations with where each was placed: the slot of a map that failed is -1. */
export interface PlacedPiece extends DemandPiece {
  readonly places: Int32Array
  /** Operations before the piece. */
  readonly from: number
}

/** Runs a load in a pool, and gives it back with its places. */
export async function* placedPieces(
  demand: Demand,
  pool: PoolPlace,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlacedPiece> {
  const placementsFile = openNameless()
  try {
    await runInPool(demand.operations, pool, 'off', {
      layout: { slotIndex: 'bitmap' },
      placementsFile,
      signal,
    })
    let from = 0
    for await (const piece of demandPieces(demand, signal)) {
      const { length } = piece.operations
      yield { ...piece, from, places: readPlacements(placementsFile, from, length) }
      from += length
    }
  } finally {
    closeSync(placementsFile)
  }
}

/**
 * The first map that fails in a pool, and the pool at that moment; null where none fails.
 *
 * @param devices names, by number
 */
export async function firstFailure(
  demand: Demand,
  pool: PoolPlace,
  devices: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Failure | null> {
  const taken = new Occupancy(pool.slots)
  const areaSlots = pool.slots / pool.areas
  let map = 0
  let begin = Number.NaN
  for await (const piece of placedPieces(demand, pool, signal)) {
    const { operations, places, times } = piece
    for (let i = 0; i < operations.length; i++) {
      const kind = operations.kind(i)
      const now = times[i] ?? Number.NaN
      if (Number.isNaN(begin)) begin = now
      if (kind === OperationKind.unmap || kind === OperationKind.free) {
        taken.free(operations.id(i))
        continue
      }
      map++
      const [slot = 0, slots = 0] = places.subarray(PLACEMENT_WORDS * i, PLACEMENT_WORDS * i + 2)
      if (slot >= 0) {
        taken.take(operations.id(i), slot, slots)
        continue
      }
      const request = requestOf(operations, i)
      const states = Array.from({ length: pool.areas }, (_, area) =>
        stateOf(taken, area, areaSlots),
      )
      const anyPlace = states.some(({ area }) =>
        hasPlace(taken, { area, areaSlots, start: pool.start }, request),
      )
      const cause = causeOf(request, states, anyPlace)
      const cpu = operations.cpu(i)
      const homeArea = cpu & (pool.areas - 1)
      const slotsPerCharacter = Math.max(1, areaSlots / (WIDTH * HEIGHT))
      return {
        map,
        seconds: Number.isNaN(now) ? null : (now - begin) / 1e9,
        device: devices[piece.devices[i] ?? Number.NaN] ?? null,
        cpu,
        bytes: operations.size(i),
        neededSlots: request.slots,
        cause,
        reason: reasonOf(cause, request, states),
        homeArea,
        areas: states,
        picture: pictureOf(taken, homeArea, areaSlots, slotsPerCharacter),
        slotsPerCharacter,
      }
    }
  }
  return null
}
