// From samples to a cost model: what is too small to measure and what contradicts itself is said.

import { describe, expect, test } from '@jest/globals'
import { calibrationOf } from '../../lib/calibrate/calibrate.js'
import { drawPairs, type Pair } from '../../lib/calibrate/pairs.js'
import { type Calibration, type Cpu, calibrate, compare } from '../../lib/index.js'
import type { NativeCalibration } from '../../lib/native/plans/calibrate.js'
import { calibrationText } from '../../lib/report/text/calibrate.js'
import type { Host } from '../../lib/results/comparison.js'
import type { LineProbe } from '../../lib/results/line.js'

const machine: Host = {
  cpuModel: 'A processor',
  cpus: 2,
  kernel: '6.12',
  node: 'v20',
  compiler: 'gcc 12',
  clock: 'tsc',
  date: '2026-11-26T00:00:00.000Z',
}

const copyBytes = [512, 2048, 4096]

/** Nanoseconds of every figure, in the order of enum lab_figure; such that everything fits. */
const plain = {
  own: 0.5,
  atomic: 5,
  lock: 6,
  handoff: 80,
  contended: 9,
  taken: 35,
  ticket: 90,
  mapRunCounts: 20,
  mapBitmap: 18,
  unmapRunCounts: 40,
  unmapBitmap: 15,
  few: 100,
  clock: 12,
  readFar: 500,
  readAbove: 538,
  readBelow: 542,
  readNext: 502,
  readSame: 545,
  kept0: 1,
  kept1: 0.7,
  kept2: 0.3,
  delay0: 1,
  delay1: 3,
  delay2: 5,
  copy512: 20,
  copy2048: 60,
  copy4096: 110,
}

const at = (ns: number, slowdown = 1): LineProbe => ({ nearestNs: ns, furthestNs: ns, slowdown })

const counted = (walk: number) => ({ own: 10, walk, atomic: 1 })

/** @param of the round's own figures */
function samples(
  rounds: number,
  of: (round: number) => Partial<typeof plain> = () => ({}),
  line: (round: number) => LineProbe | null = () => at(80),
): NativeCalibration {
  return {
    samples: Float64Array.from(
      Object.keys(plain).flatMap((key) =>
        Array.from(
          { length: rounds },
          (_, round) => ({ ...plain, ...of(round) })[key as keyof typeof plain],
        ),
      ),
    ),
    copyBytes,
    delays: [0, 1, 2],
    map: [counted(1), counted(1), counted(11)],
    unmap: [counted(10), counted(0), counted(20)],
    line: Array.from({ length: rounds + 1 }, (_, round) => line(round)),
    pinned: true,
    realtime: true,
  }
}

/** So many cores of one cache each, in one socket. */
const cores = (perCache: number, caches = 1): Cpu[] =>
  Array.from({ length: perCache * caches }, (_, number) => ({
    ...{ number, socket: 0, core: number },
    cache: number - (number % perCache),
  }))

const calibrated = (...args: Parameters<typeof samples>): Calibration =>
  calibrationOf(
    [{ pair: { cpus: [0, 1], distance: 'core' }, native: samples(...args) }],
    cores(2),
    machine,
  )

/** What is measured between each pair of these CPUs that is drawn. */
function among(
  cpus: readonly Cpu[],
  of: (pair: Pair) => Partial<typeof plain>,
  line: (pair: Pair) => LineProbe = () => at(80),
): Calibration {
  const [first, ...others] = drawPairs(cpus).map((pair) => ({
    pair,
    native: samples(
      10,
      () => of(pair),
      () => line(pair),
    ),
  }))
  if (!first) throw new Error('no pair')
  return calibrationOf([first, ...others], cpus, machine)
}

describe('figures that fit', () => {
  const { model, tooSmall, contradictions, warnings } = calibrated(20)

  test('each cost is what the others leave', () => {
    const { own, walk, atomic, core, handover, clock, map, search, unmap } = model.costs
    expect([own.value, atomic.value, core.value, handover.value]).toEqual([0.5, 5, 40, 10])
    expect(core.source).toMatch(/a locked addition to a line that another core has added to/)
    // Nine for an addition; a core makes one, and more for as long as it has the line: 3 ns.
    expect(model.costs.follow?.value).toBeCloseTo(9 * (1 + 3 / 5))
    expect(clock?.value).toBe(12)
    // 20 more lines of a walk take 100 - 20 - 40.
    expect(walk?.value).toBeCloseTo(2)
    // 20 less 10 x 0.5, 1 x 2 and 1 x 5; half of it under the lock.
    expect(map.runCounts.value).toBeCloseTo(4)
    expect(search.runCounts.value).toBeCloseTo(4)
    expect(unmap.bitmap.value).toBeCloseTo(2.5)
    expect({ tooSmall, contradictions, warnings }).toEqual({
      tooSmall: [],
      contradictions: [],
      warnings: [],
    })
  })

  test('are of the rounds in which the CPUs stood alike', () => {
    // In the first seven rounds the cores were near; in the eighth it changed.
    const {
      line,
      model: far,
      warnings: said,
    } = calibrated(
      20,
      (round) => (round < 8 ? { taken: 5, ticket: 22 } : {}),
      (round) => at(round < 8 ? 20 : 80),
    )
    expect(line.regimes.map(({ rounds }) => rounds)).toEqual([12, 7])
    expect(far.costs.core.value).toBe(40)
    expect(far.description).toContain('a line moves in 80 ns between cores of their own')
    expect(said).toEqual([
      expect.stringMatching(/^in 7 of 20 rounds a line moves in 20 ns/),
      expect.stringMatching(/^1 of 20 rounds was left out/),
    ])
  })

  test('of threads of one core are called that', () => {
    const { warnings: said, model: shared } = calibrated(20, undefined, () => at(16, 1.9))
    expect(said).toEqual([expect.stringMatching(/two threads of one core/)])
    expect(shared.description).toContain('two threads of one core')
  })
})

describe('a line that is taken from another core', () => {
  test('is half of a handover where the other was not seen to add', () => {
    const { model, warnings } = calibrated(20, () => ({ taken: Number.NaN, handoff: 90 }))
    expect(model.costs.core.value).toBe(45)
    expect(model.costs.core.source).toMatch(/half of a handover .*was not seen to add/)
    expect(warnings).toEqual([expect.stringMatching(/^between CPUs 0 and 1 .*half of a handover/)])
  })

  test('follows another no later than any move', () => {
    expect(calibrated(20, () => ({ contended: 50 })).model.costs.follow?.value).toBe(40)
  })

  test('costs the mean over the pairs that were looked at', () => {
    const { model, moves, warnings } = among(cores(16), ({ cpus: [a, b] }) => ({
      taken: 30 + (b - a),
    }))
    const each = moves.map(({ ns }) => ns)
    expect(moves.map(({ cpus }) => cpus)).toEqual([
      [0, 1],
      ...[expect.anything(), expect.anything()],
      [0, 15],
    ])
    expect(model.costs.core.value).toBeCloseTo(each.reduce((sum, ns) => sum + ns, 0) / 4, 1)
    expect(model.costs.core.source).toMatch(/; the mean of 4 pairs of CPUs, 36 ns to 50 ns/)
    expect(warnings).toEqual([])
    expect(calibrationText(among(cores(16), () => ({})))).toMatch(
      /^CPUs 0 and 15, between cores of one last-level cache: 40 ns$/m,
    )
  })

  test('costs more from another complex and another socket, by what the kernel says', () => {
    const two = [0, 1].flatMap((socket) =>
      cores(2, 2).map((cpu) => ({
        ...cpu,
        socket,
        number: cpu.number + 4 * socket,
        cache: cpu.cache + 4 * socket,
      })),
    )
    const ns = { thread: 0, core: 35, complex: 95, socket: 195 }
    const { model, warnings } = among(two, ({ distance }) => ({ taken: ns[distance] }))
    const { core, complex, socket } = model.costs
    expect([core.value, complex?.value, socket?.value]).toEqual([40, 100, 200])
    expect(model.coresPerComplex?.value).toBe(2)
    expect(model.description).toContain('2 sockets')
    expect(warnings).toEqual([])
    const text = calibrationText(among(two, ({ distance }) => ({ taken: ns[distance] })))
    expect(text).toMatch(/^line from another socket +200$/m)
    expect(text).not.toContain('Of another socket nothing can be measured')
  })

  test('is told where the kernel does not say why it moves so differently', () => {
    // The looks of sixteen threads: 81 to 138 ns from one to the next, in one socket with one cache.
    const { warnings } = among(cores(16), ({ cpus: [a, b] }) => ({ taken: 81 - 5 + 3.8 * (b - a) }))
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^between cores of one last-level cache a line moves in 84\.8 ns to 138 ns/,
      ),
    )
  })

  test('is not one of cores where two CPUs behave as threads of one', () => {
    const { model, moves, warnings } = among(
      cores(4),
      ({ cpus: [, b] }) => ({ taken: b === 3 ? 5 : 35 }),
      ({ cpus: [, b] }) => (b === 3 ? at(10, 1.9) : at(80)),
    )
    expect(moves.filter(({ distance }) => distance === 'thread').length).toBeGreaterThan(0)
    expect(model.costs.core.value).toBe(40)
    expect(warnings[0]).toMatch(/^CPUs \d and 3 behave as two threads .* they are left out$/)
    // Neither does the first pair speak for the model then.
    const { model: others, warnings: told } = among(
      cores(4),
      () => ({}),
      ({ cpus: [a, b] }) => (a + b === 1 ? at(10, 1.9) : at(80)),
    )
    expect(told.filter((words) => words.includes('two threads of one core'))).toEqual([
      expect.stringMatching(/^CPUs 0 and 1 .* they are left out$/),
    ])
    expect(others.description).not.toContain('two threads of one core')
  })

  test('is one of threads where all CPUs behave as such', () => {
    const { model, warnings } = among(
      cores(3),
      () => ({ taken: 5 }),
      () => at(10, 1.9),
    )
    expect(model.costs.core.value).toBe(10)
    expect(model.description).toContain('two threads of one core')
    expect(warnings[0]).toMatch(/and the model is of such CPUs$/)
    expect(warnings.slice(1)).toEqual(
      ['0 and 1', '1 and 2', '0 and 2'].map((two) =>
        expect.stringMatching(`^CPUs ${two} behave as .* otherwise; there are no others$`),
      ),
    )
  })

  test.each([
    ['socket', '2 sockets', 'of another socket'],
    ['complex', 'one socket', 'with another last-level cache'],
  ] as const)('is one of another %s where no two CPUs are nearer', (distance, sockets, other) => {
    const two = [0, 1].map((number) => ({
      ...{ number, core: number, cache: number },
      socket: distance === 'socket' ? number : 0,
    }))
    const calibration = among(two, () => ({}))
    const { model, moves, warnings } = calibration
    expect(moves.map((move) => move.distance)).toEqual([distance])
    expect(model.costs.core.value).toBe(40)
    expect(model.costs.socket).toBeUndefined()
    const words = `what the model calls another core is one ${other}`
    expect(model.description).toContain(`, ${sockets}; ${words}; Linux`)
    expect(warnings).toEqual([`no two of these CPUs are nearer to each other: ${words}`])
    expect(calibrationText(calibration).includes('Of another socket nothing')).toBe(
      distance === 'complex',
    )
  })

  test('is told to have been moved in real time, or not', () => {
    const native = samples(20)
    const of = (...each: boolean[]) => {
      const [first, ...others] = each.map((realtime) => ({
        pair: { cpus: [0, 1], distance: 'core' } as const,
        native: { ...native, realtime },
      }))
      if (!first) throw new Error('no pair')
      return calibrationOf([first, ...others], cores(2), machine)
    }
    expect(of(true)).toMatchObject({ realtime: true, warnings: [] })
    expect(calibrationText(of(true))).toContain('20 rounds, lines moved in real time')
    // One of them is enough.
    for (const refused of [of(false), of(true, false)]) {
      const { realtime, warnings } = refused
      expect({ realtime, warnings }).toEqual({
        realtime: false,
        warnings: ['real-time priority was refused: other programs may have run in between'],
      })
      expect(calibrationText(refused)).toContain('20 rounds, without real-time priority')
    }
  })

  test('is not taken from CPUs that this process has not', async () => {
    await expect(calibrate({ cpus: [0, 4096] })).rejects.toThrow(
      /^cpus: expected CPUs that this process may use, not 4096/,
    )
    await expect(calibrate({ cpus: [0, 0] })).rejects.toThrow('cpus: expected each CPU once')
  })
})

describe('pairs of CPUs', () => {
  const drawn = (cpus: readonly Cpu[]) =>
    drawPairs(cpus).map(({ cpus: two, distance }) => [...two, distance])

  test('of a machine with two are these two', () => {
    expect(drawn(cores(2))).toEqual([[0, 1, 'core']])
    expect(drawn(cores(1))).toEqual([])
  })

  test('are near and far, in one complex and in two, and one of a core', () => {
    // Eight cores in two complexes; their second threads come behind.
    const all = [0, 8].flatMap((by) =>
      cores(4, 2).map((cpu) => ({ ...cpu, number: cpu.number + by })),
    )
    const pairs = drawn(all)
    expect(pairs[0]).toEqual([0, 1, 'core'])
    expect(pairs.filter(([, , distance]) => distance === 'core')).toHaveLength(4)
    expect(pairs).toContainEqual([4, 7, 'core'])
    expect(pairs.filter(([, , distance]) => distance === 'complex')).toContainEqual([
      0,
      7,
      'complex',
    ])
    expect(pairs.at(-1)).toEqual([0, 8, 'thread'])
  })

  test('of one core are drawn where there is no other', () => {
    const threads = cores(2).map((cpu) => ({ ...cpu, core: 0 }))
    expect(drawn(threads)).toEqual([[0, 1, 'thread']])
  })
})

describe('lines that another core wants', () => {
  const linesOf = (changes: Partial<typeof plain>) => {
    const { model, warnings, pairs, hold } = calibrated(20, () => changes)
    return { model, warnings, pairs, hold, text: calibrationText(calibrated(20, () => changes)) }
  }

  test('take their neighbours along where a read beside them waits', () => {
    const { model, warnings, text } = linesOf({})
    expect(model.pairs).toMatchObject({ value: true })
    expect(model.pairs?.source).toMatch(/38 ns in the line above, 42 ns in the line below, 2 ns in/)
    expect(warnings).toEqual([])
    expect(text).toMatch(/^lines come in pairs +yes$/m)
  })

  test('do not where no read waits', () => {
    const { model, warnings, text } = linesOf({ readAbove: 501, readBelow: 509 })
    expect(model.pairs).toMatchObject({ value: false })
    expect(warnings).toEqual([])
    expect(text).toMatch(/^lines come in pairs +no$/m)
  })

  test.each([
    ['one side alone', { readAbove: 501 }, /both have to be/],
    ['another pair as well', { readNext: 540 }, /a line of another pair is lost as well/],
    ['not even the line itself', { readSame: 502 }, /even of the line itself/],
    ['something in between', { readAbove: 515, readBelow: 515 }, /both have to be/],
    ['no other core', { readAbove: Number.NaN }, /not measured: in 0 rounds/],
  ])('are assumed to where that cannot be told: %s', (_, changes, words) => {
    const { model, warnings, pairs, text } = linesOf(changes)
    expect(pairs.value).toBeNull()
    expect(model.pairs?.value).toBe(true)
    expect(model.pairs?.source).toMatch(/assumed; /)
    expect(model.pairs?.source).toMatch(words)
    expect(warnings).toEqual([expect.stringMatching(words)])
    expect(text).toMatch(/^lines come in pairs +could not be told; assumed/m)
  })

  test.each([
    // Half of them are gone between the second delay, 2 ns, and the third, 4 ns.
    ['between two delays', {}, 3, /70 % are still there 2 ns .* 30 % after 4 ns/],
    ['not even right behind', { kept0: 0.4 }, 0.01, /40 % are still there right behind/],
    ['longer than was tried', { kept2: 0.9 }, 4, /90 % .* the longest that was tried/],
  ])('stay for a while: %s', (_, changes, ns, source) => {
    const { model, warnings } = linesOf(changes)
    expect(model.costs.hold.value).toBeCloseTo(ns)
    expect(model.costs.hold.source).toMatch(source)
    expect(warnings).toEqual([])
  })

  test('stay for as long as was assumed where that cannot be measured', () => {
    const { model, warnings, hold, text } = linesOf({ kept1: Number.NaN })
    expect(hold.ns).toBeNull()
    expect(model.costs.hold.value).toBe(0.01)
    expect(model.costs.hold.source).toMatch(/assumed, .*not measured: in 0 rounds/)
    expect(warnings).toEqual([expect.stringMatching(/^how long a wanted line stays/)])
    expect(text).toMatch(/^a wanted line stays for +not measured; assumed 0\.01$/m)
  })
})

describe('what is doubtful', () => {
  test('a cost that is smaller than the samples differ', () => {
    const calibration = calibrated(20, (round) => ({ unmapBitmap: round % 2 ? 10.4 : 9.8 }))
    expect(calibration.tooSmall.map(({ cost }) => cost)).toEqual(['unmap.bitmap', 'release.bitmap'])
    expect(calibration.tooSmall[0]?.belowNs).toBeCloseTo(0.2)
    expect(calibration.contradictions).toEqual([])
    const { unmap } = calibration.model.costs
    expect(unmap.bitmap.tooSmall?.belowNs).toBeCloseTo(0.2)
    expect(unmap.bitmap.source).toMatch(/too small to measure, below 0\.2; 0\.01 is the least/)
    const text = calibrationText(calibration)
    expect(text).toMatch(/^unmap, outside the lock .*bitmap too small to measure, below 0\.2$/m)
    expect(text).not.toMatch(/ 0\.0(\s|;|$)/m)
  })

  test.each([
    [
      'a larger copy that is cheaper',
      { copy2048: 115 },
      /4096 bytes takes 110 ns, less than .*2048/,
    ],
    [
      'a line that moves faster than it is hit',
      { taken: -1 },
      /core to core in 4 ns, quicker than/,
    ],
    [
      'a lock that passes faster than its line',
      { ticket: 70 },
      /holder in 70 ns, while a word takes 80/,
    ],
    ['a walk that takes nothing', { few: 55 }, /walks over more lines takes no longer/],
    [
      'a map that is shorter than its accesses',
      { mapBitmap: 9 },
      /a map with a bitmap takes 9 ns, less/,
    ],
  ] as const)('%s', (_, changes, words) => {
    const calibration = calibrated(20, () => changes)
    expect(calibration.contradictions).toContainEqual(expect.stringMatching(words))
    expect(calibration.model.contradictions).toEqual(calibration.contradictions)
    expect(calibrationText(calibration).replaceAll('\n', ' ')).toMatch(/contradiction: /)
  })

  test('few rounds', () => {
    expect(calibrated(3).warnings).toEqual([
      expect.stringMatching(/^3 rounds are too few/),
      expect.stringMatching(/^whether lines come in pairs not measured: in 3 rounds .* at least 4/),
      expect.stringMatching(/^how long a wanted line stays was not measured: in 3 rounds/),
      expect.stringMatching(/^between CPUs 0 and 1 no line was seen to be taken/),
    ])
  })

  test('a prediction names the contradictions of its cost model', async () => {
    const { model: costModel } = calibrated(20, () => ({ copy2048: 115 }))
    const predicted = (model: Calibration['model']) =>
      compare(
        {
          name: 'one',
          pool: { slots: '4MiB', areas: 1 },
          cpus: 1,
          workload: { sizes: [{ bytes: 4096 }], inFlight: 4 },
          steps: 200,
        },
        { engine: 'virtual', trackers: ['off'], machine: { costModel: model } },
      )
    expect((await predicted(costModel)).warnings).toEqual([
      expect.stringMatching(
        /^the cost model A processor, 2026-11-26 contradicts itself: a copy of 4096/,
      ),
    ])
    expect((await predicted(calibrated(20).model)).warnings).toEqual([])
  })
})
