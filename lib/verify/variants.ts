/** The builds of the kernel's file that are compared, and what in the port stands beside each. */
import type { Random } from '../data/random.js'
import type { TrackerName } from '../data/trackers.generated.js'
import { choosesAtBoot, countingOptions, unknownOptions } from '../kernel/build.js'
import type { KernelTree } from '../kernel/source.js'
import type { PoolHeader } from '../trace/index.js'
import { PoolFlag } from './driver.js'
import type { GenerateOptions } from './generate.js'

export interface Variant {
  readonly name:
    | 'static'
    | 'static-no-debugfs'
    | 'static-untracked'
    | 'dynamic'
    | 'dynamic-untracked'
    | 'restricted'
    | 'copies'
    | 'copies-dynamic'
  readonly description: string
  /** Kernel options, without CONFIG_; besides those that count. */
  readonly options: readonly string[]
  /**
   * What counts: nothing; all that DEBUG_FS counts; or DEBUG_FS in a kernel that chooses at boot
   * whether it counts, and was told nothing.
   */
  readonly counts: 'nothing' | 'all' | 'not-chosen'
  /** Of the driver's header. */
  readonly flags: number
  /** The port's tracker: with what the kernel counts. See trackerFor(). */
  readonly tracker: TrackerName
  readonly grow: boolean
  /** Whether there are data, which are copied. */
  readonly copies: boolean
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
  options: [],
  counts: 'all',
  flags: 0,
  tracker: 'global-atomic',
  grow: false,
  copies: false,
  logLength: 50_000,
  pool: (pool) => pool,
  generate: () => ({}),
}

const dynamic: Variant = {
  ...fixed,
  name: 'dynamic',
  description: 'pools that grow, with DEBUG_FS and SWIOTLB_DYNAMIC',
  options: ['SWIOTLB_DYNAMIC'],
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
}

export const VARIANTS: readonly Variant[] = [
  fixed,
  {
    ...fixed,
    name: 'static-no-debugfs',
    description: 'one pool, without DEBUG_FS',
    counts: 'nothing',
    tracker: 'off',
  },
  {
    ...fixed,
    name: 'static-untracked',
    description: 'one pool, with DEBUG_FS, without track_hiwater (Linux 7.3)',
    counts: 'not-chosen',
    tracker: 'boot-switch-off',
  },
  dynamic,
  {
    ...dynamic,
    name: 'dynamic-untracked',
    description: 'pools that grow, with DEBUG_FS, without track_hiwater (Linux 7.3)',
    counts: 'not-chosen',
    tracker: 'boot-switch-off',
  },
  {
    ...fixed,
    name: 'restricted',
    description: 'a restricted pool, with DEBUG_FS and DMA_RESTRICTED_POOL',
    options: ['DMA_RESTRICTED_POOL'],
    flags: PoolFlag.restricted,
    pool: (pool, random) => ({ ...pool, nareas: 1, nslabs: random.between(100, 4000) }),
    generate: () => ({ allocs: true }),
  },
  {
    ...fixed,
    name: 'copies',
    description: 'one pool and its data: what maps, unmaps and syncs copy',
    flags: PoolFlag.copies,
    copies: true,
    logLength: 10_000,
    // A small pool: all of it is compared again and again.
    pool: (pool) => ({ ...pool, nslabs: pool.nareas * 128 }),
    generate: () => ({ data: true }),
  },
  {
    ...dynamic,
    name: 'copies-dynamic',
    description: 'pools that grow, and their data',
    flags: PoolFlag.any | PoolFlag.copies,
    copies: true,
    // All pools are compared again and again, the more of them the longer it takes.
    logLength: 1000,
    generate: (random) => ({ ...dynamic.generate(random), data: true }),
  },
]

/** What this tree is compiled with for a variant, in build.sh's words. */
export function buildOptions(tree: KernelTree, { counts, options }: Variant): readonly string[] {
  if (counts === 'nothing') return options
  return [...(counts === 'all' ? countingOptions(tree) : ['DEBUG_FS']), ...options]
}

/** The port's tracker beside this tree: one that chooses at boot where the tree does. */
export function trackerFor(tree: KernelTree, { counts, tracker }: Variant): TrackerName {
  return counts === 'all' && choosesAtBoot(tree) ? 'boot-switch' : tracker
}

/** Why this tree has no such variant; undefined where it has. */
export function whyNot(tree: KernelTree, variant: Variant): string | undefined {
  if (variant.counts === 'not-chosen' && !choosesAtBoot(tree)) {
    return `${tree.name} knows no track_hiwater: there is no choice at boot`
  }
  const [unknown] = unknownOptions(tree, {
    name: variant.name,
    options: buildOptions(tree, variant),
  })
  return unknown === undefined ? undefined : `${tree.name} knows no ${unknown}`
}
