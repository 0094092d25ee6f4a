/** The two sides of a comparison: the port in this process, the kernel's file as a driver. */
import { InputError } from '../data/errors.js'
import { replayOperations } from '../measure/trail.js'
import type { Layout } from '../results/variant.js'
import type { Operations, PoolHeader } from '../trace/index.js'
import { firstMismatch, type Mismatch } from './compare.js'
import { runDriver } from './driver.js'
import type { Variant } from './variants.js'

export interface Sides {
  readonly variant: Variant
  /** The compiled driver. */
  readonly program: string
  /** The port's. */
  readonly layout?: Partial<Layout> | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs the same operations through both, each with a fresh pool.
 *
 * @throws InputError when the kernel makes another pool of these figures
 */
export async function compareSides(
  { variant, program, layout, signal }: Sides,
  pool: PoolHeader,
  operations: Operations,
  hashEvery: number,
): Promise<Mismatch | null> {
  const { tracker, grow, flags } = variant
  const [trail, driver] = await Promise.all([
    replayOperations(operations, pool, { tracker, layout, grow, hashEvery, signal }),
    runDriver(program, pool, operations, { flags, hashEvery, signal }),
  ])
  const { nslabs, nareas } = driver
  if (nslabs !== pool.nslabs || nareas !== pool.nareas) {
    throw new InputError(
      `pool: expected one that the kernel makes; of ${pool.nslabs} slots in ${pool.nareas} areas ` +
        `it makes ${nslabs} in ${nareas}`,
    )
  }
  return firstMismatch(operations, trail, driver, hashEvery)
}
