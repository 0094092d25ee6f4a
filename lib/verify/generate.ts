/**
 * Streams of random operations from a profile and a seed. The stream does not see the results: an
 * unmap may name a mapping that failed, which must give back nothing.
 */

import { Random } from '../data/random.js'
import {
  Direction,
  type Operations,
  OperationsBuilder,
  type PoolHeader,
  slotsOfMap,
} from '../trace/index.js'
import { type Profile, SEGMENT_SLOTS } from './profiles.js'

/**
 * One operation. `unmap` and `free` use cpu and id; `sync` these, the offset in `orig` and `size`; `reset` (the mark to 0) and `settle` (what was
 * put off is done) use nothing; `setIndex` sets the index of area `cpu` to `size`; `alloc` is a map
 * without orig and am. Fields without a use are 0.
 */
export interface Operation {
  readonly kind: 'map' | 'unmap' | 'sync' | 'reset' | 'setIndex' | 'settle' | 'alloc' | 'free'
  readonly cpu: number
  /** unique among the live ids; used again after its unmap */
  readonly id: number
  readonly orig: bigint
  readonly size: number
  readonly am: number
  readonly mam: number
  readonly bm: bigint
  /** Of a map; of a sync whom it is for, toDevice or fromDevice. */
  readonly dir?: Direction
  /** Of an unmap. */
  readonly noCopy?: boolean
}

export interface GenerateOptions {
  /** Multiplies the share of the pool that is kept in flight. */
  readonly load?: number
  /** Half of the requests are allocs; for restricted pools. */
  readonly allocs?: boolean
  /** What was put off waits for operations of its own; for pools that grow. */
  readonly settles?: boolean
  /** There are data: maps have directions, and parts of mappings are synced. */
  readonly data?: boolean
}

/** Above all memory of pools, so that an original address is never one of a pool. */
const DATA_ORIG = 1n << 46n

const DIRECTIONS = [Direction.bidirectional, Direction.toDevice, Direction.fromDevice] as const
const NOTHING = { cpu: 0, id: 0, orig: 0n, size: 0, am: 0, mam: 0, bm: 0n } as const

interface Flight {
  readonly id: number
  readonly nslots: number
  /** Bytes of the mapping. */
  readonly size: number
  readonly endedBy: 'unmap' | 'free'
}

/** Mappings in flight; ids of ended ones are handed out again, half of the time. */
class Live {
  readonly #random: Random
  readonly #flights: Flight[] = []
  readonly #ended: number[] = []
  #nextId = 1
  /** slots asked for by the mappings in flight */
  slots = 0

  constructor(random: Random) {
    this.#random = random
  }

  get count(): number {
    return this.#flights.length
  }

  /** Any of them. */
  pick(): Flight {
    return this.#random.pick(this.#flights)
  }

  add(nslots: number, size: number, endedBy: Flight['endedBy']): number {
    const reused = this.#random.chance(0.5) ? this.#ended.pop() : undefined
    const id = reused ?? this.#nextId++
    this.#flights.push({ id, nslots, size, endedBy })
    this.slots += nslots
    return id
  }

  /** Ends the oldest mapping or any. */
  remove(): Flight {
    const place = this.#random.chance(0.4) ? 0 : this.#random.below(this.#flights.length)
    const [gone] = this.#flights.splice(place, 1)
    if (gone === undefined) throw new Error('nothing is live')
    this.slots -= gone.nslots
    this.#ended.push(gone.id)
    return gone
  }
}

/**
 * Yields `count` operations, then the unmaps of what is still live. The load wanders between the
 * profile's bounds.
 */
export function* generate(
  profile: Profile,
  pool: PoolHeader,
  seed: number,
  count: number,
  { load = 1, allocs = false, settles = false, data = false }: GenerateOptions = {},
): Generator<Operation> {
  const random = new Random(seed)
  const live = new Live(random)
  const [low, high] = profile.load
  const cpu = () => profile.cpu(random, pool.nareas)
  const end = (): Operation => {
    const on = cpu()
    const { id, endedBy } = live.remove()
    const noCopy = data && random.chance(0.1)
    return { ...NOTHING, kind: endedBy, cpu: on, id, noCopy }
  }
  const sync = (): Operation => {
    const { id, size } = live.pick()
    const offset = random.chance(0.3) ? 0 : random.below(size)
    const part = random.chance(0.3) ? size - offset : random.between(1, size - offset)
    const dir = random.pick([Direction.toDevice, Direction.fromDevice])
    return { ...NOTHING, kind: 'sync', cpu: cpu(), id, orig: BigInt(offset), size: part, dir }
  }
  const begin = (): Operation => {
    const { orig: drawn, size, am, mam, bm } = profile.draw(random)
    const orig = data && drawn !== 0n ? drawn | DATA_ORIG : drawn
    const dir = data ? random.pick(DIRECTIONS) : Direction.unknown
    const on = cpu()
    const alloc = allocs && random.chance(0.5)
    const nslots = alloc
      ? slotsOfMap(0, size)
      : slotsOfMap(Number(BigInt.asUintN(32, orig)), size, am, mam)
    // A request that no pool can hold must not count as load.
    const id = live.add(nslots > SEGMENT_SLOTS ? 0 : nslots, size, alloc ? 'free' : 'unmap')
    return alloc
      ? { ...NOTHING, kind: 'alloc', cpu: on, id, size, mam, bm }
      : { kind: 'map', cpu: on, id, orig, size, am, mam, bm, dir }
  }

  let target = 0
  for (let i = 0; i < count; i++) {
    if (i % 500 === 0) {
      target = load * pool.nslabs * (low + ((high - low) * random.below(1000)) / 999)
    }
    if (settles && random.chance(0.02)) {
      yield { ...NOTHING, kind: 'settle' }
    } else if (random.chance(0.001)) {
      yield { ...NOTHING, kind: 'reset' }
    } else if (random.chance(0.002)) {
      const size = random.below(pool.nslabs / pool.nareas)
      yield { ...NOTHING, kind: 'setIndex', cpu: random.below(pool.nareas), size }
    } else if (data && live.count > 0 && random.chance(0.2)) {
      yield sync()
    } else if (live.count === 0 || random.chance(live.slots < target ? 0.75 : 0.25)) {
      yield begin()
    } else {
      yield end()
    }
  }
  while (live.count > 0) yield end()
}

/** The same operations, packed. */
export function packOperations(operations: Iterable<Operation>): Operations {
  const builder = new OperationsBuilder()
  for (const operation of operations) {
    switch (operation.kind) {
      case 'map':
        builder.map(operation)
        break
      case 'unmap':
        builder.unmap(operation)
        break
      case 'sync': {
        const { cpu, id, orig, size, dir } = operation
        const target = dir === Direction.toDevice ? 'device' : 'cpu'
        builder.sync({ cpu, id, offset: Number(orig), size, target })
        break
      }
      case 'reset':
        builder.reset()
        break
      case 'setIndex':
        builder.setIndex(operation.cpu, operation.size)
        break
      case 'settle':
        builder.settle()
        break
      case 'alloc':
        builder.alloc(operation)
        break
      case 'free':
        builder.free(operation)
        break
    }
  }
  return builder.build()
}
