/**
 * Between which CPUs lines are moved: pairs that stand for all distances of a machine.
 *
 * A line that many CPUs want goes from any of them to any other. So of each distance that the kernel
 * tells apart some pairs are drawn, from the nearest to the furthest by their numbers, and a cost is the
 * mean over these.
 */
import type { Cpu } from '../measure/cpus.js'

/** How far two CPUs are apart: one core, one last-level cache, one socket, two sockets. */
const distances = ['thread', 'core', 'complex', 'socket'] as const
export type Distance = (typeof distances)[number]

export interface Pair {
  /** As the kernel numbers them. */
  readonly cpus: readonly [number, number]
  readonly distance: Distance
}

/** At most so many are drawn. No cost is made of the line between two threads of one core. */
const MOST: Readonly<Record<Distance, number>> = { thread: 1, core: 4, complex: 3, socket: 3 }

function distanceOf(a: Cpu, b: Cpu): Distance {
  if (a.socket !== b.socket) return 'socket'
  if (a.core === b.core) return 'thread'
  return a.cache === b.cache ? 'core' : 'complex'
}

interface Apart extends Pair {
  /** Cores between them. */
  readonly gap: number
}

/** All pairs of the first threads of cores, and of each core its first two threads. */
function allPairs(cpus: readonly Cpu[]): Apart[] {
  const sorted = [...cpus].sort((a, b) => a.number - b.number)
  const cores = sorted.filter(
    (cpu, i) => sorted.findIndex((other) => distanceOf(cpu, other) === 'thread') === i,
  )
  const pair = (a: Cpu, b: Cpu, gap: number): Apart => ({
    cpus: [a.number, b.number],
    distance: distanceOf(a, b),
    gap,
  })
  const siblings = cores.flatMap((cpu) => {
    const other = sorted.find((one) => one !== cpu && distanceOf(cpu, one) === 'thread')
    return other ? [pair(cpu, other, 0)] : []
  })
  const between = cores.flatMap((a, i) =>
    cores.slice(i + 1).map((b, further) => pair(a, b, further)),
  )
  return [...siblings, ...between]
}

/** So many of a list at the most, evenly spaced, with its first and its last. */
function spaced<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list]
  const last = list.length - 1
  return Array.from(
    { length: most },
    (_, i) => list[most === 1 ? 0 : Math.round((i * last) / (most - 1))] as T,
  )
}

/**
 * Pairs by their distance, of each the nearest first. In front is the nearest two cores, or what comes
 * next to that; two threads of one core only where there is nothing else.
 */
export function drawPairs(cpus: readonly Cpu[]): Pair[] {
  const all = allPairs(cpus).sort((a, b) => a.gap - b.gap)
  return [...distances.slice(1), 'thread' as const].flatMap((wanted) =>
    spaced(
      all.filter(({ distance }) => distance === wanted),
      MOST[wanted],
    ).map(({ cpus: two, distance }) => ({ cpus: two, distance })),
  )
}
