/** `npm run verify:kernels -- DIR...`: the port against several kernels, in every configuration. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { InputError, type VerifyResult, type VerifyRow, verify } from 'swiotlb-lab'
import { source } from '../conditions.js'
import { onInterrupt } from '../interrupt.js'
import { parseJson } from '../json.js'
import {
  type About,
  aboutSchema,
  type Configuration,
  FILE,
  type Kernel,
  writeKernels,
} from './result.js'
import { outcomeWords } from './table.js'

const HELP = `usage: npm run verify:kernels -- DIR... [options]
  Compares the port with each kernel in every configuration, and keeps the outcome in
  results/kernels.json, in place of that of the same version; npm run figures makes
  docs/kernels.md from it. DIR is a folder with kernel/dma/swiotlb.c and include/linux/swiotlb.h,
  or what else verify takes. A kernel.json in it may say {"version", "commit", "date", "note"};
  else the version is that of the tree, or the folder's name.
  --operations N   of each configuration (default: 1000000)
  --seed N         of the generated logs (default: 1)
  --out FILE       where the outcome is kept
  --json           what was kept of these kernels, on stdout
  --help           this text
Ends with 0 where all is alike or explained by a rule, 1 where something is not, or could not be
built or read, 2 for wrong use.`
/** A log that differs by a rule need not be the shortest. */
const SHRINK_MS = 1000
/** Logs of which every kernel since 6.0 makes the same. */
const COMMON = 'small'

class UsageError extends Error {}

interface Wanted {
  readonly operations: number
  readonly seed: number
  readonly signal: AbortSignal
}

const aboutFile = (folder: string) => path.join(folder, 'kernel.json')

function aboutOf(folder: string, found: string | null): About {
  const file = aboutFile(folder)
  if (existsSync(file)) return parseJson(file, readFileSync(file, 'utf8'), aboutSchema)
  return aboutSchema.parse({ version: found ?? path.basename(path.resolve(folder)) })
}

/** Words without the place where the kernel lies on this machine. */
const withoutPlace = (words: string, folder: string): string =>
  words
    .replaceAll(path.resolve(folder), '')
    .replaceAll(folder, '')
    .replace(/^--kernel-source: \/?/, '')
    .replace(/^ knows no/, 'it knows no')

function configurationOf(rows: readonly VerifyRow[], common: VerifyResult | null): Configuration {
  const sum = (of: readonly VerifyRow[], what: (row: VerifyRow) => number) =>
    of.reduce((total, row) => total + what(row), 0)
  const name = rows[0]?.variant as string
  const differing = sum(rows, (row) => row.differing)
  const unexplained = rows.some(({ difference }) => difference?.rules.length === 0)
  const same = common?.rows.filter(({ variant }) => variant === name) ?? []
  const wrong = same.some(({ difference }) => difference?.rules.length === 0)
  return {
    name,
    outcome: unexplained || wrong ? 'unexplained' : differing > 0 ? 'differs' : 'identical',
    operations: sum(rows, (row) => row.operations),
    logs: sum(rows, (row) => row.logs),
    differing,
    rules: [...new Set([...rows, ...same].flatMap((row) => row.rules))],
    common:
      differing > 0 && same.length > 0
        ? {
            operations: sum(same, (row) => row.operations),
            differing: sum(same, (row) => row.differing),
          }
        : null,
    reason: null,
  }
}

const missing = (
  outcome: 'not-built' | 'not-there',
  folder: string,
  { variant, reason }: { readonly variant: string; readonly reason: string },
): Configuration => ({
  ...{ name: variant, outcome, operations: 0, logs: 0, differing: 0, rules: [], common: null },
  reason: withoutPlace(reason, folder),
})

async function compare(folder: string, { operations, seed, signal }: Wanted): Promise<Kernel> {
  const begun = {
    made: new Date().toISOString(),
    source: source(),
    ...{ wanted: operations, seed },
  }
  const options = { kernelSource: folder, operations, seed, shrinkMs: SHRINK_MS, signal }
  try {
    const all = await verify(options)
    const differs = all.rows.filter(({ difference }) => difference).map(({ variant }) => variant)
    // Rules that differ hide all behind the first difference of a log: there are logs without.
    const variants = [...new Set(differs)]
    const common =
      variants.length > 0 ? await verify({ ...options, variants, profiles: [COMMON] }) : null
    const names = [...new Set(all.rows.map(({ variant }) => variant))]
    return {
      ...aboutOf(folder, all.kernel.version),
      ...begun,
      compiler: all.compiler,
      rules: [...all.kernel.otherRules],
      configurations: [
        ...names.map((name) =>
          configurationOf(
            all.rows.filter(({ variant }) => variant === name),
            common,
          ),
        ),
        ...all.notBuilt.map((one) => missing('not-built', folder, one)),
        ...all.skipped.map((one) => missing('not-there', folder, one)),
      ],
      refused: null,
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const refused = withoutPlace(error.message, folder)
    return {
      ...aboutOf(folder, null),
      ...begun,
      ...{ compiler: null, rules: [], configurations: [], refused },
    }
  }
}

/** Whether all of it was compared, and every difference has a rule. */
const explained = ({ refused, configurations }: Kernel): boolean =>
  refused === null &&
  configurations.every(({ outcome }) => outcome !== 'unexplained' && outcome !== 'not-built')

function number(name: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`${name}: expected a whole number from ${least}, not ${text}`)
}

async function main(args: string[]): Promise<number> {
  const options = {
    operations: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: FILE },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>
  try {
    parsed = parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { values, positionals } = parsed
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (positionals.length === 0) throw new UsageError('expected a folder with a kernel')
  const interrupt = onInterrupt()
  const wanted = {
    signal: interrupt.signal,
    operations: number('--operations', values.operations, 1),
    seed: number('--seed', values.seed, 0),
  }
  const kernels: Kernel[] = []
  for (const folder of positionals) {
    const kernel = await compare(folder, wanted).catch((error: unknown) => {
      if (!interrupt.signal.aborted) throw error
    })
    // What came before is kept.
    if (!kernel) return interrupt.code()
    kernels.push(kernel)
    // Each for itself: a later one may take long.
    writeKernels([kernel], values.out)
    if (values.json) continue
    console.log(`Linux ${kernel.version}${kernel.refused === null ? '' : `: ${kernel.refused}`}`)
    for (const configuration of kernel.configurations) {
      console.log(`  ${configuration.name}: ${outcomeWords(configuration)}`)
    }
  }
  if (values.json) console.log(JSON.stringify(kernels))
  return kernels.every(explained) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(`verify:kernels: ${(error as Error).message}`)
  process.exitCode = 2
}
