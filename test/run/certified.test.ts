// What trackers certify of the peak, in each engine and of a capture: the truth lies in it.

import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { type Comparison, compare, presets, type ReplayResult } from '../../lib/index.js'
import { engines } from '../../lib/results/variant.js'
import { cli } from '../cli/process.js'

jest.setTimeout(120_000)

const CAPTURE = join(__dirname, '../../captures/c-mixed-4cpu/trace.txt.gz')
const STEPS = 20_000

describe.each(engines)('engine %s', (engine) => {
  test.each(Object.entries(presets))('%s', async (_, preset) => {
    const { rows, pool } = await compare({ ...preset, steps: STEPS }, { engine, timing: false })
    for (const { tracker, accuracy } of rows) {
      const { certified, truthSlots, bounds } = accuracy
      const { lowSlots = null, highSlots = null, widthSlots = null } = certified ?? {}
      const told = { tracker, certified, truthSlots }
      expect(told).toMatchObject({ certified: { kept: true } })
      if (lowSlots !== null) expect(lowSlots).toBeLessThanOrEqual(truthSlots.high)
      if (highSlots !== null) expect(highSlots).toBeGreaterThanOrEqual(truthSlots.low)
      // What bounds its error to either side certifies an interval that is no wider.
      if (bounds.under !== null && bounds.over !== null) {
        expect(widthSlots).toBeLessThanOrEqual(bounds.under + bounds.over)
        expect(widthSlots).toBeGreaterThanOrEqual(0)
      }
      if (tracker === 'reserve') expect(widthSlots).toBeLessThanOrEqual(pool.slots / 100)
      if (tracker === 'per-area') expect(lowSlots).toBeGreaterThan(0)
    }
  })
})

describe('a capture', () => {
  test.each(['serial', 'virtual'])('replayed, engine %s', async (engine) => {
    const { code, stdout } = await cli(['replay', CAPTURE, '--engine', engine, '--json'])
    expect(code).toBe(0)
    const { rows, peakSlots, pool } = JSON.parse(stdout) as ReplayResult
    expect(rows.filter(({ certified }) => certified?.widthSlots === 0)).not.toHaveLength(0)
    for (const { tracker, certified, predicted } of rows) {
      const { low, high } = predicted?.truthSlots ?? { low: peakSlots, high: peakSlots }
      const told = { tracker, certified, low, high }
      expect(told).toMatchObject({ certified: { kept: true } })
      expect(certified?.lowSlots ?? 0).toBeLessThanOrEqual(high)
      expect(certified?.highSlots ?? low).toBeGreaterThanOrEqual(low)
      if (tracker === 'reserve') {
        expect(certified?.widthSlots).toBeLessThanOrEqual(pool.nslabs / 100)
      }
    }
  })
})

describe('the command line', () => {
  test('a comparison without timing fits a terminal of 80 columns', async () => {
    const args = ['compare', '--no-timing', '--steps', String(STEPS)]
    const { stdout } = await cli(args, { env: { COLUMNS: '80' } })
    const lines = stdout.split('\n')
    const from = lines.findIndex((line) => line.startsWith('tracker '))
    const to = lines.findIndex((line) => line.startsWith('at least, at most: '))
    const table = lines.slice(from, to)
    expect(table[0]).toMatch(/ at least {2,}at most$/)
    // What has no room beside the rest stands in rows below it.
    expect(table.slice(1)).toContainEqual(expect.stringMatching(/^tracker +locked$/))
    expect(table.length).toBeGreaterThan(5)
    expect(table.filter((line) => line.length > 80)).toEqual([])
  })

  test('a run says between what the peak lies', async () => {
    const run = async (tracker: string): Promise<string> => {
      const args = ['run', 'uniform', '--no-timing', '--steps', String(STEPS), '--tracker', tracker]
      return (await cli(args)).stdout
    }
    expect(await run('reserve')).toMatch(
      /^certified +between \d+ slots \(.*\) and \d+ slots \(.*\): \d+ slots \(.*\) wide$/m,
    )
    expect(await run('global-atomic')).toMatch(/^certified +exactly \d+ slots/m)
    expect(await run('global-racy')).toMatch(/^certified +at least \d+ slots/m)
    expect(await run('sampled')).not.toContain('certified')
  })

  test('a run says of its own promise and error no more than it saw', async () => {
    const run = async (engine: string): Promise<string> => {
      const args = ['run', 'uniform', '--no-timing', '--steps', String(STEPS), '--engine', engine]
      return (await cli([...args, '--cpus', '4', '--tracker', 'global-atomic'])).stdout
    }
    const serial = await run('serial')
    expect(serial).toMatch(/^error +0$/m)
    expect(serial).toMatch(/^verdict +exact; promise kept in this run$/m)
    // Where several orders are possible, the peak is known to lie in a range.
    const virtual = await run('virtual')
    expect(virtual).toMatch(/^error +none seen$/m)
    expect(virtual).toMatch(
      /^verdict +no error seen \(the peak is known to [\d.]+ [KM]iB\); promise kept in this run$/m,
    )
  })

  test('a series has who leaves the frontier in its JSON, and why in each row', async () => {
    const { stdout } = await cli([
      ...['compare', 'uniform', '--engine', 'virtual', '--no-copy', '--area-layout', 'padded'],
      ...['--sweep', 'cpus=1,4', '--trackers', 'off,per-area,reserve', '--json'],
    ])
    const { steps, frontier } = JSON.parse(stdout) as {
      steps: { value: number; comparison: Comparison }[]
      frontier: unknown[]
    }
    const rowsAt = (i: number): Comparison['rows'] => steps[i]?.comparison.rows ?? []
    const moved = rowsAt(1).filter((row, k) => row.frontier !== rowsAt(0)[k]?.frontier)
    expect(frontier).toMatchObject(
      moved.map((row) => ({
        ...{ tracker: row.tracker, value: 4, what: row.frontier ? 'joins' : 'leaves' },
        because:
          row.offFrontier ?? rowsAt(0).find(({ tracker }) => tracker === row.tracker)?.offFrontier,
      })),
    )
    for (const { tracker, frontier: on, offFrontier } of [...rowsAt(0), ...rowsAt(1)]) {
      if (on) expect({ tracker, offFrontier }).toEqual({ tracker, offFrontier: null })
      else expect({ tracker, offFrontier }).toHaveProperty('offFrontier.why')
    }
    expect(rowsAt(0)[0]?.offFrontier).toEqual({ why: 'unmarked' })
  })
})
