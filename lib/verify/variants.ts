/** The builds of the kernel's file that are compared, and what in the port stands beside each. */
import type { Random } from '../data/random.js'
import type { TrackerName } from '../data/trackers.generated.js'
import type { PoolHeader } from '../trace/index.js'
import { PoolFlag } from './driver.js'
import type { GenerateOptions } from './generate.js'

export interface Variant {
  readonly name: 'static' | 'static-no-debugfs' | 'dynamic' | 'restricted'
  readonly description: string
  /** Kernel options, without CONFIG_. */
  readonly options: readonly string[]
  /** Of the driver's header. */
  readonly flags: number
  /** The port's tracker: with what the kernel counts. */
  readonly tracker: TrackerName
  readonly grow: boolean
  /** Operations of one log, and so of one pool. */
  readonly logLength: number
  /** The pool of a profile, as this variant needs it. */
  pool(pool: PoolHeader, random: Random): PoolHeader
  generate(random: Random): GenerateOptions
}

export type VariantName = Variant['name']

const fixed: Variant = {
  name: 'static',
  description: 'one pool, with DEBUG_FS',
  options: ['DEBUG_FS'],
  flags: 0,
  tracker: 'global-atomic',
  grow: false,
  logLength: 50_000,
  pool: (pool) => pool,
  generate: () => ({}),
}

export const VARIANTS: readonly Variant[] = [
  fixed,
  {
    ...fixed,
    name: 'static-no-debugfs',
    description: 'one pool, without DEBUG_FS',
    options: [],
    tracker: 'off',
  },
  {
    ...fixed,
    name: 'dynamic',
    description: 'pools that grow, with DEBUG_FS and SWIOTLB_DYNAMIC',
    options: ['DEBUG_FS', 'SWIOTLB_DYNAMIC'],
    // Memory for growth wherever the pool begins.
    flags: PoolFlag.any,
    grow: true,
    // What no pool can ever serve asks for one more pool each time; logs are short for that.
    logLength: 4000,
    pool(pool, random) {
      const nareas = random.pick([1, 2, 4, 8, 32])
      return { ...pool, nareas, nslabs: nareas * 128 * random.pick([1, 1, 2, 4]) }
    },
    generate: (random) => ({ load: random.pick([1, 2, 4]), settles: random.chance(0.5) }),
  },
  {
    ...fixed,
    name: 'restricted',
    description: 'a restricted pool, with DEBUG_FS and DMA_RESTRICTED_POOL',
    options: ['DEBUG_FS', 'DMA_RESTRICTED_POOL'],
    flags: PoolFlag.restricted,
    pool: (pool, random) => ({ ...pool, nareas: 1, nslabs: random.between(100, 4000) }),
    generate: () => ({ allocs: true }),
  },
]
