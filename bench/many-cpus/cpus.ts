/** Which CPUs are timed: one of each core, of one socket, and which of them share a cache. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One CPU that this process may use. */
interface Cpu {
  readonly number: number
  readonly socket: number
  readonly core: number
  /** The lowest CPU that shares its last-level cache. */
  readonly cache: number
}

export interface Chosen {
  /** Ascending, as threads are put onto them. */
  readonly cpus: readonly number[]
  /** The same, by the cache that they share. */
  readonly complexes: readonly (readonly number[])[]
  /** Why not all of the machine, in words. */
  readonly leftOut: readonly string[]
}

/** `0-3,8` as numbers. */
export function cpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from, to] = part.split('-').map(Number)
      if (from === undefined || !Number.isInteger(from) || !Number.isInteger(to ?? from)) {
        throw new Error(`"${part}": expected a CPU or a range of them`)
      }
      return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i)
    })
}

const DEEPEST_CACHE = 9

/** @param folder of one CPU below /sys/devices/system/cpu; what is not there counts as shared by all */
function readCpu(folder: string, number: number): Cpu {
  const read = (file: string): string | null => {
    try {
      return readFileSync(path.join(folder, file), 'utf8').trim()
    } catch {
      return null
    }
  }
  let shared: string | null = null
  for (let i = 0; i <= DEEPEST_CACHE; i++)
    shared = read(`cache/index${i}/shared_cpu_list`) ?? shared
  return {
    number,
    socket: Number(read('topology/physical_package_id') ?? 0),
    core: Number(read('topology/core_id') ?? number),
    cache: shared === null ? 0 : (cpuList(shared)[0] ?? 0),
  }
}

/** CPUs that this process may use, in ascending order. */
function allowedCpus(): number[] {
  const text = readFileSync('/proc/self/status', 'utf8')
  return cpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(text)?.[1] ?? '')
}

function groupBy<T>(list: readonly T[], key: (one: T) => number): T[][] {
  const groups = new Map<number, T[]>()
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return [...groups.values()]
}

/**
 * The socket with the most cores, and of each of its cores the first CPU: calibrate sees how a line
 * moves between two of them, and of another socket it sees nothing.
 */
export function chooseCpus(
  allowed: readonly number[] = allowedCpus(),
  root = '/sys/devices/system/cpu',
): Chosen {
  const all = allowed.map((number) => readCpu(path.join(root, `cpu${number}`), number))
  const sockets = groupBy(all, ({ socket }) => socket).map((cpus) =>
    groupBy(cpus, ({ core }) => core).map(([first]) => first as Cpu),
  )
  const [most = []] = [...sockets].sort((a, b) => b.length - a.length)
  const cores = sockets.reduce((sum, one) => sum + one.length, 0)
  const others = cores - most.length
  const siblings = all.length - cores
  return {
    cpus: most.map(({ number }) => number).sort((a, b) => a - b),
    complexes: groupBy(most, ({ cache }) => cache).map((cpus) => cpus.map(({ number }) => number)),
    leftOut: [
      ...(siblings > 0 ? [`${siblings} CPUs that share a core with one that is timed`] : []),
      ...(others > 0
        ? [`${others} cores of other sockets, whose distance calibrate cannot see`]
        : []),
    ],
  }
}

/** 1, 2, 4 ... and the number itself. */
export function stepsTo(most: number): number[] {
  const steps: number[] = []
  for (let n = 1; n < most; n *= 2) steps.push(n)
  return [...steps, most]
}
