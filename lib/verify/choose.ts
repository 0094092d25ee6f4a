/** Which variants are compared: those that were asked for, that a tree has, and that compile. */
import { InputError, oneOf } from '../data/errors.js'
import { buildDriver, RefusedError } from '../kernel/build.js'
import type { KernelTree } from '../kernel/source.js'
import { OperationKind, type WholeTrace } from '../trace/index.js'
import type { VerifyOptions, VerifyResult } from './types.js'
import { buildOptions, VARIANTS, type Variant, whyNot } from './variants.js'

/** The variants to run; with a log, those that it can be meant for. */
export function chooseVariants(tree: KernelTree, { variants: wanted, log }: VerifyOptions) {
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
    const reason = whyNot(tree, variant)
    if (reason === undefined) return true
    if (named) throw new InputError(`--variants: no ${variant.name} here: ${reason}`)
    skipped.push({ variant: variant.name, reason })
    return false
  })
  return { present, skipped }
}

function kindsOf({ operations }: WholeTrace): Set<number> {
  return new Set(Array.from({ length: operations.length }, (_, i) => operations.kind(i)))
}

function fits(log: WholeTrace, { name, grow }: Variant): boolean {
  const kinds = kindsOf(log)
  const allocs = kinds.has(OperationKind.alloc)
  if (kinds.has(OperationKind.place)) {
    throw new InputError(`${log.file}: expected an operation log, not a recorded trace`)
  }
  if (name === 'restricted')
    return allocs || (log.pool.nareas === 1 && !kinds.has(OperationKind.settle))
  return !allocs && (grow || !kinds.has(OperationKind.settle))
}

const needs = (log: WholeTrace): string =>
  kindsOf(log).has(OperationKind.alloc)
    ? 'allocs, which only a restricted pool serves'
    : 'growth (g), which only a dynamic pool has'

/**
 * A driver for each variant. Where the compiler refuses some, the others are compared; where it
 * refuses one that was named, that is an error.
 */
export async function buildAll(
  tree: KernelTree,
  present: readonly Variant[],
  scratch: string,
  { variants: named, signal }: VerifyOptions,
): Promise<{ drivers: Map<Variant, string>; notBuilt: VerifyResult['notBuilt'] }> {
  const drivers = new Map<Variant, string>()
  const refused: { readonly variant: Variant['name']; readonly error: RefusedError }[] = []
  await Promise.all(
    present.map(async (variant) => {
      const { name } = variant
      try {
        const build = { name, options: buildOptions(tree, variant) }
        drivers.set(variant, await buildDriver(tree, build, scratch, signal))
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        refused.push({ variant: name, error })
      }
    }),
  )
  const [first] = refused
  if (first && named) throw first.error
  // In the order of the variants, whichever was compiled first.
  const order = present.map(({ name }) => name)
  return {
    drivers: new Map(
      present.flatMap((v) => (drivers.has(v) ? [[v, drivers.get(v) as string]] : [])),
    ),
    notBuilt: refused
      .sort((a, b) => order.indexOf(a.variant) - order.indexOf(b.variant))
      .map(({ variant, error }) => ({ variant, reason: error.message })),
  }
}
