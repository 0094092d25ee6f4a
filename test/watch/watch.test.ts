// What `watch` tells of counters: a number where there is one, else a reason; and how it ends.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readCounters } from '../../lib/debugfs/counters.js'
import { InputError, type WatchOptions, type WatchSample, watch } from '../../lib/index.js'
import { sampleLine, Told } from '../../lib/report/text/watch.js'
import { whyNoPool } from '../../lib/watch/no-pool.js'
import { Observer } from '../../lib/watch/observe.js'
import { cli } from '../cli/process.js'
import { MINUTE_MS, virtualClock } from './loads.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-watch-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Files = Readonly<Record<string, string | number>>

function show(files: Files, place = folder): void {
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(place, `io_tlb_${name}`), `${value}\n`)
  }
}

/** A look for each set of files. */
async function looks(steps: readonly Files[], options: WatchOptions = {}): Promise<WatchSample[]> {
  show(steps[0] as Files)
  let step = 0
  const clock = virtualClock(() => show(steps[++step] as Files))
  const samples: WatchSample[] = []
  const all = watch({ folder, periodMs: MINUTE_MS, count: steps.length, clock, ...options })
  for await (const sample of all) samples.push(sample)
  return samples
}

const look = async (files: Files): Promise<WatchSample> => (await looks([files]))[0] as WatchSample

const idle = { nslabs: 32_768, used: 0, used_hiwater: 0 }

test('nearly full is said, and what is wrong comes first', async () => {
  const full = { nslabs: 32_768, used: 32_000, used_hiwater: 32_701 }
  const half = { ...full, used: 16_384 }
  const samples = await looks([full, full, half, full])
  expect(samples.map(({ nearlyFull }) => nearlyFull)).toEqual([true, true, false, true])
  const told = samples.map(({ notes }) => notes.some((note) => /^nearly full: a tenth/.test(note)))
  expect(told).toEqual([true, false, false, true])
  const [sample, , other] = samples as [WatchSample, WatchSample, WatchSample]
  expect(sampleLine(sample)).toMatch(/^NEARLY FULL; 32000 of 32768 slots used/)
  expect(sampleLine(other)).toMatch(/^16384 of/)
  const exact = await look({ nslabs: 1280, used: 1152, used_hiwater: 1152 })
  expect(exact.nearlyFull).toBe(true)
  expect((await look({ nslabs: 0, used: 0, used_hiwater: 0 })).nearlyFull).toBe(null)
})

test('a narrow terminal gets short forms, of which nothing is cut off', async () => {
  const sample = await look({ nslabs: 65_536, used: 65_000, used_hiwater: 65_321 })
  const leak = { slotsPerMinute: 25, overMs: MINUTE_MS, fullInMs: null }
  const bad = { ...sample, leak, faults: ['wrong'], driftSlotsPerMinute: 25 }
  const wide = sampleLine(bad)
  expect(wide).toContain(
    '65000 of 65536 slots used (126.95 MiB, 99.18 %); hiwater 65321; drift +25',
  )
  expect(sampleLine(bad, wide.length)).toBe(wide)
  expect(sampleLine(bad, 79)).toBe('LEAK BUG FULL 99.2 %; hiwater 65321; +25.0/min')
  expect(sampleLine(bad, 39)).toBe('LEAK BUG FULL 99.2 % 65321 +25.0')
  expect(sampleLine({ ...bad, leak: null, faults: [] }, 79)).toBe(
    'NEARLY FULL; 99.2 %: 65000 of 65536; hiwater 65321; drift +25.0/min',
  )
})

describe('a pool that changes', () => {
  const sizes = async (from: number, to: number, more: Files = {}): Promise<string> => {
    const files = { ...idle, ...more }
    const [, after] = await looks([
      { ...files, nslabs: from },
      { ...files, nslabs: to },
    ])
    return (after?.notes ?? []).join()
  }

  test('is told: it grew, or is of another boot', async () => {
    expect(await sizes(1024, 4096, { transient_nslabs: 0 })).toMatch(
      /from 1024 slots \(2 MiB\) to 4096 slots \(8 MiB\): this kernel lets it grow/,
    )
    rmSync(join(folder, 'io_tlb_transient_nslabs'))
    expect(await sizes(1024, 4096)).toMatch(/without SWIOTLB_DYNAMIC does: is the folder of/)
    expect(await sizes(4096, 1024)).toMatch(/no running kernel does: is the folder of another boot/)
    expect(await sizes(1024, 1024)).not.toMatch(/has gone/)
  })
})

describe('more in use than can be', () => {
  const faultsOf = async (steps: readonly Files[]): Promise<number[]> =>
    (await looks(steps)).map(({ faults }) => faults.length)
  const times = (n: number, files: Files): Files[] => Array.from({ length: n }, () => files)

  test('above the mark, in three looks in a row: a note, as some trackers may do it', async () => {
    const above = { nslabs: 1024, used: 500, used_hiwater: 300 }
    const right = { ...above, used_hiwater: 500 }
    const steps = [
      ...times(2, above),
      right,
      ...[500, 501, 502, 503].map((used) => ({ ...above, used })),
      right,
      ...times(3, above),
    ]
    const samples = await looks(steps)
    expect(samples.flatMap(({ faults }) => faults)).toEqual([])
    const isTold = ({ notes }: WatchSample): boolean => notes.some((one) => /its mark/.test(one))
    expect(samples.flatMap((sample, i) => (isTold(sample) ? [i] : []))).toEqual([5, 10])
    expect(samples[5]?.notes.join()).toMatch(/is 502, above .* of 300, .*Linux's own tracker each/)
  })

  test('above the pool and its transient pools, in three looks in a row', async () => {
    const above = { nslabs: 1024, used: 3000, used_hiwater: 3000, transient_nslabs: 0 }
    expect(await faultsOf(times(4, above))).toEqual([0, 0, 1, 1])
    expect(await faultsOf(times(4, { ...above, transient_nslabs: 2000 }))).toEqual([0, 0, 0, 0])
  })
})

test('a terminal is told a fault once, whatever its numbers, and again if it comes back', async () => {
  const files = { nslabs: 1024, used: 5, used_hiwater: 9 }
  const steps = [1030, 1031, 1032, 5, 1033].map((used) => ({ ...files, used }))
  const told = new Told()
  const news = (await looks(steps)).map((sample) => told.news(sample))
  expect(news.map((texts) => texts.length)).toEqual([1, 0, 0, 0, 1])
  expect(news[0]?.[0]).toMatch(/io_tlb_used is 1030, above the 1024 slots/)
  expect(news[4]?.[0]).toMatch(/io_tlb_used is 1033/)
})

describe('a look', () => {
  test('tells what is there', async () => {
    expect(
      await look({ nslabs: 16_384, used: 512, used_hiwater: 1291, transient_nslabs: 4 }),
    ).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      pool: 'default',
      poolSlots: 16_384,
      usedSlots: 512,
      hiwaterSlots: 1291,
      transientSlots: 4,
      usedPercent: 3.125,
      driftSlotsPerMinute: null,
      leak: null,
      nearlyFull: false,
      faults: [],
      unknown: { driftSlotsPerMinute: expect.objectContaining({ reason: 'too-early' }) },
      notes: [],
    })
  })

  test('0 is 0 where nothing says otherwise', async () => {
    const sample = await look(idle)
    expect(sample).toMatchObject({ usedSlots: 0, hiwaterSlots: 0, usedPercent: 0 })
    expect(sample.notes).toEqual([expect.stringContaining('nothing was bounced yet, or')])
  })

  test('the drift is told from ten looks on', async () => {
    const all = await looks(Array.from({ length: 12 }, (_, i) => ({ ...idle, used: 100 + 3 * i })))
    expect(all.map(({ driftSlotsPerMinute }) => driftSlotsPerMinute)).toEqual([
      ...Array<null>(9).fill(null),
      3,
      3,
      3,
    ])
  })
})

describe('what is not known is a reason', () => {
  test('no debugfs', async () => {
    const [sample] = await looks([{}], { folder: join(folder, 'swiotlb') })
    expect(sample).toMatchObject({
      poolSlots: null,
      usedSlots: null,
      hiwaterSlots: null,
      usedPercent: null,
      driftSlotsPerMinute: null,
    })
    expect(new Set(Object.values(sample?.unknown ?? {}).map(({ reason }) => reason))).toEqual(
      new Set(['no-debugfs']),
    )
  })

  test('absent', async () => {
    const sample = await look({ nslabs: 32_768, used: 3 })
    expect(sample).toMatchObject({ usedSlots: 3, hiwaterSlots: null, transientSlots: null })
    expect(sample.unknown).toMatchObject({
      hiwaterSlots: { reason: 'absent', words: expect.stringContaining('since 6.4') },
      transientSlots: { reason: 'absent', words: expect.stringContaining('SWIOTLB_DYNAMIC') },
    })
  })

  test('no permission', () => {
    // Root may read everything, so a look is made as nobody.
    if (process.getuid?.() !== 0)
      throw new Error('this test takes root, as the container of CI has')
    show(idle)
    rmSync(join(folder, 'io_tlb_used'))
    writeFileSync(join(folder, 'io_tlb_used'), '5\n', { mode: 0o600 })
    spawnSync('chmod', ['755', folder])
    const code = `process.setuid(65534)
      import('${join(__dirname, '../../dist/debugfs/counters.js')}')
        .then(({ readCounters }) => readCounters('${folder}'))
        .then((counters) => console.log(JSON.stringify(counters)))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      nslabs: { slots: 32_768 },
      used: { reason: 'no-permission', words: expect.stringContaining('it takes root') },
    })
  })

  test('a command line of noforce is the reason, where there is nothing to read', async () => {
    const file = join(folder, 'cmdline')
    const why = async (text: string): Promise<string | undefined> => {
      writeFileSync(file, `${text}\n`)
      return whyNoPool(file)
    }
    expect(await why('quiet swiotlb=4096,4')).toBeUndefined()
    expect(await why('quiet -- swiotlb=noforce')).toBeUndefined()
    expect(await whyNoPool(join(folder, 'none'))).toBeUndefined()
    const words = await why('quiet swiotlb=noforce')
    expect(words).toMatch(/^the command line has swiotlb=noforce: this machine has no pool/)
    const said = expect.stringContaining(`nothing to read in ${folder}: ${words}`)
    const absent = { nslabs: { reason: 'absent', words: said }, used: { words: said } }
    expect(await readCounters(folder, words)).toMatchObject(absent)
    expect(await readCounters(folder)).not.toMatchObject(absent)
    const none = await readCounters(join(folder, 'none'), words)
    expect(none.nslabs).toMatchObject({ words: expect.stringContaining(`${words}`) })
    show(idle)
    expect(await readCounters(folder, words)).toMatchObject({ nslabs: { slots: 32_768 } })
  })

  test('no pool', async () => {
    const sample = await look({ nslabs: 0, used: 0, used_hiwater: 0 })
    expect(sample).toMatchObject({ poolSlots: 0, usedSlots: null, hiwaterSlots: null })
    expect(sample.unknown).toMatchObject({
      usedSlots: { reason: 'no-pool' },
      usedPercent: { reason: 'no-pool' },
      hiwaterSlots: { reason: 'no-pool' },
    })
  })

  test.each(['', 'abc', '-1', '1.5', '99999999999999999999', '12 34', '18446744073709551616'])(
    'unreadable: %j',
    async (used) => {
      const sample = await look({ ...idle, used })
      expect(sample.usedSlots).toBeNull()
      expect(sample.unknown.usedSlots).toMatchObject({ reason: 'unreadable' })
    },
  )

  test('not tracked, and that stays so when nothing is in use any more', async () => {
    const all = await looks([
      idle,
      { ...idle, used: 9 },
      idle,
      { ...idle, used: 2, used_hiwater: 5 },
    ])
    expect(all.map(({ hiwaterSlots }) => hiwaterSlots)).toEqual([0, null, null, 5])
    expect(all[1]?.unknown.hiwaterSlots).toMatchObject({
      reason: 'not-tracked',
      words: expect.stringContaining('track_hiwater'),
    })
    expect(all[1]?.notes).toEqual([expect.stringContaining('sum of areas')])
    expect(all[2]?.unknown.hiwaterSlots?.reason).toBe('not-tracked')
  })

  test('a kernel that may keep none is not taken at its word', () => {
    const counters = {
      nslabs: { slots: 32_768 },
      used: { slots: 0 },
      hiwater: { slots: 0 },
      transient: { reason: 'absent', words: '' },
    } as const
    const of = (mayNotTrack: boolean) =>
      new Observer({
        pool: 'default',
        others: [],
        windowMs: 1000,
        periodMs: 1000,
        mayNotTrack,
      }).look(counters, 0, new Date(0))
    expect(of(false).hiwaterSlots).toBe(0)
    expect(of(true).unknown.hiwaterSlots?.reason).toBe('maybe-not-tracked')
  })

  test('a mark that was reset is none of that', async () => {
    const all = await looks([{ ...idle, used: 5, used_hiwater: 9 }, { ...idle, used: 5 }, idle])
    expect(all.map(({ hiwaterSlots }) => hiwaterSlots)).toEqual([9, null, 0])
    expect(all[1]?.unknown.hiwaterSlots?.reason).toBe('reset')
  })
})

describe('the counter bug', () => {
  test.each([
    [{ used: '18446744073709551615' }, 'io_tlb_used has fallen below 0 (by 1)'],
    [{ used: '18446744073709551104' }, 'io_tlb_used has fallen below 0 (by 512)'],
    [{ used: '4294967294' }, 'io_tlb_used has fallen below 0 (by 2)'],
    [{ used_hiwater: '18446744073709551615' }, 'io_tlb_used_hiwater has fallen below 0 (by 1)'],
    [{ used_hiwater: 32_769 }, 'io_tlb_used_hiwater is 32769, above the 32768 slots'],
    [{ used: 40_000 }, 'io_tlb_used is 40000, above the 32768 slots'],
  ])('is named: %j', async (files, words) => {
    const sample = await look({ ...idle, ...files })
    expect(sample.faults).toEqual([expect.stringContaining(words)])
    const name = 'used' in files ? 'usedSlots' : 'hiwaterSlots'
    expect([sample[name], sample.unknown[name]?.reason]).toEqual([null, 'counter-bug'])
  })

  test('is not what a pool shows that grows', async () => {
    const sample = await look({ ...idle, used_hiwater: 40_000, transient_nslabs: 0 })
    expect([sample.faults, sample.hiwaterSlots]).toEqual([[], 40_000])
  })
})

describe('the mark', () => {
  const used = { ...idle, used: 5, used_hiwater: 9 }

  test('is left alone', async () => {
    await looks([used])
    expect(readFileSync(join(folder, 'io_tlb_used_hiwater'), 'utf8')).toBe('9\n')
  })

  test('is reset when asked, behind the first look', async () => {
    const [sample] = await looks([used], { reset: true })
    expect(sample?.hiwaterSlots).toBe(9)
    expect(readFileSync(join(folder, 'io_tlb_used_hiwater'), 'utf8').trim()).toMatch(/^0/)
  })

  test('cannot be reset where there is none, and none is made', async () => {
    await expect(looks([{ nslabs: 5, used: 0 }], { reset: true })).rejects.toThrow(InputError)
    expect(readdirSync(folder).sort()).toEqual(['io_tlb_nslabs', 'io_tlb_used'])
  })
})

test('restricted pools are named, and one can be looked at', async () => {
  mkdirSync(join(folder, 'wifi'))
  show({ nslabs: 1000, used: 7, used_hiwater: 8 }, join(folder, 'wifi'))
  expect((await look(idle)).notes).toContain(
    'not looked at: restricted pools wifi; expected --pool and a name for one',
  )
  const [sample] = await looks([idle], { pool: 'wifi' })
  expect(sample).toMatchObject({ pool: 'wifi', poolSlots: 1000, usedSlots: 7, notes: [] })
})

describe('it ends', () => {
  test('after so long, and when it is aborted', async () => {
    const clock = virtualClock()
    show(idle)
    let seen = 0
    for await (const _ of watch({ folder, periodMs: 1000, durationMs: 10_000, clock })) seen++
    expect(seen).toBe(11)
    const abort = new AbortController()
    for await (const _ of watch({ folder, periodMs: 10, signal: abort.signal })) abort.abort()
  })

  test.each([
    [{ periodMs: 1 }, 'periodMs: expected at least 10 ms'],
    [{ count: 0 }, 'count: expected at least 1'],
    [{ pool: '../x' }, 'pool: expected the name of a folder'],
    [{ folder: '' }, 'folder: expected a folder'],
  ])('at once where it makes no sense: %j', async (options, words) => {
    await expect(looks([idle], options)).rejects.toThrow(words)
  })
})

describe('the command', () => {
  const lines = (text: string): WatchSample[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

  test('prints JSON lines in a pipe, so many as asked', async () => {
    show({ ...idle, used: 3, used_hiwater: 4 })
    const args = ['watch', '--folder', folder, '--count', '3', '--period', '20ms']
    const { code, stdout, stderr } = await cli(args)
    expect([code, stderr]).toEqual([0, ''])
    expect(lines(stdout).map(({ usedSlots }) => usedSlots)).toEqual([3, 3, 3])
  })

  test('ends cleanly with Ctrl-C', async () => {
    show(idle)
    const args = ['watch', '--folder', folder, '--period', '20ms']
    const { code, stdout, stderr } = await cli(args, { interruptAfter: 2000 })
    expect([code, stderr]).toEqual([0, ''])
    expect(lines(stdout).length).toBeGreaterThan(1)
    const limited = await cli([...args, '--count', '99999'], { interruptAfter: 2000 })
    expect([limited.code, limited.stderr]).toEqual([130, 'swiotlb-lab: interrupted\n'])
  })

  test('a counter that cannot be right, and a leak, are a no', async () => {
    show({ ...idle, used: '18446744073709551615' })
    const { code } = await cli(['watch', '--folder', folder, '--count', '1'])
    expect(code).toBe(1)
  })

  test('says why where nothing can be read', async () => {
    const args = ['watch', '--folder', join(folder, 'no'), '--count', '1']
    const { code, stdout, stderr } = await cli(args)
    expect(code).toBe(2)
    expect(lines(stdout)[0]?.unknown.usedSlots?.reason).toBe('no-debugfs')
    expect(stderr).toContain('there is no folder')
  })

  test.each([
    [['--period', '1ms'], '--period: expected a time from 10 ms'],
    [['--period', 'x'], '--period: expected a time from 10 ms'],
    [['--count', '0'], '--count: expected a whole number from 1'],
  ] as [string[], string][])('refuses %j', async (more, words) => {
    show(idle)
    const { code, stderr } = await cli(['watch', '--folder', folder, '--count', '1', ...more])
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  test('a place that takes no file is 3, and named', async () => {
    show(idle)
    const args = ['--folder', folder, '--count', '1', '--openmetrics', '/no/such/x.prom']
    const { code, stderr } = await cli(['watch', ...args])
    expect(code).toBe(3)
    expect(stderr).toContain('/no/such/x.prom cannot be written (ENOENT)')
  })
})
