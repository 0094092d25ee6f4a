/** The kernel's own counters of a pool, out of debugfs; what cannot be read is a reason. */
import { readdir, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where a kernel shows them, with debugfs at its usual place. */
export const DEBUGFS_SWIOTLB = '/sys/kernel/debug/swiotlb'
/** What statfs calls debugfs. */
const DEBUGFS_MAGIC = 0x64626720

/**
 * Why a value is not known:
 * - `no-debugfs`: there is no such folder, and no debugfs around it
 * - `absent`: this kernel has no such file, or no swiotlb in its debugfs
 * - `no-permission`: it may not be read
 * - `unreadable`: it was read and says no count, or reading failed
 */
export type CounterReason = 'no-debugfs' | 'absent' | 'no-permission' | 'unreadable'

interface NotRead<R extends string = CounterReason> {
  readonly reason: R
  /** A sentence for whoever asked. */
  readonly words: string
}

/** A count, in slots; or by how much it has fallen below 0, where the kernel keeps no sign. */
export type Counter = { readonly slots: number } | { readonly below: number } | NotRead

const files = {
  nslabs: 'io_tlb_nslabs',
  used: 'io_tlb_used',
  hiwater: 'io_tlb_used_hiwater',
  transient: 'io_tlb_transient_nslabs',
} as const

type CounterName = keyof typeof files

export type Counters = Readonly<Record<CounterName, Counter>>

const absences: Readonly<Record<CounterName, string>> = {
  nslabs: 'is this the folder of a pool?',
  used: 'this kernel does not show it',
  hiwater: 'kernels show it since 6.4',
  transient: 'only a kernel with SWIOTLB_DYNAMIC has it',
}

/** Counts have 64 bits, or 32 on small machines; no pool comes so near to their end as these. */
const WIDTHS = [
  { end: 2n ** 32n, mostBelow: 2n ** 20n },
  { end: 2n ** 64n, mostBelow: 2n ** 40n },
] as const

/** Reads a decimal count; undefined when the text is none. */
function parseCounter(text: string): Exclude<Counter, NotRead> | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined
  const value = BigInt(text)
  for (const { end, mostBelow } of WIDTHS) {
    const below = end - value
    if (below > 0n && below <= mostBelow) return { below: Number(below) }
  }
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? { slots: Number(value) } : undefined
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

const forbidden = (path: string): NotRead => ({
  reason: 'no-permission',
  words: `${path} may not be read: it takes root, and no lockdown`,
})

/* Why the folder itself is not there; undefined where it is. */
async function folderFault(folder: string): Promise<NotRead | undefined> {
  try {
    if ((await stat(folder)).isDirectory()) return undefined
    return { reason: 'unreadable', words: `${folder} is no folder` }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES' || code === 'EPERM') return forbidden(folder)
    if (code !== 'ENOENT') return { reason: 'unreadable', words: `${folder}: ${code}` }
  }
  const around = await statfs(dirname(folder)).catch(() => undefined)
  if (around?.type === DEBUGFS_MAGIC) {
    const words = `debugfs has no ${folder}: this kernel has no swiotlb there`
    return { reason: 'absent', words }
  }
  const words =
    folder === DEBUGFS_SWIOTLB
      ? 'debugfs is not mounted, or this kernel has none: mount -t debugfs none /sys/kernel/debug'
      : `there is no folder ${folder}, and no debugfs around it`
  return { reason: 'no-debugfs', words }
}

async function readCounter(folder: string, name: CounterName): Promise<Counter> {
  const path = join(folder, files[name])
  let text: string
  try {
    text = (await readFile(path, 'latin1')).trim()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES' || code === 'EPERM') return forbidden(path)
    if (code !== 'ENOENT') return { reason: 'unreadable', words: `${path}: ${code}` }
    return { reason: 'absent', words: `there is no ${path}: ${absences[name]}` }
  }
  const shown = text.length > 24 ? `${text.slice(0, 24)}...` : text
  const words = `${path} reads ${JSON.stringify(shown)}, which is no count`
  return parseCounter(text) ?? { reason: 'unreadable', words }
}

/**
 * Reads all counters of a pool. Never throws: each that cannot be read says why.
 *
 * @param why it is known that there is no pool, where it is
 */
export async function readCounters(folder: string, why?: string): Promise<Counters> {
  const nslabs = await readCounter(folder, 'nslabs')
  const inFolder = 'reason' in nslabs ? await folderFault(folder) : undefined
  const absent = inFolder ?? ('reason' in nslabs ? nslabs : undefined)
  const known = absent?.reason === 'absent' || absent?.reason === 'no-debugfs' ? why : undefined
  const fault =
    absent && known !== undefined
      ? { ...absent, words: `nothing to read in ${folder}: ${known}` }
      : inFolder
  if (fault) return { nslabs: fault, used: fault, hiwater: fault, transient: fault }
  return {
    nslabs,
    // The mark is raised after the count: read in this order it is not below it.
    used: await readCounter(folder, 'used'),
    hiwater: await readCounter(folder, 'hiwater'),
    transient: await readCounter(folder, 'transient'),
  }
}

/** Names of the restricted pools that have a folder in this one; none where it cannot be read. */
export async function restrictedPools(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
