/** How the benchmark's figures are written. */
import type { Estimate, Host, Layout, Ratio, Timing } from 'swiotlb-lab'
import type { Goal, Try } from './part.js'

/** Columns under each other; one whose cells all begin with a digit or a sign is aligned right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.map((name, i) => {
    const cells = rows.map((row) => row[i] ?? '')
    return {
      width: Math.max(name.length, ...cells.map((cell) => cell.length)),
      right: cells.every((cell) => /^(?:[\d+]|-$|-\d)/.test(cell)),
    }
  })
  const line = (row: readonly string[]): string =>
    columns
      .map(({ width, right }, i) => {
        const cell = row[i] ?? ''
        return right ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}

/** Nanoseconds to three digits. */
export function ns(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)
}

/** `161 [160 - 162]` */
export function nsBand({ median, low, high }: Estimate): string {
  return `${ns(median)} [${ns(low)} - ${ns(high)}]`
}

/** `1.81 [1.79 - 1.83]` */
export function ratioBand({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(2)} [${low.toFixed(2)} - ${high.toFixed(2)}]`
}

/** A share from 0 to 1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)} %`
}

/** `1 thread`, `2 threads` */
export const threadWords = (threads: number): string =>
  `${threads} ${threads === 1 ? 'thread' : 'threads'}`

export function layoutWords({ areaLayout, counterLayout, slotIndex }: Layout): string {
  return `areas ${areaLayout}, counters ${counterLayout}, index ${slotIndex}`
}

/** How a timing was made and how far to trust it; one item a line. */
export function conditions(timing: Timing): string {
  const doubts = [
    timing.oversubscribed ? 'oversubscribed: more threads than CPUs' : '',
    timing.pinned ? '' : 'the threads are not pinned',
    timing.realtime ? '' : 'SCHED_FIFO was refused',
  ].filter(Boolean)
  return [
    `  noise control: off against off ${ratioBand(timing.noise)}; ` +
      `stolen time ${timing.stolen === null ? 'unknown' : percent(timing.stolen)}; ` +
      `dropped ${percent(timing.dropped)}; ${timing.rounds} rounds of ${timing.sliceMs} ms; ` +
      `threads as CPU ${timing.cpuIds.join(' and ')}; copies ${timing.copy ? 'on' : 'off'}`,
    ...doubts.map((text) => `  note: ${text}`),
  ].join('\n')
}

/** The machine, the date and the compiler: what belongs to every figure. */
export function machineWords(host: Host): string {
  return (
    `${host.cpuModel}, ${host.cpus} CPUs; Linux ${host.kernel}; ${host.compiler}; ` +
    `Node ${host.node}; ${host.date}`
  )
}

function measuredWords(goal: Goal, { measured }: Try): string {
  return goal.unit === 'ratio' ? ratioBand(measured) : `${measured.ratio.toFixed(2)} MiB`
}

const noiseWords = ({ noise }: Try): string => (noise ? ratioBand(noise) : '-')

/** Goals beside what was measured; under each that took several tries, all of them. */
export function goalsText(goals: readonly Goal[]): string {
  const head = ['what', 'goal', 'measured', 'noise control', 'verdict']
  const rows = goals.map((goal) => [
    goal.what,
    goal.goal,
    measuredWords(goal, goal.best),
    noiseWords(goal.best),
    goal.best.verdict,
  ])
  const several = goals
    .filter((goal) => goal.tries.length > 1)
    .map((goal) => {
      const all = goal.tries.map((one) => `${measuredWords(goal, one)} ${one.verdict}`)
      return `  all ${goal.tries.length} tries at ${goal.what}: ${all.join('; ')}`
    })
  return [table(head, rows), ...several].join('\n')
}
