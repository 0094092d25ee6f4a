/** Other loads made of one: more of it, without some of it, several at once. */
import {
  type Demand,
  DemandBuilder,
  type DemandPiece,
  demandPieces,
  OperationKind,
} from '../trace/index.js'
import { slotsAskedFor } from './demand.js'

const isMap = (kind: number): boolean => kind === OperationKind.map || kind === OperationKind.alloc

/** Ids of the second of a pair of mappings, of the third, and so on; those of a trace are far below. */
const TWIN_IDS = 2 ** 49

async function rebuilt(build: (to: DemandBuilder) => Promise<void>): Promise<Demand> {
  const to = new DemandBuilder()
  try {
    await build(to)
    return to.finish()
  } catch (error) {
    to.close()
    throw error
  }
}

/**
 * The same load and `percent` more of it: mappings are made twice, or more often, at the same time and
 * on the same CPU, so that at any time about so many slots more are asked for.
 */
export function moreLoad(
  demand: Demand,
  percent: number,
  signal: AbortSignal | undefined,
): Promise<Demand> {
  return rebuilt(async (to) => {
    const twins = new Map<number, number>()
    const most = Math.ceil(percent / 100)
    let owed = 0
    for await (const { operations, times, devices } of demandPieces(demand, signal)) {
      for (let i = 0; i < operations.length; i++) {
        const id = operations.id(i)
        let more = 0
        if (isMap(operations.kind(i))) {
          const slots = slotsAskedFor(operations, i)
          owed += (slots * percent) / 100
          // What a large one is owed is not made of many small ones at once.
          more = Math.min(most, Math.floor(owed / slots))
          owed -= more * slots
          if (more > 0) twins.set(id, more)
        } else {
          more = twins.get(id) ?? 0
          twins.delete(id)
        }
        for (let k = 0; k <= more; k++) {
          to.to.copy(operations, i, k === 0 ? {} : { id: k * TWIN_IDS + id })
          to.note(times[i], devices[i])
        }
      }
    }
  })
}

/** The load without some of its maps, which are named by their place among all operations. */
export function withoutMaps(
  demand: Demand,
  leave: (piece: DemandPiece, i: number, at: number) => boolean,
  signal: AbortSignal | undefined,
): Promise<Demand> {
  return rebuilt(async (to) => {
    const left = new Set<number>()
    let at = 0
    for await (const piece of demandPieces(demand, signal)) {
      const { operations, times, devices } = piece
      for (let i = 0; i < operations.length; i++, at++) {
        const id = operations.id(i)
        if (isMap(operations.kind(i))) {
          if (leave(piece, i, at)) {
            left.add(id)
            continue
          }
        } else if (left.delete(id)) {
          continue
        }
        to.to.copy(operations, i)
        to.note(times[i], devices[i])
      }
    }
  })
}

/** One load of several, with its place in time. */
interface Head {
  readonly pieces: AsyncIterator<DemandPiece>
  readonly of: number
  piece: DemandPiece | undefined
  i: number
  /** Operations before this piece. */
  before: number
  /** Since the first of the loads began: nanoseconds, or a share of the operations. */
  now: number
  /** When this one begins, on the same scale. */
  readonly start: number
  /** Its first time. */
  begin: number
}

/** How several loads are made one. */
interface Joint {
  /** For each load the number that its first device has among those of all. */
  readonly firstDevices: readonly number[]
  /** For each load the moment that falls together with those of the others, since it began. */
  readonly moments: readonly number[]
}

/**
 * Several loads at the same time: by their times, in nanoseconds, where all have them, else each at an
 * even pace by its share of operations.
 */
export function together(
  demands: readonly Demand[],
  { firstDevices, moments }: Joint,
  signal: AbortSignal | undefined,
): Promise<Demand> {
  const timed = demands.every(({ times }) => times !== undefined)
  const latest = Math.max(...moments)
  const starts = moments.map((moment) => latest - moment)
  return rebuilt(async (to) => {
    const heads: Head[] = []
    const step = async (head: Head): Promise<void> => {
      head.i++
      while (head.piece && head.i >= head.piece.operations.length) {
        head.before += head.piece.operations.length
        const next = await head.pieces.next()
        head.piece = next.done ? undefined : next.value
        head.i = 0
      }
      if (!head.piece) return
      if (!timed) {
        const share = (head.before + head.i) / (demands[head.of] as Demand).operations.length
        head.now = head.start + share
        return
      }
      const ns = head.piece.times[head.i] as number
      // What has no time stands behind what is before it.
      if (Number.isNaN(ns)) return
      if (Number.isNaN(head.begin)) head.begin = ns
      head.now = Math.max(head.now, head.start + ns - head.begin)
    }
    for (const [of, demand] of demands.entries()) {
      const pieces = demandPieces(demand, signal)[Symbol.asyncIterator]()
      const first = await pieces.next()
      const piece = first.done ? undefined : first.value
      const start = starts[of] as number
      const head: Head = {
        pieces,
        of,
        piece,
        i: -1,
        before: 0,
        now: start,
        start,
        begin: Number.NaN,
      }
      await step(head)
      heads.push(head)
    }
    const ids = new Map<string, number>()
    let lastId = 0
    for (;;) {
      let first: Head | undefined
      for (const head of heads) if (head.piece && (!first || head.now < first.now)) first = head
      if (!first?.piece) break
      const { piece, i, of } = first
      const { operations } = piece
      const key = `${of} ${operations.id(i)}`
      let id = ids.get(key)
      if (isMap(operations.kind(i))) {
        id = ++lastId
        ids.set(key, id)
      } else {
        ids.delete(key)
      }
      if (id !== undefined) {
        to.to.copy(operations, i, { id })
        to.note(
          timed ? first.now : Number.NaN,
          (firstDevices[of] as number) + (piece.devices[i] ?? Number.NaN),
        )
      }
      await step(first)
    }
  })
}
