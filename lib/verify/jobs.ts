/** The logs that are compared: which profile, which pool, which seed. Made when their turn comes. */
import { Random } from '../data/random.js'
import type { Operations, PoolHeader, WholeTrace } from '../trace/index.js'
import { generate, packOperations } from './generate.js'
import { LEAST_SLOTS, type Profile, SEGMENT_SLOTS } from './profiles.js'
import type { Variant } from './variants.js'

/** One log for one variant. */
export interface Job {
  readonly variant: Variant
  /** Name of the profile; of a log that was given, its file. */
  readonly profile: string
  readonly seed: number | null
  /** Operations, without the last unmaps. */
  readonly count: number
  make(): { readonly pool: PoolHeader; readonly operations: Operations }
}

interface Wanted {
  readonly profiles: readonly Profile[]
  /** Of each variant. */
  readonly operations: number
  readonly seed: number
  readonly log?: WholeTrace | undefined
}

/** The pool with as many whole segments in each area as it holds; as large as every kernel wants. */
function wholeSegments(pool: PoolHeader): PoolHeader {
  const piece = SEGMENT_SLOTS * pool.nareas
  const pieces = Math.max(Math.floor(pool.nslabs / piece), Math.ceil(LEAST_SLOTS / piece))
  return { ...pool, nslabs: pieces * piece }
}

/** Pool and operations of one generated log. The same seed gives the same. */
function makeLog(
  variant: Pick<Variant, 'pool' | 'generate'>,
  profile: Profile,
  seed: number,
  count: number,
): { readonly pool: PoolHeader; readonly operations: Operations } {
  const random = new Random(seed)
  const drawn = variant.pool(profile.pool(random), random)
  const options = variant.generate(random)
  const pool = profile.common ? wholeSegments(drawn) : drawn
  const how = profile.common ? { ...options, allocs: false } : options
  const stream = generate(profile, pool, seed, count, how)
  return { pool, operations: packOperations(stream) }
}

/** All jobs; the profiles take turns, so that what differs is seen early. */
export function jobsOf(variants: readonly Variant[], wanted: Wanted): Job[] {
  return variants.flatMap((variant) =>
    wanted.log ? [givenJob(variant, wanted.log)] : generatedJobs(variant, wanted),
  )
}

function givenJob(variant: Variant, log: WholeTrace): Job {
  const { file, operations } = log
  // The reader of operation logs has made sure that all three are there.
  const pool = log.pool as PoolHeader
  const make = () => ({ pool, operations })
  return { variant, profile: file, seed: null, count: operations.length, make }
}

function generatedJobs(variant: Variant, { profiles, operations, seed }: Wanted): Job[] {
  const each = Math.ceil(operations / profiles.length)
  const logs = Math.ceil(each / variant.logLength)
  return Array.from({ length: logs }, (_, log) => {
    const count = Math.min(variant.logLength, each - log * variant.logLength)
    return profiles.map((profile, i): Job => {
      // No two logs of a run share a seed.
      const own = seed + log * profiles.length + i
      const make = () => makeLog(variant, profile, own, count)
      return { variant, profile: profile.name, seed: own, count, make }
    })
  }).flat()
}
