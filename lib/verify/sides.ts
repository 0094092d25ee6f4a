/** The two sides of a comparison: the port in this process, the kernel's file as a driver. */
import { InputError } from '../data/errors.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { replayOperations } from '../measure/trail.js'
import type { Layout } from '../results/variant.js'
import type { Operations, PoolHeader } from '../trace/index.js'
import { firstMismatch, type Mismatch, NO_POOL } from './compare.js'
import { EndedEarly, runDriver } from './driver.js'
import type { Variant } from './variants.js'

export interface Sides {
  readonly variant: Variant
  /** The port's. */
  readonly tracker: TrackerName
  /** The compiled driver. */
  readonly program: string
  /** The port's. */
  readonly layout?: Partial<Layout> | undefined
  readonly signal?: AbortSignal | undefined
}

/** A kernel that crashed while it made its pool has answered, in its way. */
function endedEarly(error: unknown): EndedEarly {
  if (error instanceof EndedEarly) return error
  throw error
}

/**
 * Runs the same operations through both, each with a fresh pool.
 *
 * @throws InputError when the kernel makes another pool of these figures
 */
export async function compareSides(
  { variant, tracker, program, layout, signal }: Sides,
  pool: PoolHeader,
  operations: Operations,
  hashEvery: number,
): Promise<Mismatch | null> {
  const { grow, copies, flags } = variant
  const [trail, driver] = await Promise.all([
    replayOperations(operations, pool, { tracker, layout, grow, hashEvery, copies, signal }),
    runDriver(program, pool, operations, { flags, hashEvery, signal }).catch(endedEarly),
  ])
  if (driver instanceof EndedEarly) {
    return { operation: 0, field: NO_POOL, port: 'made', kernel: driver.message }
  }
  const { nslabs, nareas } = driver
  if (nslabs !== pool.nslabs || nareas !== pool.nareas) {
    throw new InputError(
      `pool: expected one that the kernel makes; of ${pool.nslabs} slots in ${pool.nareas} areas ` +
        `it makes ${nslabs} in ${nareas}`,
    )
  }
  return firstMismatch(operations, trail, driver, hashEvery)
}
