/** Which CPUs are timed: one of each core, of one socket, and which of them share a cache. */
import { machineCpus } from 'swiotlb-lab'

export interface Chosen {
  /** Ascending, as threads are put onto them. */
  readonly cpus: readonly number[]
  /** The same, by the cache that they share. */
  readonly complexes: readonly (readonly number[])[]
  /** Why not all of the machine, in words. */
  readonly leftOut: readonly string[]
}

function groupBy<T>(list: readonly T[], key: (one: T) => number): T[][] {
  const groups = new Map<number, T[]>()
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return [...groups.values()]
}

/** The socket with the most cores, and of each of its cores the first CPU: predicted is one socket. */
export function chooseCpus(all = machineCpus()): Chosen {
  const sockets = groupBy(all, ({ socket }) => socket).map((cpus) =>
    groupBy(cpus, ({ core }) => core).map(([first]) => first as (typeof all)[number]),
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
      ...(others > 0 ? [`${others} cores of other sockets: one socket is predicted`] : []),
    ],
  }
}

/** 1, 2, 4 ... and the number itself. */
export function stepsTo(most: number): number[] {
  const steps: number[] = []
  for (let n = 1; n < most; n *= 2) steps.push(n)
  return [...steps, most]
}
