/** How often `reserve` touches what is everybody's, against the kernel's counter. */
import { type Comparison, compare, presets, type ScenarioInput } from 'swiotlb-lab'
import type { Goal, Part } from '../part.js'
import { goalsText, table } from '../text.js'
import { exactGoal } from '../verdict.js'
import { machine } from '../virtual.js'

const SLOTS_PER_AREA = 4096
const FEWER = 8

const input = (cpus: number, more: Partial<ScenarioInput>): ScenarioInput => {
  const uniform = presets.get('uniform')
  if (!uniform) throw new Error('there is no preset uniform')
  return { ...uniform, cpus, pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus }, ...more }
}

const lockedOf = ({ rows }: Comparison, tracker: string): number =>
  rows.find((row) => row.tracker === tracker)?.counts.lockedOpsPerMap ?? Number.NaN

/** Steps of each CPU between its large bursts, and how long one lasts. */
const BURST = { every: 2000, hold: 2, mappings: 16 } as const
/** From when all CPUs have had their first burst, until the second. */
const quietFrom = (cpus: number): number => BURST.every + 4 * BURST.hold * cpus + 100
const QUIET_UNTIL = 2 * BURST.every - 100

/** Locked instructions in the steps of a quiet time, far below the mark that the burst left. */
async function quietLocked(cpus: number, signal: AbortSignal) {
  const run = async (steps: number) => {
    const { rows } = await compare(
      input(cpus, {
        steps: cpus * steps,
        workload: {
          sizes: [{ from: 2048, to: '32KiB', step: 2048 }],
          inFlight: 8,
          order: 'random',
          load: 'toggle',
          burst: {
            mappings: BURST.mappings * cpus,
            bytes: '64KiB',
            every: cpus * BURST.every,
            hold: cpus * BURST.hold,
          },
        },
      }),
      {
        engine: 'virtual',
        machine: machine(cpus, 'default'),
        trackers: ['reserve'],
        timing: false,
        signal,
      },
    )
    const counts = rows[0]?.counts
    if (!counts) throw new Error('reserve was not run')
    return { maps: counts.maps, locked: Math.round(counts.lockedOpsPerMap * counts.maps) }
  }
  const before = await run(quietFrom(cpus))
  const after = await run(QUIET_UNTIL)
  return { cpus, maps: after.maps - before.maps, locked: after.locked - before.locked }
}

export const virtualReserve: Part = {
  name: 'virtual-reserve',
  question: 'locked instructions of reserve against global-atomic, on 2 to 128 virtual CPUs',
  run: async ({ quick, signal, progress }) => {
    const found: { cpus: number; atomic: number; reserve: number }[] = []
    const quiet: { cpus: number; maps: number; locked: number }[] = []
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
    const goals: Goal[] = [
      ...found.map(({ cpus, atomic, reserve }) =>
        exactGoal(
          `fewer locked instructions, ${cpus} CPUs`,
          `at least ${FEWER}.00 times`,
          atomic / reserve,
          atomic / reserve >= FEWER,
          'ratio',
        ),
      ),
      ...quiet.map(({ cpus, locked, maps }) =>
        exactGoal(
          `for each map far below the mark, ${cpus} CPUs`,
          'none',
          locked / maps,
          locked === 0,
          'ratio',
        ),
      ),
    ]
    return {
      text: [
        'uniform: each place mapped or not at random, an area for each CPU, tolerance 1 % of the pool;',
        'beside it, a quiet time behind a burst that left the mark far above',
        '',
        table(
          ['CPUs', 'global-atomic', 'reserve', 'fewer, times', 'quiet maps', 'locked in them'],
          found.map(({ cpus, atomic, reserve }, i) => [
            String(cpus),
            atomic.toFixed(3),
            reserve.toFixed(3),
            (atomic / reserve).toFixed(1),
            String(quiet[i]?.maps),
            String(quiet[i]?.locked),
          ]),
        ),
        '',
        goalsText(goals),
      ].join('\n'),
      goals,
      data: { uniform: found, quiet },
    }
  },
}
