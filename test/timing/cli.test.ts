// The command line, command by command, as a process: what it prints, and how it ends.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { trackers } from '../../lib/data/trackers.generated.js'
import type { Comparison, RunResult } from '../../lib/results/comparison.js'
import { presets } from '../../lib/scenario/presets.js'
import { captures, cli, nextIn, root } from '../cli/process.js'
import { defaultTrackers } from '../run/helpers.js'

jest.setTimeout(120_000)

const trackerNames = trackers.map((tracker) => tracker.name)
const trace = (name: string): string => join(captures, name, 'trace.txt.gz')
const meta = (name: string): { hiwater_after: number; nslabs: number; nareas: number } =>
  JSON.parse(readFileSync(join(captures, name, 'meta.json'), 'utf8'))

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await cli([...args, '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as T
}

describe('list and help', () => {
  test('list names every scenario, and every tracker with its promise', async () => {
    const { code, stdout } = await cli(['list'])
    expect(code).toBe(0)
    for (const name of Object.keys(presets)) expect(stdout).toContain(name)
    for (const { name, promise } of trackers) {
      expect(stdout).toMatch(new RegExp(`^${name} +${promise} `, 'm'))
    }
  })

  test('list --json is one document', async () => {
    const listing = await json<{ scenarios: { name: string }[]; trackers: { name: string }[] }>(
      'list',
    )
    expect(listing.scenarios.map(({ name }) => name)).toEqual(Object.keys(presets))
    expect(listing.trackers.map(({ name }) => name)).toEqual(trackerNames)
  })

  test('--help and --version end with 0', async () => {
    const help = await cli(['--help'])
    expect(help.code).toBe(0)
    for (const name of ['demo', 'list', 'run', 'compare', 'replay']) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    }
    expect(await cli(['--version'])).toMatchObject({ code: 0, stderr: '' })
    const compare = await cli(['compare', '--help'])
    expect(compare).toMatchObject({ code: 0, stderr: '' })
    // The limits of the schema stand where one looks for them.
    expect(compare.stdout).toMatch(/--rounds <n> +rounds of the timing: 3 to 1000/)
    const replay = await cli(['replay', '--help'])
    for (const line of [
      '<id> <slot> <nslots> <byte offset> <pad slots> <pool>',
      '<id> -1 0 0 0 0',
    ]) {
      expect(replay.stdout).toContain(line)
    }
    expect(replay.stdout).toMatch(/unmap +<id> u <nslots>$/m)
    expect(compare.stdout).toMatch(/--cpus <n> +CPUs of the scenario: 1 to 1024/)
  })
})

describe('compare', () => {
  test('--json has a row for each tracker, with accuracy and throughput', async () => {
    const result = await json<Comparison>('compare', 'review-64mib', '--rounds', '3')
    expect(result.rows.map((row) => row.tracker)).toEqual(defaultTrackers)
    for (const { accuracy, throughput } of result.rows) {
      expect(accuracy.truthSlots.low).toBe(accuracy.truthSlots.high)
      expect(['exact', 'within', 'over', 'under', 'none']).toContain(accuracy.verdict)
      expect(throughput?.nsPerPair.median).toBeGreaterThan(0)
      expect(throughput?.vsOff.ratio).toBeGreaterThan(0)
    }
  })

  test('the table shows every tracker, the peak, the noise control and what was found', async () => {
    const { code, stdout } = await cli(['compare', 'fio-4k', '--rounds', '3'])
    expect(code).toBe(0)
    for (const name of defaultTrackers) expect(stdout).toMatch(new RegExp(`^${name}`, 'm'))
    expect(stdout).toMatch(/^switchable, on .*\nswitchable, off /m)
    expect(stdout).toMatch(/peak that really was: .* slots?\)/)
    expect(stdout).toContain('noise control: off against off')
    expect(stdout).toMatch(/^The peak really was/m)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^next, .*: .+/)
  })

  test('options reach the scenario and the layout', async () => {
    const args = '--slots 1MiB --areas 2 --cpus 2 --seed 7 --steps 5000 --no-timing'.split(' ')
    const layout = '--area-layout padded --counter-layout own-line --slot-index bitmap'.split(' ')
    const result = await json<Comparison>('compare', 'uniform', ...args, ...layout, '--no-copy')
    expect(result.pool).toMatchObject({ slots: 512, areas: 2 })
    expect(result.scenario).toMatchObject({ cpus: 2, seed: 7, steps: 5000, copy: false })
    expect(result.layout).toEqual({
      areaLayout: 'padded',
      counterLayout: 'own-line',
      slotIndex: 'bitmap',
    })
    expect(result.timing).toBeNull()
  })

  test('the threads engine gives the truth as an envelope', async () => {
    const args = '--engine threads --cpus 2 --steps 4000 --no-timing'.split(' ')
    const { rows } = await json<Comparison>('compare', 'uniform', ...args)
    for (const { accuracy } of rows) {
      expect(accuracy.engine).toBe('threads')
      expect(accuracy.truthSlots.low).toBeLessThanOrEqual(accuracy.truthSlots.high)
    }
  })

  test('a series gives each area of the review 8 MiB, and per-area errs more and more', async () => {
    const { steps } = await json<{ steps: { value: number; comparison: Comparison }[] }>(
      ...['compare', '--sweep', 'areas=8,16,32', '--no-timing'],
    )
    expect(steps.map((step) => step.value)).toEqual([8, 16, 32])
    const errors = steps.map(({ value, comparison }) => {
      expect(comparison.pool).toMatchObject({ slots: value * 4096, areas: value })
      return comparison.rows.find((row) => row.tracker === 'per-area')?.accuracy.errorSlots ?? 0
    })
    expect(errors).toEqual([...errors].sort((a, b) => a - b))
    expect(errors[0]).toBeGreaterThan(0)
  })

  test('a series as a table', async () => {
    const args = 'compare uniform --sweep cpus=1,2 --steps 4000 --no-timing'.split(' ')
    const { code, stdout } = await cli([...args, '--trackers', 'per-area,global-atomic'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^cpus +pool +really was +per-area +global-atomic$/m)
    expect(stdout.match(/^ *[12] {2}64 MiB, 8 areas /gm)).toHaveLength(4)
  })
})

describe('run', () => {
  test('one tracker in full, by default the kernel’s own', async () => {
    const { code, stdout } = await cli(['run', 'fio-4k', '--rounds', '3'])
    expect(code).toBe(0)
    expect(stdout).toContain('tracker global-atomic')
    expect(stdout).toMatch(/^map\+unmap( +[\d.]+){5}$/m)
  })

  test('--json is that one row', async () => {
    const args = ['run', 'uniform', '--tracker', 'per-area', '--no-timing', '--steps', '5000']
    const result = await json<RunResult>(...args)
    expect(result).toMatchObject({ tracker: 'per-area', throughput: null, timing: null })
  })
})

interface Replayed {
  readonly pool: { readonly nslabs: number; readonly nareas: number }
  readonly peakSlots: number
  readonly sameAsKernel: boolean | null
  readonly trace: { readonly lost: { readonly events: number } }
  readonly peakBounds: { readonly low: number; readonly high: number | null } | null
  readonly rows: readonly { readonly tracker: string; readonly reportedSlots: number | null }[]
}

describe('replay', () => {
  const LOG =
    '#! nslabs=1024 nareas=2 pool=40000000\nm 0 7 100000 4096 0 0\nm 1 8 200000 65536 0 0\nu 0 7\n'

  test('the pool and the kernel’s mark come from the meta.json beside the trace', async () => {
    const { hiwater_after: hiwater, nslabs, nareas } = meta('c-mixed-4cpu')
    const result = await json<Replayed>('replay', trace('c-mixed-4cpu'))
    expect(result.pool).toMatchObject({ nslabs, nareas })
    expect(result).toMatchObject({ peakSlots: hiwater, sameAsKernel: true })
    expect(result.rows.find((row) => row.tracker === 'global-atomic')?.reportedSlots).toBe(hiwater)
  })

  test('several traces are one document', async () => {
    const files = [trace('e2-full-2areas'), trace('a-seq-1cpu')]
    const { traces } = await json<{ traces: Replayed[] }>('replay', ...files, '--trackers', 'off')
    expect(traces.map((one) => one.peakSlots)).toEqual([
      meta('e2-full-2areas').hiwater_after,
      meta('a-seq-1cpu').hiwater_after,
    ])
  })

  test('a mark that is not the replayed one is a "no"', async () => {
    const other = String(meta('a-seq-1cpu').hiwater_after + 1)
    const { code, stdout } = await cli(['replay', trace('a-seq-1cpu'), '--hiwater', other])
    expect(code).toBe(1)
    expect(stdout).toContain('1 slot more')
  })

  test('another pool than the kernel’s is not compared with it', async () => {
    const args = ['replay', trace('a-seq-1cpu'), '--slots', '64MiB', '--areas', '2']
    const result = await json<Replayed>(...args)
    expect(result).toMatchObject({ pool: { nslabs: 32768, nareas: 2 }, sameAsKernel: null })
  })

  test('lost events: it says so, gives bounds, and ends with 0', async () => {
    const name = 'x-overrun-std-2cpu'
    const result = await json<Replayed>('replay', trace(name))
    expect(result.trace.lost.events).toBeGreaterThan(0)
    expect(result.sameAsKernel).toBeNull()
    expect(result.peakBounds?.low).toBeLessThanOrEqual(meta(name).hiwater_after)
    expect(result.peakBounds?.high).toBeGreaterThanOrEqual(meta(name).hiwater_after)
    const { code, stdout } = await cli(['replay', trace(name)])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Incomplete: \d+ events lost/m)
  })

  test('--placements of stdin: a line for each operation, and the sums', async () => {
    const { code, stdout } = await cli(['replay', '-', '--placements'], { input: LOG })
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toEqual([
      '7 0 2 0 0 0',
      '8 512 32 0 0 0',
      '7 u 2',
      'used 32',
      'hiwater 34',
      'full 0',
    ])
  })

  test('--placements --json is one document with the same lines', async () => {
    const { stdout } = await cli(['replay', '-', '--placements', '--json'], { input: LOG })
    const document = JSON.parse(stdout) as { placements: string[] }
    expect(document.placements).toHaveLength(6)
  })
})

describe('demo', () => {
  test('is what runs when nothing is asked for: the table, then a kernel’s trace', async () => {
    const { code, stdout } = await cli([])
    expect(code).toBe(0)
    expect(stdout).toContain('review-64mib')
    expect(stdout).toMatch(/^The peak really was [\s\S]*^tracker +promise/m)
    const { hiwater_after: hiwater } = meta('c-mixed-4cpu')
    expect(stdout).toMatch(
      new RegExp(`^global-atomic .* ${hiwater} slots.* ${hiwater} slots$`, 'm'),
    )
    expect(stdout).toMatch(/^next, .*\n(next, .*\n)+$/m)
    // Each of the lines runs as it stands.
    const next = nextIn(stdout)
    expect(next.length).toBe(3)
    for (const line of next) {
      const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: root, encoding: 'utf8' })
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
    }
  })
})

describe('the process', () => {
  test('an interrupt ends it with 130 and no half document', async () => {
    // It may come before the program has begun to listen, so several moments are tried.
    for (const interruptAfter of [500, 1000, 2000, 4000]) {
      const args = ['compare', '--rounds', '1000', '--json']
      const { code, stdout, stderr } = await cli(args, { interruptAfter })
      expect(stdout).toBe('')
      if (code === null) continue
      expect({ code, stderr }).toEqual({ code: 130, stderr: 'swiotlb-lab: interrupted\n' })
      return
    }
    throw new Error('it was never ready within 4 s')
  })

  test('a reader that goes away in the middle ends it quietly', async () => {
    const args = ['replay', trace('a-seq-1cpu'), '--placements']
    const { code, stderr } = await cli(args, { deaf: true })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
