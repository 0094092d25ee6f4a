/** What machine this is, and how much of it was taken away meanwhile. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { addon } from '../native/addon.js'
import type { Host } from '../results/comparison.js'

/** The machine on which this process runs. */
export function host(): Host {
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    kernel: release(),
    node: process.version,
    compiler: addon().compiler(),
    clock: addon().clock(),
    date: new Date().toISOString(),
  }
}

/** Ticks of all CPUs since boot: [stolen, all]; undefined where there is no /proc/stat. */
function cpuTicks(): readonly [number, number] | undefined {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
    // user nice system idle iowait irq softirq steal; guest times are in user already.
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
    if (ticks.length < 8 || ticks.some(Number.isNaN)) return undefined
    return [ticks[7] as number, ticks.reduce((sum, n) => sum + n, 0)]
  } catch {
    return undefined
  }
}

/** Call it before; what it returns, called after, is the share of time stolen in between. */
export function watchStolen(): () => number | null {
  const before = cpuTicks()
  return () => {
    const after = cpuTicks()
    if (!before || !after || after[1] <= before[1]) return null
    return (after[0] - before[0]) / (after[1] - before[1])
  }
}
