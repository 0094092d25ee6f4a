/** Bare operations through the port, with everything that they left behind. */
import { oneOf } from '../data/errors.js'
import { checkObject, checkOptions, option, optionsOf } from '../data/options.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { type NativePool, type NativeVariant, nativeVariant, poolAt } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import { UNTIMED } from '../native/plans/replay.js'
import { runNative } from '../native/run.js'
import { loadedTrackers } from '../native/trackers.js'
import type { Layout } from '../results/variant.js'
import type { Operations } from '../trace/index.js'

/** What a replay of bare operations notes after each of them. */
export interface OperationTrail {
  /** Five per operation: slot, nslots, offset, pad, pool; see the engine's lab_replay_result. */
  readonly placements: Int32Array
  readonly used: Float64Array
  readonly hiwater: Float64Array
  /** Three per operation: size in bytes, total and used slots of "buffer is full", or zeros. */
  readonly full: Float64Array
  /**
   * FNV-1a hashes of the allocator: of all run counts and search indices, and of everything else
   * that it keeps. Two after every `hashEvery` operations, and two at the end; none without it.
   */
  readonly hashes: BigUint64Array
  /** One per operation: a hash of the data that it could have touched; none without copies. */
  readonly data: BigUint64Array
  /** One of all data whenever `hashes` has two; none without copies. */
  readonly memory: BigUint64Array
}

export interface TrailOptions {
  readonly tracker?: TrackerName | undefined
  readonly layout?: Partial<Layout> | undefined
  readonly grow?: boolean | undefined
  readonly hashEvery?: number | undefined
  /** With data that are copied, in the instrumented build. */
  readonly copies?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = optionsOf<TrailOptions>({
  tracker: option.own,
  layout: option.own,
  grow: option.flag,
  hashEvery: option.number,
  copies: option.flag,
  signal: option.signal,
})

/** As replayOperations(), with all that the engine gives. */
export async function nativeTrail(
  operations: Operations,
  pool: NativePool,
  variant: NativeVariant,
  {
    hashEvery = 0,
    copies = false,
    signal,
  }: Pick<TrailOptions, 'hashEvery' | 'copies' | 'signal'> = {},
) {
  const result = await runNative(
    {
      kind: 'replay',
      pool,
      variant,
      operations: operations.buffer,
      operationsFile: null,
      ...UNTIMED,
      sampleEvery: 0,
      trail: true,
      course: false,
      placementsFile: null,
      hashEvery,
      copies,
    },
    { signal },
  )
  const { placements, used, hiwater, full } = result
  if (result.badOperation !== null) {
    throw new Error(`operation ${result.badOperation} makes no sense`)
  }
  if (!placements || !used || !hiwater || !full) throw new Error('the replay kept no trail')
  return { ...result, placements, used, hiwater, full }
}

/** Replays bare operations, and notes everything after each: for comparing implementations. */
export async function replayOperations(
  operations: Operations,
  pool: { readonly nslabs: number; readonly nareas: number; readonly start: bigint },
  options: TrailOptions = {},
): Promise<OperationTrail> {
  checkOptions(schema, options)
  const { tracker = 'global-atomic', layout, grow, hashEvery, copies, signal } = options
  checkObject('operations', operations, 'Operations')
  checkObject('pool', pool, '{nslabs, nareas, start}')
  const { placements, used, hiwater, full, hashes, data, memory } = await nativeTrail(
    operations,
    poolAt(pool.nslabs, pool.nareas, pool.start, grow ?? false),
    nativeVariant(oneOf('tracker', tracker, loadedTrackers()), resolveLayout(layout), pool.nslabs),
    { hashEvery, copies, signal },
  )
  const none = new BigUint64Array()
  return {
    placements,
    used,
    hiwater,
    full,
    hashes: hashes ?? none,
    data: data ?? none,
    memory: memory ?? none,
  }
}
