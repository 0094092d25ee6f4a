// The script for machines with many CPUs: which CPUs it takes, what it writes, and a short run of it.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { manyCpus, moreThreads } from '../../bench/figures/many.js'
import { chooseCpus, stepsTo } from '../../bench/many-cpus/cpus.js'
import { isCut, type ManyCpus, manyCpusSchema, resultText } from '../../bench/many-cpus/result.js'
import { exitOf, inSteps, missingWords, stepOf } from '../../bench/many-cpus/steps.js'
import type { Comparison } from '../../lib/index.js'
import { cpuList, machineCpus } from '../../lib/measure/cpus.js'

jest.setTimeout(120_000)

const folder = mkdtempSync(path.join(tmpdir(), 'swiotlb-lab-many-cpus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Place {
  readonly socket: number
  readonly core: number
  readonly shared: string
}

/** A machine as /sys shows it. */
function sys(name: string, cpus: readonly Place[]): string {
  const root = path.join(folder, name)
  cpus.forEach(({ socket, core, shared }, i) => {
    const of = (file: string): string => path.join(root, `cpu${i}`, file)
    mkdirSync(of('topology'), { recursive: true })
    mkdirSync(of('cache/index3'), { recursive: true })
    writeFileSync(of('topology/physical_package_id'), `${socket}\n`)
    writeFileSync(of('topology/core_id'), `${core}\n`)
    writeFileSync(of('cache/index3/shared_cpu_list'), `${shared}\n`)
  })
  return root
}

describe('the CPUs', () => {
  test('are a list as the kernel writes it', () => {
    expect(cpuList('0-3,8,10-11\n')).toEqual([0, 1, 2, 3, 8, 10, 11])
    expect(cpuList('')).toEqual([])
    expect(() => cpuList('0-x')).toThrow('"0-x": expected a CPU or a range')
  })

  test('are doubled until all are there', () => {
    expect(stepsTo(2)).toEqual([1, 2])
    expect(stepsTo(8)).toEqual([1, 2, 4, 8])
    expect(stepsTo(12)).toEqual([1, 2, 4, 8, 12])
  })

  test('are one of each core of the largest socket, by the cache that they share', () => {
    // Four cores of two threads in two complexes, and a socket of one core.
    const place = (socket: number, core: number, shared: string) => ({ socket, core, shared })
    const cores = [
      ...[place(0, 0, '0-1,5-6'), place(0, 1, '0-1,5-6'), place(0, 2, '2-3,7-8')],
      ...[place(0, 3, '2-3,7-8'), place(1, 0, '4,9')],
    ]
    const root = sys('two', [...cores, ...cores])
    const all = Array.from({ length: 10 }, (_, i) => i)
    expect(chooseCpus(machineCpus(all, root))).toEqual({
      cpus: [0, 1, 2, 3],
      complexes: [
        [0, 1],
        [2, 3],
      ],
      leftOut: [
        '5 CPUs that share a core with one that is timed',
        '1 cores of other sockets: one socket is predicted',
      ],
    })
    // What this process may not use is not there.
    expect(chooseCpus(machineCpus([1, 6, 8], root))).toMatchObject({ cpus: [1, 8] })
  })

  test('of a machine that shows nothing are cores of one socket and one cache', () => {
    expect(chooseCpus(machineCpus([0, 1, 2], path.join(folder, 'none')))).toEqual({
      ...{ cpus: [0, 1, 2], complexes: [[0, 1, 2]], leftOut: [] },
    })
  })
})

/** What is looked at of a comparison of two threads, with copies and without. */
function comparison(): Pick<Comparison, 'rows' | 'timing' | 'timingNoCopy' | 'warnings'> {
  const timing = { ...{ pinned: true, realtime: false, dropped: 0.1, stolen: 0 }, line: null }
  const figure = (ns: number) => ({
    nsPerPair: { median: ns, low: ns, high: ns },
    ...{ mean: null, vsOff: { ratio: ns / 100, low: ns / 100, high: ns / 100 } },
  })
  const row = (tracker: string, full: number | null, bare: number | null, dropped: number) => ({
    tracker,
    throughput: full && figure(full),
    throughputNoCopy: bare && figure(bare),
    slices: { dropped: [dropped, 0.02] },
    slicesNoCopy: { dropped: [0.02, 0.02] },
  })
  return {
    timing: { ...timing, noise: null },
    timingNoCopy: { ...timing, noise: null, dropped: 0.2 },
    rows: [
      row('off', 100, 100, 0.02),
      row('global-atomic', 130, 400, 0.08),
      row('epochs', null, 105, 0.3),
    ],
    warnings: ['a word', 'without copies: another word'],
  } as unknown as Comparison
}

test('a step in which off was not itself is no cost, and is in no range', () => {
  const result = manyCpusSchema.parse(
    JSON.parse(
      readFileSync(
        path.join('results/many-cpus', 'intel-xeon-f6m207-16cpu-kvm-2026-11-27T041853.json'),
        'utf8',
      ),
    ),
  )
  const steps = (low: number): ManyCpus['steps'] =>
    result.steps.map((step) => ({ ...step, noise: { ratio: low + 0.01, low, high: low + 0.02 } }))
  const [other, quiet] = [0.94, 0.99].map((low) => ({ ...result, steps: steps(low) }))
  const files = [other, quiet].map((kept, i) => ({ file: `${i}.json`, kept: kept as ManyCpus }))
  expect(resultText(other as ManyCpus)).toMatch(/\] \? [\s\S]*\n\?: `off` was not itself/)
  expect(resultText(quiet as ManyCpus)).not.toContain('not itself')
  expect(moreThreads(files)).toContain(
    'no copies, without 1 run in which `off` was not itself: `global-atomic`',
  )
  expect(moreThreads(files.slice(1))).not.toContain('not itself')
  expect(moreThreads(files.slice(0, 1))).toMatch(/`global-atomic` without a figure/)
})

describe('a step', () => {
  test('takes both, with copies and without, from one comparison', () => {
    const [bare, full] = [false, true].map((copy) => stepOf(2, copy, comparison(), comparison()))
    expect([bare?.warnings, full?.warnings]).toEqual([['another word'], ['a word']])
    expect([bare?.dropped, full?.dropped]).toEqual([0.2, 0.1])
    const of = (step: typeof full, tracker: string) =>
      step?.trackers.find((one) => one.tracker === tracker)
    expect(of(full, 'global-atomic')).toMatchObject({
      measured: { ns: 130 },
      predicted: { vsOff: 1.3 },
    })
    expect(of(bare, 'global-atomic')).toMatchObject({
      measured: { ns: 400 },
      predicted: { vsOff: 4 },
    })
    expect(of(full, 'epochs')?.measured).toBeNull()
  })

  test('is cut where much more was dropped than of off, by the shares and not by words', () => {
    const full = stepOf(2, true, comparison(), comparison())
    expect(['off', 'global-atomic', 'epochs'].map((name) => isCut(full, name))).toEqual([
      ...[false, true, true],
    ])
    const said = 'off: 90 % of its time was dropped, of that of off 2 %: it is not in the figure'
    expect(isCut({ ...full, warnings: [said] }, 'off')).toBe(false)
    // A result that was kept before the shares were has but the words.
    const old = full.trackers.map(({ dropped, ...rest }) => rest)
    expect(isCut({ ...full, trackers: old }, 'global-atomic')).toBe(false)
    expect(isCut({ ...full, trackers: old, warnings: [said] }, 'off')).toBe(true)
  })

  const late = () => false

  test('that fails ends the series with those before it, and says so', async () => {
    const make = async (count: number) => {
      if (count === 4) throw new Error('interrupted')
      return count
    }
    const series = await inSteps([1, 2, 4, 8], late, make)
    expect(series).toMatchObject({ made: [1, 2], missing: [4, 8] })
    expect(missingWords(series)).toEqual([
      'this is not all: 4, 8 threads are missing, since it ended: interrupted',
    ])
    expect(exitOf(series)).toBe(1)
    await expect(inSteps([4], late, make)).rejects.toThrow('interrupted')
  })

  test('is left out where there is no time, but for the first', async () => {
    const series = await inSteps(
      [1, 2],
      () => true,
      async (count) => count,
    )
    expect(series).toEqual({ made: [1], missing: [2], error: null })
    expect(missingWords(series)).toEqual([
      'this is not all: 2 threads are missing, for lack of time',
    ])
    expect(exitOf(series)).toBe(1)
    const whole = await inSteps([1, 2], late, async (count) => count)
    expect([missingWords(whole), exitOf(whole)]).toEqual([[], 0])
  })
})

const script = (...args: string[]) =>
  promisify(execFile)('sh', ['bench/many-cpus.sh', ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

describe('the script', () => {
  const { cpus } = chooseCpus()

  test('writes what it did, and says where it says nothing of many CPUs', async () => {
    const out = path.join(folder, 'result.json')
    const { code, stdout, stderr } = await script('--quick', '--out', out)
    if (cpus.length < 2) {
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/one CPU/) })
      return
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const result: ManyCpus = manyCpusSchema.parse(JSON.parse(readFileSync(out, 'utf8')))
    expect(result.steps.map((step) => [step.cpus, step.copy])).toEqual(
      stepsTo(cpus.length).flatMap((n) => [false, true].map((copy) => [n, copy])),
    )
    expect(result.seconds).toBeLessThan(300)
    expect(result.calibrated?.map((one) => one.cpus)).toEqual(stepsTo(cpus.length))
    for (const { trackers } of result.steps) {
      expect(trackers.map(({ tracker }) => tracker)).toContain('reserve')
      for (const { predicted } of trackers) expect(predicted?.ns).toBeGreaterThan(0)
    }
    const few = /fewer than 4: this says nothing of many CPUs/
    expect(few.test(result.notes.join('\n'))).toBe(cpus.length < 4)
    expect(stdout).toContain(resultText(result))
    // And as it stands in docs/, a run by itself and two of them.
    const file = { file: 'a.json', kept: result }
    expect(manyCpus([file])).toMatch(
      /within 20 %: global-atomic \d+ of \d+ cells[,;][\s\S]*One run; .*: \[a\.json\]/,
    )
    const rows = manyCpus([file, { ...file, file: 'b.json' }]).split('\n')
    const predicted = result.steps[0]?.trackers[1]?.predicted?.vsOff.toFixed(2)
    expect(rows.find((row) => row.startsWith('| 1 '))).toContain(`${predicted}<br>${predicted} `)
    // It never writes over what is there.
    expect(await script('--quick', '--out', out)).toMatchObject({ code: 2 })
  })

  test('refuses what it does not know', async () => {
    expect(await script('--qiuck')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^many-cpus: .*--qiuck/),
    })
  })
})
