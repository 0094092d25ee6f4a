/** Which CPUs this process may use, and how they stand to each other by what the kernel says. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One CPU that this process may use. */
export interface Cpu {
  /** As the kernel numbers it. */
  readonly number: number
  readonly socket: number
  /** Unlike that of all other cores of its socket. */
  readonly core: number
  /** The lowest CPU that shares its last-level cache. */
  readonly cache: number
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

/**
 * What the kernel says of CPUs. In a guest that is what its host told it, which need not be so.
 *
 * @param numbers of which; all that this process may use by default
 */
export function machineCpus(
  numbers: readonly number[] = allowedCpus(),
  root = '/sys/devices/system/cpu',
): Cpu[] {
  return numbers.map((number) => readCpu(path.join(root, `cpu${number}`), number))
}
