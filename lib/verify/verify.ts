/** The port against the real kernel source, operation by operation. */
import { InputError, oneOf } from '../data/errors.js'
import { buildDriver, findCompiler, unknownOptions } from '../kernel/build.js'
import { type KernelTree, openKernel } from '../kernel/source.js'
import { resolveLayout } from '../native/layout.js'
import { withFolder } from '../system/folder.js'
import {
  OperationKind,
  type Operations,
  operationLine,
  type PoolHeader,
  type WholeTrace,
  writeOperationLog,
} from '../trace/index.js'
import { type Mismatch, NO_ANSWER } from './compare.js'
import { type Job, jobsOf } from './jobs.js'
import { PROFILES } from './profiles.js'
import { otherRules, rulesBehind } from './rules.js'
import { shrink } from './shrink.js'
import { compareSides, type Sides } from './sides.js'
import type { Difference, VerifyOptions, VerifyResult, VerifyRow } from './types.js'
import { VARIANTS, type Variant } from './variants.js'

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

function sidesOf({ drivers, options: { layout, signal } }: Run, variant: Variant): Sides {
  return { variant, program: drivers.get(variant) as string, layout, signal }
}

const rowKey = ({ variant, profile }: Pick<Job, 'variant' | 'profile'>) =>
  `${variant.name} ${profile}`

const rulesOf = ({ tree }: Run, operations: Operations, mismatch: Mismatch): string[] =>
  rulesBehind(tree, operations, mismatch, Math.max(0, mismatch.operation - HASH_EVERY))

/** Does all jobs; none of a profile any more once it differs. */
async function work(run: Run, jobs: readonly Job[]): Promise<void> {
  const total = jobs.reduce((sum, job) => sum + job.count, 0)
  const queue = jobs.values()
  let done = 0
  const worker = async (): Promise<void> => {
    for (const job of queue) {
      run.options.signal?.throwIfAborted()
      const { variant, profile } = job
      const key = rowKey(job)
      const before = run.rows.get(key)
      if (!before?.difference) {
        const { pool, operations } = job.make()
        const mismatch = await compareSides(sidesOf(run, variant), pool, operations, HASH_EVERY)
        const { operations: alike = 0, difference = null } = run.rows.get(key) ?? {}
        run.rows.set(key, {
          variant: variant.name,
          profile,
          operations: alike + (mismatch ? mismatch.operation : operations.length),
          difference:
            difference ??
            (mismatch && {
              ...mismatch,
              variant: variant.name,
              profile,
              seed: job.seed,
              rules: rulesOf(run, operations, mismatch),
              again: null,
              shrunk: null,
            }),
        })
      }
      done += job.count
      run.options.onProgress?.({ phase: `${variant.name}, ${profile}`, done: done / total })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** The shortest log for the first difference, made again from its job. */
async function shrinkFirst(run: Run, jobs: readonly Job[]): Promise<void> {
  // A kernel that does not come back takes ten seconds each time.
  const differing = [...run.rows.values()].flatMap(({ difference }) =>
    difference && difference.field !== NO_ANSWER ? difference : [],
  )
  // What no rule explains is what one wants to see.
  const [first] = differing.sort(
    (a, b) => Math.sign(a.rules.length) - Math.sign(b.rules.length) || a.operation - b.operation,
  )
  if (!first) return
  const job = jobs.find(
    ({ variant, profile, seed }) =>
      variant.name === first.variant && profile === first.profile && seed === first.seed,
  ) as Job
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
  const key = rowKey(job)
  run.rows.set(key, {
    ...(run.rows.get(key) as VerifyRow),
    difference: { ...first, again: shrunk !== null, shrunk },
  })
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

/** The variants to run; with a log, those that it can be meant for. */
function chooseVariants(tree: KernelTree, { variants: wanted, log }: VerifyOptions) {
  const names = VARIANTS.map(({ name }) => name)
  const named = wanted?.map((name) => oneOf('--variants', name, names))
  const chosen = VARIANTS.filter(
    (variant) => (named?.includes(variant.name) ?? true) && (!log || fits(log, variant)),
  )
  if (chosen.length === 0) {
    throw new InputError(
      `--variants: none of ${(named ?? names).join(', ')} can run ${log?.file}: it holds ` +
        `${needs(log as WholeTrace)}`,
    )
  }
  const skipped: { readonly variant: Variant['name']; readonly reason: string }[] = []
  const present = chosen.filter((variant) => {
    const [unknown] = unknownOptions(tree, variant)
    if (unknown === undefined) return true
    const reason = `${tree.name} knows no CONFIG_${unknown}`
    if (named) throw new InputError(`--variants: no ${variant.name} here: ${reason}`)
    skipped.push({ variant: variant.name, reason })
    return false
  })
  return { present, skipped }
}

function kindsOf({ operations }: WholeTrace): Set<number> {
  return new Set(Array.from({ length: operations.length }, (_, i) => operations.kind(i)))
}

function fits(log: WholeTrace, { name }: Variant): boolean {
  const kinds = kindsOf(log)
  const allocs = kinds.has(OperationKind.alloc)
  if (kinds.has(OperationKind.place)) {
    throw new InputError(`${log.file}: expected an operation log, not a recorded trace`)
  }
  if (name === 'restricted')
    return allocs || (log.pool.nareas === 1 && !kinds.has(OperationKind.settle))
  return !allocs && (name === 'dynamic' || !kinds.has(OperationKind.settle))
}

const needs = (log: WholeTrace): string =>
  kindsOf(log).has(OperationKind.alloc)
    ? 'allocs, which only a restricted pool serves'
    : 'growth (g), which only a dynamic pool has'

/**
 * Compiles the kernel's file in each variant, and compares the port with it after every operation:
 * placement, used, hiwater, the numbers of "buffer is full", and at intervals everything else that
 * an allocator keeps.
 *
 * @throws InputError where there is no source, no compiler, or no such profile or variant
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const { seed = 1, operations = DEFAULT_OPERATIONS, log, signal, onProgress } = options
  const begun = performance.now()
  const layout = resolveLayout(options.layout)
  const names = PROFILES.map(({ name }) => name)
  const wanted = options.profiles?.map((name) => oneOf('--profiles', name, names)) ?? names
  return withFolder('verify', async (scratch) => {
    const compiler = await findCompiler(signal)
    onProgress?.({ phase: 'reading the kernel source', done: 0 })
    const tree = await openKernel(options.kernelSource, scratch, signal)
    const { present, skipped } = chooseVariants(tree, options)
    onProgress?.({ phase: 'compiling the kernel source', done: 0 })
    const built = await Promise.all(
      present.map(async (variant) => {
        return [variant, await buildDriver(tree, variant, scratch, signal)] as const
      }),
    )
    const run: Run = { options, tree, drivers: new Map(built), rows: new Map() }
    const profiles = PROFILES.filter(({ name }) => wanted.includes(name))
    const jobs = jobsOf(present, { profiles, operations, seed, log })
    await work(run, jobs)
    await shrinkFirst(run, jobs)
    // In the order of the jobs, not in that of their ends.
    const rows = [...new Set(jobs.map(rowKey))].flatMap((key) => run.rows.get(key) ?? [])
    return {
      kernel: { source: tree.name, version: tree.version, otherRules: otherRules(tree) },
      compiler,
      layout,
      seed,
      rows,
      skipped,
      operations: rows.reduce((sum, row) => sum + row.operations, 0),
      differences: rows.filter(({ difference }) => difference !== null).length,
      unexplained: rows.filter(({ difference }) => difference?.rules.length === 0).length,
      seconds: (performance.now() - begun) / 1000,
    }
  })
}
