/** The port against the real kernel source, operation by operation. */
import { createHash } from 'node:crypto'
import { oneOf } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { kernelSourceSchema, option, optionsOf } from '../data/options.js'
import { findCompiler } from '../kernel/build.js'
import { type KernelTree, openKernel } from '../kernel/source.js'
import { resolveLayout } from '../native/layout.js'
import { watched } from '../results/options.js'
import { withFolder } from '../system/folder.js'
import {
  OPERATION_BYTES,
  Operations,
  operationLine,
  type PoolHeader,
  writeOperationLog,
} from '../trace/index.js'
import { buildAll, chooseVariants } from './choose.js'
import { type Job, jobsOf } from './jobs.js'
import { firstDifference, joinRows, type VerifyAbout, type VerifyPart } from './join.js'
import { PROFILES } from './profiles.js'
import { otherRules, rulesBehind } from './rules.js'
import { shrink } from './shrink.js'
import { compareSides, type Sides } from './sides.js'
import type { Difference, VerifyOptions, VerifyResult, VerifyRow } from './types.js'
import { trackerFor, type Variant } from './variants.js'

const DEFAULT_OPERATIONS = 200_000
const DEFAULT_SHRINK_MS = 60_000
/** Operations between two hashes of everything, which cost as much as some hundred operations. */
const HASH_EVERY = 2000
/** Logs at work at the same time: the driver is a process of its own beside the port. */
const AT_ONCE = 2

interface Run {
  readonly options: VerifyOptions
  readonly tree: KernelTree
  readonly drivers: ReadonlyMap<Variant, string>
  /** By variant and profile. */
  readonly rows: Map<string, VerifyRow>
}

function sidesOf({ tree, drivers, options: { layout, signal } }: Run, variant: Variant): Sides {
  const tracker = trackerFor(tree, variant)
  return { variant, tracker, program: drivers.get(variant) as string, layout, signal }
}

const rowKey = ({ variant, profile }: Pick<Job, 'variant' | 'profile'>) =>
  `${variant.name} ${profile}`

/** The row with one log more. */
function withLog(
  before: VerifyRow | undefined,
  { variant, profile }: Job,
  operations: number,
  difference: Difference | null,
): VerifyRow {
  const known = before?.difference ?? null
  const worse = difference && (!known || (known.rules.length > 0 && difference.rules.length === 0))
  return {
    variant: variant.name,
    profile,
    operations: (before?.operations ?? 0) + operations,
    logs: (before?.logs ?? 0) + 1,
    differing: (before?.differing ?? 0) + (difference ? 1 : 0),
    rules: [...new Set([...(before?.rules ?? []), ...(difference?.rules ?? [])])],
    difference: worse ? difference : known,
  }
}

/** Whether the next log of a profile says more. One that hangs takes ten seconds each time. */
const goesOn = (row: VerifyRow | undefined): boolean =>
  !row?.difference || (row.difference.rules.length > 0 && !row.difference.hung)

/** Compares one log. A kernel that makes no pool has answered nothing. */
async function compareJob(run: Run, job: Job): Promise<readonly [number, Difference | null]> {
  const { variant, profile, seed } = job
  const { pool, operations } = job.make()
  const mismatch = await compareSides(sidesOf(run, variant), pool, operations, HASH_EVERY)
  if (!mismatch) return [operations.length, null]
  const since = Math.max(0, mismatch.operation - HASH_EVERY)
  const rules = rulesBehind(run.tree, variant, pool, operations, mismatch, since)
  const { hung = false } = mismatch
  const named = { variant: variant.name, profile, seed, rules, hung, again: null, shrunk: null }
  return [mismatch.operation, { ...mismatch, ...named }]
}

/** Does all jobs; none of a profile any more once it differs and nothing explains it. */
async function work(run: Run, jobs: readonly Job[], onLogs: (done: number) => void): Promise<void> {
  const total = jobs.reduce((sum, job) => sum + job.count, 0)
  const queue = jobs.values()
  let done = 0
  let logs = 0
  const worker = async (): Promise<void> => {
    for (const job of queue) {
      run.options.signal?.throwIfAborted()
      const key = rowKey(job)
      if (goesOn(run.rows.get(key))) {
        const [operations, difference] = await compareJob(run, job)
        run.rows.set(key, withLog(run.rows.get(key), job, operations, difference))
      }
      done += job.count
      const phase = `${job.variant.name}, ${job.profile}`
      run.options.onProgress?.({
        phase,
        done: done / total,
        work: { count: done, unit: 'operation' },
      })
      onLogs(++logs)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** The shortest log for the first difference, made again from its job. */
async function shrinkFirst(run: Run, jobs: readonly Job[]): Promise<void> {
  // In the order of the jobs, as the rows are joined: of two alike the one that ended first may be either.
  const keys = [...new Set(jobs.map(rowKey))]
  const first = firstDifference(keys.flatMap((key) => run.rows.get(key) ?? []))
  if (!first) return
  const job = jobs.find(
    ({ variant, profile, seed }) =>
      variant.name === first.variant && profile === first.profile && seed === first.seed,
  ) as Job
  const { pool, operations } = job.make()
  const difference = first.hung
    ? { ...first, shrunk: describeShrunk(pool, upTo(operations, first.operation), first, false) }
    : await shrinkOne(run, job, first)
  const key = rowKey(job)
  run.rows.set(key, { ...(run.rows.get(key) as VerifyRow), difference })
}

/** The log with this operation as its last. */
const upTo = (operations: Operations, last: number): Operations =>
  new Operations(operations.buffer.slice(0, (last + 1) * OPERATION_BYTES))

async function shrinkOne(run: Run, job: Job, first: Difference): Promise<Difference> {
  run.options.onProgress?.({ phase: 'shrinking the log that differs', done: 1 })
  const { pool, operations } = job.make()
  const sides = sidesOf(run, job.variant)
  const shortest = await shrink(
    operations,
    first,
    (candidate, hashEvery) => compareSides(sides, pool, candidate, hashEvery),
    run.options.shrinkMs ?? DEFAULT_SHRINK_MS,
  )
  const shrunk =
    shortest && describeShrunk(pool, shortest.operations, shortest.mismatch, shortest.minimal)
  return { ...first, again: shrunk !== null, shrunk }
}

function describeShrunk(
  pool: PoolHeader,
  operations: Operations,
  { operation, field, port, kernel }: Pick<Difference, 'operation' | 'field' | 'port' | 'kernel'>,
  minimal: boolean,
): Difference['shrunk'] {
  const line = operationLine(operations, operation)
  const log = writeOperationLog(operations, pool)
  return { operations: operations.length, minimal, line, field, port, kernel, log }
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Rows that were run, and what those are that there are. */
export interface VerifyParts {
  readonly about: VerifyAbout
  /** Of the two files of the kernel, and of the log in place of generated ones. */
  readonly digests: { readonly source: string; readonly log: string | null }
  /** Variant and profile of each, in their order, as `static mixed`. */
  readonly names: readonly string[]
  /** By their place in `names`. */
  readonly parts: ReadonlyMap<number, VerifyPart>
}

/**
 * Runs some of the rows of a comparison.
 *
 * @param choose places in the list of names
 * @throws as verify()
 */
export async function verifyParts(
  options: VerifyOptions,
  choose: (names: readonly string[]) => readonly number[],
): Promise<VerifyParts> {
  const { seed = 1, operations = DEFAULT_OPERATIONS, log, signal, onProgress } = options
  const begun = performance.now()
  const layout = resolveLayout(options.layout)
  const known = PROFILES.map(({ name }) => name)
  const wanted = options.profiles?.map((name) => oneOf('--profiles', name, known)) ?? known
  return withFolder('verify', async (scratch) => {
    const compiler = await findCompiler(signal)
    onProgress?.({ phase: 'reading the kernel source', done: 0 })
    const tree = await openKernel(options.kernelSource, scratch, signal)
    const { present, skipped } = chooseVariants(tree, options)
    const profiles = PROFILES.filter(({ name }) => wanted.includes(name))
    const all = jobsOf(present, { profiles, operations, seed, log })
    const keys = [...new Map(all.map((job) => [rowKey(job), job])).entries()]
    const names = keys.map(([key]) => key)
    const places = choose(names)
    const chosen = new Set(places.map((place) => names[place]))
    const mine = all.filter((job) => chosen.has(rowKey(job)))
    onProgress?.({ phase: 'compiling the kernel source', done: 0 })
    const needed = present.filter((variant) => mine.some((job) => job.variant === variant))
    const { drivers, notBuilt } = await buildAll(tree, needed, scratch, options)
    const run: Run = { options, tree, drivers, rows: new Map() }
    const jobs = mine.filter(({ variant }) => drivers.has(variant))
    const kernel = { source: tree.name, version: tree.version, otherRules: otherRules(tree) }
    const about = { kernel, compiler, layout, seed, skipped }
    const partsNow = (): ReadonlyMap<number, VerifyPart> => {
      const seconds = (performance.now() - begun) / 1000 / places.length
      const partOf = (place: number): VerifyPart => {
        const [key, { variant }] = keys[place] as (typeof keys)[number]
        return {
          row: run.rows.get(key) ?? null,
          notBuilt: notBuilt.find((one) => one.variant === variant.name) ?? null,
          seconds,
        }
      }
      return new Map(places.map((place) => [place, partOf(place)]))
    }
    await work(run, jobs, (logs) => {
      const missing = { logs: jobs.length - logs, of: jobs.length }
      options.onSoFar?.({ ...joinRows(about, [...partsNow().values()]), missing })
    })
    await shrinkFirst(run, jobs)
    return {
      about,
      digests: {
        source: sha256(tree.source, tree.header),
        log: log ? sha256(String(log.pool.nslabs), new Uint8Array(log.operations.buffer)) : null,
      },
      names,
      parts: partsNow(),
    }
  })
}

const schema = optionsOf<VerifyOptions>({
  ...watched,
  kernelSource: kernelSourceSchema,
  operations: option.number,
  seed: option.number,
  variants: option.list,
  profiles: option.list,
  log: option.own,
  layout: option.own,
  onSoFar: option.callback,
  shrinkMs: option.number,
})

/**
 * Compiles the kernel's file in each variant, and compares the port with it after every operation:
 * placement, used, hiwater, the numbers of "buffer is full", in the variants with data what was
 * copied, and at intervals everything else that an allocator keeps.
 *
 * @throws InputError where there is no source, no compiler, or no such profile or variant
 */
export function verify(options: VerifyOptions): Promise<VerifyResult> {
  return follow(schema, options, async (followed) => {
    const { about, parts } = await verifyParts(followed, (names) => [...names.keys()])
    return joinRows(about, [...parts.values()])
  })
}
