/** How often `reserve` touches what is everybody's, against the kernel's counter. */
import { type Comparison, compare, presets, type ScenarioInput } from 'swiotlb-lab'
import type { Part } from '../part.js'
import { machine } from '../scenarios.js'
import { figuresText, table } from '../text.js'
import { exactFigure, goal } from '../verdict.js'

const SLOTS_PER_AREA = 4096
const FEWER = 8

const input = (cpus: number, more: Partial<ScenarioInput>): ScenarioInput => {
  return { ...presets.uniform, cpus, pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus }, ...more }
}

const lockedOf = ({ rows }: Comparison, tracker: string): number =>
  rows.find((row) => row.tracker === tracker)?.counts.lockedOpsPerMap ?? Number.NaN

/** Steps of each CPU: until the mark stands, and after that. */
const SETTLE_STEPS = 2000
const QUIET_STEPS = 1000

/**
 * Locked instructions while use moves well below the mark: those of two runs that differ in nothing
 * but their end. With a tolerance of half the pool the mark is that far above.
 */
async function quietLocked(cpus: number, signal: AbortSignal) {
  const run = async (steps: number) => {
    const { rows } = await compare(input(cpus, { steps: cpus * steps }), {
      engine: 'virtual',
      machine: machine(cpus, 'default'),
      trackers: ['reserve'],
      tolerance: (cpus * SLOTS_PER_AREA) / 2,
      timing: false,
      signal,
    })
    const { counts, accuracy } = rows[0] ?? {}
    if (!counts) throw new Error('reserve was not run')
    const locked = Math.round(counts.lockedOpsPerMap * counts.maps)
    return { maps: counts.maps, locked, used: counts.usedSlots, mark: accuracy?.reportedSlots ?? 0 }
  }
  const before = await run(SETTLE_STEPS)
  const after = await run(SETTLE_STEPS + QUIET_STEPS)
  const { used, mark } = after
  return {
    ...{ cpus, used, mark },
    maps: after.maps - before.maps,
    locked: after.locked - before.locked,
  }
}

export const virtualReserve: Part = {
  name: 'virtual-reserve',
  question: 'locked instructions of reserve against global-atomic, on 2 to 128 virtual CPUs',
  seconds: ({ quick }) => (quick ? 3 : 20),
  run: async ({ quick, signal, progress }) => {
    const found: { cpus: number; atomic: number; reserve: number }[] = []
    const quiet: Awaited<ReturnType<typeof quietLocked>>[] = []
    for (const cpus of quick ? [2, 16] : [2, 4, 8, 16, 32, 64, 128]) {
      progress(`${cpus} CPUs`)
      const comparison = await compare(input(cpus, { steps: Math.max(200_000, cpus * 4000) }), {
        engine: 'virtual',
        machine: machine(cpus, 'default'),
        trackers: ['global-atomic', 'reserve'],
        timing: false,
        signal,
      })
      found.push({
        cpus,
        atomic: lockedOf(comparison, 'global-atomic'),
        reserve: lockedOf(comparison, 'reserve'),
      })
      quiet.push(await quietLocked(cpus, signal))
    }
    const figures = [
      ...found.map(({ cpus, atomic, reserve }) =>
        exactFigure(
          {
            id: `virtual-reserve/fewer/${cpus}`,
            what: `times fewer locked instructions, ${cpus} CPUs`,
            target: goal({ atLeast: FEWER }),
          },
          atomic / reserve,
        ),
      ),
      ...quiet.map(({ cpus, locked, maps }) =>
        exactFigure(
          {
            id: `virtual-reserve/quiet/${cpus}`,
            what: `locked instructions well below the mark, ${cpus} CPUs`,
            unit: 'per map',
            target: goal({ atMost: 0 }),
          },
          locked / maps,
        ),
      ),
    ]
    return {
      text: [
        'uniform: each place mapped or not at random, an area for each CPU, tolerance 1 % of the pool;',
        'locked instructions for each map; below, with a tolerance of half the pool, so far above is the mark',
        '',
        table(
          ['CPUs', 'global-atomic', 'reserve', 'fewer, times'],
          found.map(({ cpus, atomic, reserve }) => [
            String(cpus),
            atomic.toFixed(3),
            reserve.toFixed(3),
            (atomic / reserve).toFixed(1),
          ]),
        ),
        '',
        table(
          ['CPUs', 'slots in use', 'mark', 'maps once it stands', 'locked in them'],
          quiet.map(({ cpus, used, mark, maps, locked }) =>
            [cpus, used, mark, maps, locked].map(String),
          ),
        ),
        '',
        figuresText(figures),
      ].join('\n'),
      figures,
      data: { uniform: found, quiet },
    }
  },
}
