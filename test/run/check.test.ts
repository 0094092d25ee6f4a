// The search of schedules: it finds what is known, finds nothing where a promise holds, and what it
// finds can be shown again from its log.

import { afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  type CheckOptions,
  type CheckResult,
  check,
  type FindingName,
  parseTrace,
  replayFinding,
  trackers,
  traitsOf,
} from '../../lib/index.js'
import { checkText } from '../../lib/report/text/check.js'
import { expectNoLiveRuns } from './helpers.js'

jest.setTimeout(60_000)
afterEach(expectNoLiveRuns)

describe('what is known to be wrong', () => {
  test.each([
    ['global-racy', 'below-truth', 2],
    ['per-area', 'above-truth', 4],
    ['global-atomic', 'above-pool', 6],
    ['batched', 'below-truth', 2],
  ] as const)('%s: %s', async (tracker, wanted, most) => {
    const { found } = await check(tracker, { wanted })
    const { findings, operations, reportedSlots, truthSlots, pool } = found ?? {}
    expect(findings).toContain(wanted)
    expect(operations).toBeLessThanOrEqual(most)
    if (wanted === 'below-truth') expect(reportedSlots).toBeLessThan(truthSlots ?? 0)
    else expect(reportedSlots).toBeGreaterThan(truthSlots ?? 0)
    if (wanted === 'above-pool') expect(reportedSlots).toBeGreaterThan(pool?.slots ?? 0)
    expect(found?.promiseBroken).toBe(false)
  })

  test('the same seed finds the same, byte for byte', async () => {
    const once = JSON.stringify(await check('per-area', { wanted: 'above-truth', seed: 40 }))
    expect(JSON.stringify(await check('per-area', { wanted: 'above-truth', seed: 40 }))).toBe(once)
  })

  test('each policy alone finds a lost record', async () => {
    for (const policy of ['uniform', 'priority'] as const) {
      const { found } = await check('global-racy', { wanted: 'below-truth', policy })
      expect(found?.findings).toContain('below-truth')
    }
  })
})

describe('what happens beside the maps', () => {
  test('a reset ends most promises, as they say', async () => {
    for (const tracker of ['global-atomic', 'per-area', 'switchable', 'batched'] as const) {
      const result = await check(tracker, { wanted: 'reset', beside: ['reset'], seeds: 5000 })
      expect(result.until.map(({ what }) => what)).toContain('reset')
      expect(result.found).toMatchObject({ promiseBroken: false, beside: ['reset'] })
      const again = await replayFinding(result.found?.log ?? '', 'found.log')
      expect(again).toEqual({ tracker, ...result.found })
    }
  })

  test('a transient pool is left out where that is said', async () => {
    const result = await check('per-area', { wanted: 'transient' })
    expect(result.until.map(({ what }) => what)).toEqual(['reset', 'transient'])
    expect(result.found).toMatchObject({ promiseBroken: false, pool: { grow: true } })
    const log = result.found?.log ?? ''
    expect(await replayFinding(log, 'found.log')).toEqual({ tracker: 'per-area', ...result.found })
    // The same order shows nothing of reserve, whose mark has them.
    const other = await replayFinding(log, 'found.log', { tracker: 'reserve' })
    expect(other.promiseBroken).toBe(false)
  })

  test('the promise of reserve ends with nothing', async () => {
    for (const wanted of ['reset', 'transient'] as const) {
      const result = await check('reserve', { wanted, seeds: 5000 })
      expect({ found: result.found, until: result.until }).toEqual({ found: null, until: [] })
      expect(result.beside).toEqual(['reset', 'growth', 'tolerance', 'reader', 'load'])
      expect(result.layouts).toHaveLength(8)
    }
  })

  test('what a tracker does not have is refused', async () => {
    await expect(check('reserve', { beside: ['switch'] })).rejects.toThrow(
      'beside: reserve has no switch; expected one of reset, growth, tolerance, reader, load',
    )
    const unknown = check('reserve', { beside: ['growht' as 'growth'] })
    await expect(unknown).rejects.toThrow('Did you mean growth?')
  })

  test('only the layouts that were asked for', async () => {
    const layout = { counterLayout: 'own-line', slotIndex: 'bitmap' } as const
    const result = await check('per-area', { wanted: 'above-truth', layout })
    expect(result.layouts).toHaveLength(2)
    for (const one of result.layouts) expect(one).toMatchObject(layout)
    expect(result.found?.layout).toMatchObject(layout)
  })
})

describe('a tolerance that is set', () => {
  test('is in every schedule, and in the log', async () => {
    const options = { wanted: 'above-truth', tolerance: 64 } as const
    const { found, tolerance, beside } = await check('reserve', options)
    expect({ tolerance, beside }).toEqual({
      tolerance: 64,
      beside: ['reset', 'growth', 'reader', 'load'],
    })
    expect(found?.bounds).toEqual({ under: 0, over: 64 })
    expect(found?.log).toMatch(/^# check: .* tolerance=64 tolerances=none$/m)
    const again = await replayFinding(found?.log ?? '', 'found.log')
    expect(again).toEqual({ tracker: 'reserve', ...found })
    // Of 0, nothing is above the truth any more: all is told.
    const exact = await check('reserve', { ...options, tolerance: 0, seeds: 2000 })
    expect(exact.found).toBeNull()
  })

  test('is refused where there is none, and where it would be changed', async () => {
    await expect(check('per-area', { tolerance: 1 })).rejects.toThrow(
      'tolerance: per-area has none; expected nothing to be set',
    )
    await expect(check('reserve', { tolerance: 1, beside: ['tolerance'] })).rejects.toThrow(
      'beside: expected no tolerance',
    )
    await expect(check('reserve', { tolerance: -1 })).rejects.toThrow(
      'tolerance: expected a whole number of slots from 0 to 131072, not -1',
    )
  })
})

describe('who reads used and the mark', () => {
  test('sees used above the mark of whoever promises nothing', async () => {
    for (const { name } of trackers) {
      const result = await check(name, { wanted: 'read-above', beside: ['reader'] })
      expect(result.found).toMatchObject({ promiseBroken: false, beside: ['reader'] })
      const { used, hiwater } = result.found?.readSlots ?? { used: 0, hiwater: 0 }
      expect(used).toBeGreaterThan(hiwater)
      expect(checkText(result)).toMatch(/^a reader saw +used \d.*, then the mark \S/m)
    }
  })

  test('is promised that it is not, read first, by reserve alone', () => {
    const promised = trackers.filter(({ name }) => traitsOf(name).reads).map(({ name }) => name)
    expect(promised).toEqual(['reserve'])
  })
})

describe('a switch', () => {
  test('is turned off and on: a new mark begins each time', async () => {
    const result = await check('switchable', { beside: ['switch'], seeds: 5000 })
    expect(result).toMatchObject({ found: null, schedules: 5000 })
  })
})

describe('a load', () => {
  test('comes before about a fifth of the schedules', async () => {
    const { loaded, longest } = await check('off', { seeds: 2000 })
    expect(loaded).toBeGreaterThan(300)
    expect(loaded).toBeLessThan(500)
    expect(longest).toBeGreaterThan(64)
    expect((await check('off', { seeds: 2000, beside: [] })).loaded).toBe(0)
  })
})

describe('a promise', () => {
  const cases: [name: string, options: CheckOptions][] = [
    ...trackers.map(({ name }): [string, CheckOptions] => [name, {}]),
    ...trackers.map(({ name }): [string, CheckOptions] => [name, { beside: [] }]),
  ]

  test.each(cases)('of %s holds in 1000 schedules, %j', async (name, options) => {
    const result = await check(name, { seeds: 1000, ...options })
    expect({ found: result.found, schedules: result.schedules }).toEqual({
      found: null,
      schedules: 1000,
    })
    expect(result.accesses).toBeGreaterThan(10_000)
  })
})

describe('the log of a finding', () => {
  async function found(wanted: 'above-truth' | 'above-pool', tracker: string) {
    const result: CheckResult = await check(tracker, { wanted })
    if (!result.found) throw new Error('nothing was found')
    return result.found
  }

  test('shows it again', async () => {
    const one = await found('above-pool', 'global-atomic')
    const again = await replayFinding(one.log, 'found.log')
    expect(again).toEqual({ tracker: 'global-atomic', ...one })
  })

  test('shows that another tracker does not do it', async () => {
    const { log } = await found('above-truth', 'per-area')
    const { findings, tracker } = await replayFinding(log, 'found.log', { tracker: 'reserve' })
    expect(tracker).toBe('reserve')
    expect(findings).not.toContain('under' satisfies FindingName)
  })

  test('says whose accesses its schedule orders', async () => {
    const says = (cpus = 0, others = ''): string =>
      '# each digit below is the CPU that makes the next access: ' +
      `${cpus === 1 ? '0 maps and unmaps' : `0 to ${cpus - 1} map and unmap`}${others}\n# schedule: `
    const { found: plain } = await check('per-area', { wanted: 'above-truth', beside: [] })
    expect(plain?.log).toContain(says(plain?.cpus))
    // The reader is the sixth behind them.
    const options = { wanted: 'read-above', beside: ['reader'] } as const
    const { found: read } = await check('global-atomic', options)
    const reader = ((read?.cpus ?? 0) + 5).toString(36)
    expect(read?.log).toContain(says(read?.cpus, `; ${reader}: reads used and the mark`))
    expect(read?.log).toMatch(new RegExp(`^# schedule: .*${reader}`, 'm'))
    // A log from before that line was written is read all the same.
    const old = read?.log.replace(/^# each digit.*\n/m, '') ?? ''
    expect(await replayFinding(old, 'old.log')).toEqual({ tracker: 'global-atomic', ...read })
  })

  test('may have the line ends of another system', async () => {
    const one = await found('above-truth', 'per-area')
    const again = await replayFinding(one.log.replaceAll('\n', '\r\n'), 'found.log')
    expect(again).toEqual({ tracker: 'per-area', ...one })
  })

  test('is an operation log like any other', async () => {
    const { log, operations, pool } = await found('above-truth', 'per-area')
    const trace = parseTrace(log, { file: 'found.log' })
    expect(trace.operations).toHaveLength(operations)
    expect(trace.pool).toMatchObject({ nslabs: pool.slots, nareas: pool.areas })
  })

  test.each([
    ['no check line', /^# check.*\n/m, '', /:1: .*# check/],
    ['no schedule', /^# schedule.*\n/gm, '', /:1: .*# schedule/],
    ['a schedule of letters', /^(# schedule: )\d/m, '$1x', /:4: .*"x"/],
    ['a CPU too many', /^(# schedule: )\d/m, '$1z', /:4: .*"z"/],
    ['a load beyond the operations', /load=\d+/, 'load=9', /:2: .*load is 9.*at most the 3/],
    ['reads that are no number', /reads=\d+/, 'reads=x', /:2: .*reads is "x"/],
    ['no word on the switch', /switches=\d+ /, '', /:2: .*no switches=/],
    ['a word that nobody knows', /seed=/, 'sead=1 seed=', /:2: the check line has "sead=1"/],
    ['a word said twice', /seed=/, 'seed=1 seed=', /:2: the check line has seed twice/],
    ['CPUs that are no number', /cpus=\d/, 'cpus=two', /:2: .*cpus is "two"/],
    ['too many CPUs', /cpus=\d/, 'cpus=99', /:2: .*cpus is "99"/],
    ['a switch in between', /late-switch=no/, 'late-switch=maybe', /:2: .*late-switch/],
    ['an operation on another CPU', /^m \d/m, 'm 7', /:5: .*cpu is 7/],
    ['no such tracker', /tracker=\S+/, 'tracker=per-aera', /Did you mean per-area/],
    ['a cut last line', /\n$/, '', /the last line, \d+, is cut/],
    ['an index that is set', /^m /m, 'i 0 5\nm ', /:5: /],
    ['no such layout', /layout=\S+/, 'layout=packed', /:2: .*layout is "packed".*packed\/kernel/],
    ['growth in between', /grow=\w+/, 'grow=some', /:2: .*grow is "some".*yes or no/],
    ['a tolerance below zero', /tolerances=\w+/, 'tolerances=-1', /:2: .*tolerance is "-1"/],
    ['a tolerance that is no number', /tolerances=\w+/, 'tolerances=NaN', /:2: .*"NaN"/],
    ['too many tolerances', /tolerances=\w+/, 'tolerances=1,2,3,4', /:2: .*4 tolerances/],
    ['a clock that is no number', /clock=\d+/, 'clock=noon', /:2: .*clock is "noon"/],
    ['a stretch too long', /stretch=\d+/, 'stretch=9999999999', /:2: .*stretch is "9999999999"/],
    ['watched in between', /watched=\w+/, 'watched=now', /:2: .*watched is "now".*yes or no/],
    ['a pool of odd size', /nslabs=\d+/, 'nslabs=64', /:1: .*nslabs is 64/],
  ])('%s is refused, with its line', async (_, from, to, words) => {
    const { log } = await found('above-truth', 'per-area')
    const changed = log.replace(from, to)
    expect(changed).not.toBe(log)
    await expect(replayFinding(changed, 'found.log')).rejects.toThrow(words)
  })
})

test('an aborted search ends, and says so', async () => {
  const abort = new AbortController()
  const search = check('reserve', { seeds: 1e8, signal: abort.signal })
  setTimeout(() => abort.abort(), 50)
  await expect(search).rejects.toThrow('aborted')
})
