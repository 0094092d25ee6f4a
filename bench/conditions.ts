/** What belongs to every figure: the commit, the machine, the tools. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { host } from 'swiotlb-lab'
import * as z from 'zod'

// bench/ and dist-bench/ are both one level below the package root.
export const root = fileURLToPath(new URL('..', import.meta.url))

export const hostSchema = z.strictObject({
  cpuModel: z.string(),
  /** As /proc/cpuinfo has them; null where it does not say. */
  vendor: z.string().nullable(),
  family: z.string().nullable(),
  model: z.string().nullable(),
  cpus: z.int().min(1),
  /** `none` on bare metal, `unknown` under a hypervisor that does not say which. */
  hypervisor: z.string(),
  kernel: z.string(),
  compiler: z.string(),
  node: z.string(),
})
export type KeptHost = z.infer<typeof hostSchema>

export const sourceSchema = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit of 40 hexadecimal digits'),
  /** Whether the tree had changes that are in no commit, in what can be run. */
  dirty: z.boolean(),
})
type Source = z.infer<typeof sourceSchema>

/** The first value of a key of /proc/cpuinfo. */
const field = (cpuinfo: string, key: string): string | null =>
  new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(cpuinfo)?.[1]?.trim() || null

function cpuinfoText(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return ''
  }
}

/** As lscpu asks the CPU for it; the flag alone says only that there is one. */
function hypervisorOf(cpuinfo: string): string {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return 'none'
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    const text = execFileSync('lscpu', { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] })
    return field(text, 'Hypervisor vendor') ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

/** This machine. */
export function keptHost(): KeptHost {
  const { cpuModel, cpus, kernel, compiler, node } = host()
  const cpuinfo = cpuinfoText()
  return {
    cpuModel,
    vendor: field(cpuinfo, 'vendor_id'),
    family: field(cpuinfo, 'cpu family'),
    model: field(cpuinfo, 'model'),
    cpus,
    hypervisor: hypervisorOf(cpuinfo),
    kernel,
    compiler,
    node,
  }
}

const dashed = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'unknown'

function guestName(hypervisor: string): string {
  if (hypervisor === 'none') return 'bare-metal'
  return hypervisor === 'unknown' ? 'unknown-hypervisor' : dashed(hypervisor)
}

/**
 * A host's short name, as `amd-epyc-f26m2-2cpu-kvm`: the CPU's model without what all have in
 * common; its family and model, since a guest is often told no more than the maker's series; how
 * many CPUs there are, and under what.
 */
export function slugOf({
  cpuModel,
  family,
  model,
  cpus,
  hypervisor,
}: Pick<KeptHost, 'cpuModel' | 'family' | 'model' | 'cpus' | 'hypervisor'>): string {
  const name = dashed(
    cpuModel.toLowerCase().replace(/\((?:r|tm)\)|\b(?:cpu|processor|core)\b|@.*$/g, ' '),
  )
  const numbers = family !== null && model !== null ? `-f${family}m${model}` : ''
  return `${name}${numbers}-${cpus}cpu-${guestName(hypervisor)}`
}

/** Results, and what is made from them: to write one does not change what the next measures. */
const NOT_RUN = [':!results', ':!README.md', ':!docs']

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/**
 * What was run: the commit that is checked out, and whether there is more than that.
 *
 * @throws Error where this is no git checkout
 */
export function source(): Source {
  try {
    return {
      commit: git('rev-parse', 'HEAD').trim(),
      dirty: git('status', '--porcelain', '--', '.', ...NOT_RUN).trim() !== '',
    }
  } catch (error) {
    throw new Error(
      `cannot say which commit this is (${(error as Error).message.split('\n', 1)[0]}); ` +
        'a result is kept from a git checkout only',
    )
  }
}

/** The machine and its hypervisor. */
export function machineWords(about: KeptHost): string {
  const numbers =
    about.family !== null && about.model !== null
      ? ` (${about.vendor ?? 'vendor unknown'} family ${about.family} model ${about.model})`
      : ''
  return `${about.cpuModel}${numbers}, ${about.cpus} CPUs; hypervisor: ${about.hypervisor}`
}

/** What may change on a machine from one run to the next. */
export const toolWords = ({ kernel, compiler, node }: KeptHost): string =>
  `Linux ${kernel}; ${compiler}; Node ${node}`

/** One line: the machine, its hypervisor, the tools. */
export const hostWords = (about: KeptHost): string => `${machineWords(about)}; ${toolWords(about)}`

/** Options whose value is a place on this machine. */
const PLACES: readonly string[] = ['--kernel-source', '--work', '--capture']

/** Where a kernel lies is of no use to others; which it is stays. */
export const sourceName = (file: string): string => path.basename(file)

/** What to type for the same: the arguments, with places cut to their last part. */
export function commandWords(program: string, args: readonly string[]): string {
  const shown = args.map((arg, i) => {
    if (PLACES.includes(args[i - 1] ?? '')) return sourceName(arg)
    const [flag = '', value] = arg.split('=', 2)
    return PLACES.includes(flag) && value !== undefined ? `${flag}=${sourceName(value)}` : arg
  })
  return [program, ...shown].join(' ')
}

/** What a command said, with the places that its options name cut to their last part. */
export function withoutPlaces(text: string, args: readonly string[]): string {
  const places = args.flatMap((arg, i) => {
    if (PLACES.includes(args[i - 1] ?? '')) return [arg]
    const [flag = '', value] = arg.split('=', 2)
    return PLACES.includes(flag) && value !== undefined ? [value] : []
  })
  return places
    .map((place) => path.resolve(place))
    .sort((a, b) => b.length - a.length)
    .reduce((rest, place) => rest.replaceAll(place, sourceName(place)), text)
}
