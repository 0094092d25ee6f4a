// A result against its base: what changed, whether that can be told, and what cannot be compared.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { compare, parseTrace, presets, replay, size } from '../../lib/index.js'
import { costChanges, type Rows } from '../../lib/report/page/base/changes.js'
import { checkAsMany, pairsOf } from '../../lib/report/page/base/comparable.js'
import { readDocuments } from '../../lib/report/page/documents/document.js'
import { type DocumentKind, schemaOf } from '../../lib/results/schema.js'
import { scratchFolder } from '../scratch.js'
import { reportOf } from './pages.js'

// Some start the program, on machines that do other things, too.
jest.setTimeout(60_000)

const scratch = scratchFolder()

// biome-ignore lint/suspicious/noExplicitAny: a document that is changed at will
type Changeable = any

const made = { version: '0.1.0', command: 'swiotlb-lab --json' }
const textOf = (kind: DocumentKind, result: object): string =>
  JSON.stringify({ schema: schemaOf(kind), made, ...result })

/** The same with something else in it. */
const changed = (text: string, change: (document: Changeable) => void): string => {
  const document = JSON.parse(text)
  change(document)
  return JSON.stringify(document)
}

const documents: Record<'compare' | 'sweep' | 'replay' | 'size' | 'measured', string> = {
  compare: '',
  sweep: '',
  replay: '',
  size: '',
  measured: '',
}

beforeAll(async () => {
  const trackers = ['off', 'global-atomic', 'per-area'] as const
  const input = { ...presets['uniform'], steps: 2000 }
  const virtual = { engine: 'virtual', trackers } as const
  const one = await compare({ ...input, cpus: 1 }, virtual)
  const two = await compare({ ...input, cpus: 2 }, virtual)
  documents.compare = textOf('compare', two)
  documents.sweep = textOf('sweep', {
    parameter: 'cpus',
    steps: [one, two].map((comparison, i) => ({ value: i + 1, comparison })),
    frontier: [],
  })
  const trace = parseTrace('#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 32768 0 0\n', {
    file: 'test.log',
  })
  documents.replay = textOf('replay', await replay(trace, { trackers }))
  const other = parseTrace('#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 4096 0 0\n', {
    file: 'other.log',
  })
  documents.size = textOf('size', await size([{ trace: other }, { trace }], { orders: 2 }))
  // As if it had been measured.
  documents.measured = changed(documents.compare, (document) => {
    delete document.machine
    document.host = {
      ...{ cpuModel: 'A', cpus: 2, kernel: '6.1', node: 'v20', compiler: 'gcc 12', clock: 'tsc' },
      date: '2026-11-01',
    }
    const noise = { ratio: 1, low: 0.99, high: 1.01 }
    document.timing = {
      ...{ threads: 2, cpuIds: [0, 1], rounds: 7, sliceMs: 3, copy: true, noise, largerAreas: [] },
      ...{ stolen: 0, dropped: 0, timerNs: 9, pinned: true, realtime: true, oversubscribed: false },
      line: {
        regimes: [{ nearestNs: 9, furthestNs: 9, slowdown: 1, sharedCore: false, rounds: 7 }],
        ...{ regimeOf: [], changed: 0, unmeasured: 0, changes: 0, rounds: [], latencyStray: 0 },
      },
    }
  })
}, 60_000)

describe('whether a change can be told', () => {
  const rows = (
    low: number | null,
    high: number | null,
    noise: number,
    tracker = 'per-area',
  ): Rows => {
    const vsOff = {
      ratio: ((low ?? 1) + (high ?? 1)) / 2,
      low: low ?? -Infinity,
      high: high ?? Infinity,
    }
    // Of off itself the time counts.
    const { ratio: median, ...ends } = vsOff
    const throughput = { vsOff, nsPerPair: { median, ...ends } }
    return {
      rows: [{ tracker, throughput, throughputNoCopy: null }],
      timing: {
        threads: 2,
        copy: true,
        noise: { ratio: 1, low: 1 / noise, high: noise },
        line: null,
      },
      timingNoCopy: null,
    } as unknown as Rows
  }
  const toldOf = (before: Rows, now: Rows): string | undefined =>
    costChanges(before, now)[0]?.changes[0]?.told

  test.each([
    ['intervals that overlap', [1, 1.2], [1.1, 1.4], 'same'],
    ['intervals that touch', [1, 1.2], [1.2, 1.4], 'same'],
    ['apart, above', [1, 1.2], [1.3, 1.4], 'more'],
    ['apart, below', [1.3, 1.4], [1, 1.2], 'less'],
    ['no interval now', [1, 1.2], [null, null], 'unknown'],
    ['no interval in the base', [null, null], [1, 1.2], 'unknown'],
    ['exact, and the same', [1.5, 1.5], [1.5, 1.5], 'equal'],
    ['exact, and another', [1.5, 1.5], [1.6, 1.6], 'more'],
  ] as const)('%s', (_, [a, b], [c, d], told) => {
    expect(toldOf(rows(a, b, 1.001), rows(c, d, 1.001))).toBe(told)
  })

  test('intervals that are apart by less than the noise of both', () => {
    expect(toldOf(rows(1, 1.01, 1.02), rows(1.02, 1.03, 1.02))).toBe('same')
    expect(toldOf(rows(1, 1.01, 1.02), rows(1.06, 1.07, 1.02))).toBe('more')
    expect(toldOf(rows(1, 1.01, 1.02), rows(1.06, 1.07, Infinity))).toBe('unknown')
  })

  test('off is under the same rule', () => {
    expect(toldOf(rows(1, 1.01, 1.02, 'off'), rows(1.02, 1.03, 1.02, 'off'))).toBe('same')
    expect(toldOf(rows(1, 1.01, 1.02, 'off'), rows(1.06, 1.07, 1.02, 'off'))).toBe('more')
    expect(toldOf(rows(1, 1.01, 1.02, 'off'), rows(1.06, 1.07, Infinity, 'off'))).toBe('unknown')
  })

  test('the interval of a change holds 1 just where those of base and now overlap', () => {
    const [side] = costChanges(rows(1, 1.2, 1), rows(1.2, 1.5, 1))
    expect(side?.changes[0]?.times).toEqual({ ratio: 1.35 / 1.1, low: 1, high: 1.5 })
  })
})

describe('a page against a base', () => {
  /** The figures' numbers by their titles, and the page. */
  async function against(base: string, now: string) {
    const { ended, out } = await reportOf(scratch, 'page.html', [
      ...['--base', scratch.file('base.json', base)],
      scratch.file('now.json', now),
    ])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const page = readFileSync(out, 'utf8')
    const rowsOf = (title: string): Changeable[][] => {
      const figure = page.match(/<figure.*?<\/figure>/gs)?.find((one) => one.includes(`>${title}<`))
      const data = figure?.match(/href="data:application\/json;base64,([^"]*)"/)?.[1] ?? ''
      return JSON.parse(Buffer.from(data, 'base64').toString()).rows
    }
    return { page, rowsOf }
  }

  const dearer = ({ rows }: Changeable): void => {
    for (const key of ['ratio', 'low', 'high']) rows[1].throughput.vsOff[key] *= 1.5
    rows[2].accuracy.reportedSlots += 128
    rows[2].accuracy.errorSlots += 128
  }

  test('of a comparison: first what changed, of costs and marks', async () => {
    const { page, rowsOf } = await against(
      documents.measured,
      changed(documents.measured, (document) => {
        dearer(document)
        document.host.kernel = '6.2'
        document.timing.line.regimes[0].sharedCore = true
        document.rows[1].accuracy.bounds.over = 5
      }),
    )
    const costs = rowsOf('Change of the cost')
    const of = (tracker: string) =>
      costs.find(([side, name]) => side === 'with copies' && name === tracker)
    expect(of('global-atomic')?.at(-1)).toBe('more')
    expect(of('global-atomic')?.at(-4)).toBeCloseTo(50)
    expect(of('per-area')?.at(-1)).toBe('as it was')
    expect(of('off')?.slice(2, 3)).toEqual(['ns'])
    expect(rowsOf('Change of the marks').map(([name, old, now]) => [name, now - old])).toEqual([
      ['global-atomic', 0],
      ['per-area', 128],
    ])
    expect(page).toMatch(
      /with copies: global-atomic \(\+50 %\) costs more; the cost of 1 tracker is what it was/,
    )
    expect(page).toMatch(/1 of 2 marks changed: per-area from /)
    const titles = [...page.matchAll(/<h3[^>]*>([^<]*)/g)].map(([, title]) => title)
    expect(titles.slice(0, 2)).toEqual(['Change of the cost', 'Change of the marks'])
    // And what else is another.
    expect(page).toContain('<dt>else changed</dt><dd>Linux 6.2, in the base 6.1</dd>')
    for (const warning of [
      'global-atomic promises otherwise than in the base: 0 under and 5 over slots, in the base 0 under and 0 over',
      'the timed CPUs were threads of one core, and in the base cores of their own: costs differ for that',
    ]) {
      expect(page).toContain(`<li>Warning: ${warning}</li>`)
    }
  })

  test('of a series: a column for each step that both have', async () => {
    const { page, rowsOf } = await against(
      changed(documents.sweep, ({ steps }) => {
        steps[0].value = 8
      }),
      changed(documents.sweep, ({ steps }) => dearer(steps[1].comparison)),
    )
    const rows = rowsOf('Change of the cost, with copies')
    expect(rows.map(([step]) => step)).toEqual(['2 CPUs', '2 CPUs', '2 CPUs'])
    expect(rows.find(([, name]) => name === 'global-atomic')?.at(-1)).toBe('more')
    expect(page).toContain('A change can be told at 1 of 1 step.')
    expect(page).toContain('Steps only in the base: 8.')
    expect(page).toContain('Steps that are not in the base: 1.')
    expect(rowsOf('Change of the marks, at 2 CPUs').length).toBe(2)
  })

  test('of a replay: marks, and who is in one of the two only', async () => {
    const { page } = await against(
      documents.replay,
      changed(documents.replay, ({ rows }) => rows.pop()),
    )
    expect(page).toContain('The mark is what it was in the base.')
    expect(page).toContain('Only in the base: per-area.')
    expect(page).not.toContain('Change of the cost')
  })

  test('of a sizing that asks otherwise: what differs is said first', async () => {
    const { page } = await against(
      documents.size,
      changed(documents.size, ({ together }) => {
        together.asked.marginPercent = 50
        together.current = { slots: 4096, areas: 4 }
        together.cpus += 1
      }),
    )
    const { cpus } = JSON.parse(documents.size).together
    const said = [...page.matchAll(/<li>(Another question [^<]*)<\/li>/g)].map(([, words]) => words)
    expect(said).toEqual([
      `Another question than the base&#39;s: the margin is 50 %, in the base 0 %; the number of CPUs is ${cpus + 1}, in the base ${cpus}; ` +
        'the pool of the machine is 4096,4, in the base not known.',
    ])
  })

  test('of a sizing: the pools, what would be booked, and each trace beside itself', async () => {
    const { page, rowsOf } = await against(
      documents.size,
      changed(documents.size, (document) => {
        // The first trace becomes the worst: it stays beside the first of the base.
        const [first, second] = document.traces
        first.answer = { ...first.answer, slots: 1024, parameter: 'swiotlb=1024,1' }
        for (const row of first.rows) Object.assign(row.serves, { slots: 1024 })
        first.booked[1].bookedSlots = 2048
        first.bears.percent = second.bears.percent === 10 ? 25 : 10
        Object.assign(document, first)
      }),
    )
    const titles = [...page.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title]) => title)
    expect(titles).toEqual(
      ['other.log', 'test.log', 'all 2 at once'].map(
        (name) => `The size for ${name}, against a base`,
      ),
    )
    const { traces } = JSON.parse(documents.size)
    expect(rowsOf('Change of the smallest pools')).toEqual(
      traces[0].rows.map(({ areas, serves }: Changeable) => [
        `${areas} area${areas === 1 ? '' : 's'}`,
        serves.slots,
        1024,
      ]),
    )
    const [booked] = rowsOf('Change of what would be booked').filter(([, old, now]) => old !== now)
    expect(booked).toEqual([traces[0].booked[1].tracker, traces[0].booked[1].bookedSlots, 2048])
    const { parameter } = traces[0].answer
    expect(page).toMatch(
      new RegExp(
        `<li>The smallest pool is swiotlb=1024,1, 2 MiB; in the base it was ${parameter}, [^<]*\\.</li>`,
      ),
    )
    expect(page).toMatch(/<li>It bears \d+ % more load, in the base \d+ %\.<\/li>/)
    expect(page).toContain(
      `<li>The smallest pool is what it was in the base: ${traces[1].answer.parameter}.</li>`,
    )
  })

  test('of a sizing of a trace with lost events: the least, and no word of what none serves', async () => {
    const ofOne = changed(documents.size, (document) => {
      Object.assign(document, document.traces[0])
      delete document.traces
      delete document.together
    })
    const lossy = changed(ofOne, (document) => {
      document.atLeast = document.answer
      for (const key of ['answer', 'oneLess', 'bears', 'sensitivity']) document[key] = null
    })
    const { parameter } = JSON.parse(ofOne).answer
    const least = `No answer, since events were lost; at least ${parameter},`
    const cases = [
      [lossy, lossy, `${least} [^<]*\\. In the base: ${least} [^<]*\\.`],
      [ofOne, lossy, `${least} [^<]*\\. In the base it was ${parameter}\\.`],
      [lossy, ofOne, `The smallest pool is ${parameter}\\. In the base: ${least} [^<]*\\.`],
    ] as const
    for (const [base, now, words] of cases) {
      const { page } = await against(base, now)
      expect(page).toMatch(new RegExp(`<li>${words}</li>`))
      expect(page).not.toMatch(/none that serves|No pool size serves/)
    }
  })

  test('what an earlier version did not tell is said not to be known', async () => {
    const { page } = await against(
      changed(documents.replay, (document) => {
        delete document.layout
        delete document.tuning
      }),
      documents.replay,
    )
    for (const what of ['layout', 'tuning']) {
      expect(page).toContain(
        `<li>Warning: not both results tell their ${what}: whether it was the same is not known</li>`,
      )
    }
  })

  test('one of the two was not timed', async () => {
    const { page } = await against(
      changed(documents.measured, (document) => {
        document.timing = null
      }),
      documents.measured,
    )
    expect(page).toContain('The base was not timed, so that no cost can be compared.')
  })
})

describe('what cannot be compared', () => {
  const refused = (kind: keyof typeof documents, change: (document: Changeable) => void) => () => {
    const [before] = readDocuments('old.json', documents[kind])
    const [now] = readDocuments('new.json', changed(documents[kind], change))
    if (!before || !now) throw new Error('no document')
    return pairsOf(before, now)
  }

  test.each([
    [
      'another scenario',
      'compare',
      (one) => {
        one.scenario.steps = 9
      },
      /new\.json: another scenario than the base's: scenario\.steps is 9, and 2000 in old\.json/,
    ],
    [
      'another cost model',
      'compare',
      (one) => {
        one.machine.costModel.name = 'mine'
      },
      /another machine than the base's: machine\.costModel\.name is "mine"/,
    ],
    [
      'another host',
      'measured',
      (one) => {
        one.host.cpuModel = 'B'
      },
      /another host than the base's: host\.cpuModel is "B", and "A" in old\.json/,
    ],
    [
      'other threads',
      'measured',
      (one) => {
        one.timing.threads = 4
      },
      /another timing than the base's: timing\.threads is 4, and 2 in/,
    ],
    [
      'another trace',
      'replay',
      (one) => {
        one.maps = 7
      },
      /another trace than the base's: trace\.maps is 7, and 1 in/,
    ],
    [
      'a replay in another layout',
      'replay',
      (one) => {
        one.layout.areaLayout = 'padded'
      },
      /another layout than the base's: layout\.areaLayout is "padded", and "packed" in/,
    ],
    [
      'another tuning',
      'replay',
      (one) => {
        one.tuning.tolerance = 0
      },
      /another tuning than the base's: tuning\.tolerance is 0, and null in/,
    ],
    [
      'another tuning of a comparison',
      'compare',
      (one) => {
        one.tuning.stretch = 5
      },
      /another tuning than the base's: tuning\.stretch is 5, and null in/,
    ],
    [
      'another way to look',
      'replay',
      (one) => {
        one.clock.lookEvery = 5
      },
      /another way of looking than the base's: way of looking\.lookEvery is 5, and \d+ in/,
    ],
    [
      'a pool that grows',
      'replay',
      (one) => {
        one.pool.grow = true
      },
      /another growth than the base's: growth is true, and false in/,
    ],
    [
      'a sizing of another trace',
      'size',
      (one) => {
        one.together.maps = 7
      },
      /another trace than the base's: trace\.maps is 7, and 2 in/,
    ],
    [
      'a sizing of fewer traces',
      'size',
      (one) => {
        delete one.traces
        delete one.together
      },
      /another number of traces than the base's: number of traces is 1, and 2 in/,
    ],
    [
      'no step in common',
      'sweep',
      (one) => {
        for (const step of one.steps) step.value += 10
      },
      /new\.json: has no step that old\.json has/,
    ],
    [
      'a series over something else',
      'sweep',
      (one) => {
        one.parameter = 'areas'
      },
      /another series than the base's: series\.over is "areas", and "cpus" in/,
    ],
  ] as const satisfies readonly (readonly [
    string,
    keyof typeof documents,
    (document: Changeable) => void,
    RegExp,
  ])[])('%s', (_, kind, change, words) => {
    expect(refused(kind, change)).toThrow(words)
  })

  test('how it is called, how often it was timed, and where nothing was, the host', () => {
    const renamed = refused('measured', ({ scenario, timing }) => {
      scenario.name = 'other'
      scenario.timing.rounds = 99
      timing.rounds = 99
    })
    expect(renamed()[0]?.kind).toBe('compare')
    const untimed = refused('measured', (one) => {
      one.timing = null
      one.host.cpuModel = 'B'
    })
    expect(untimed()[0]?.kind).toBe('compare')
  })
})

test('two of another kind, more results than bases, and kinds that have none', () => {
  const replayed = JSON.parse(documents.replay)
  const two = JSON.stringify({ schema: schemaOf('replay'), made, traces: [replayed, replayed] })
  const both = readDocuments('both.json', two)
  const [one] = readDocuments('one.json', documents.compare)
  const devices = { trace: { file: 't', format: 'f', events: 1 }, seconds: null, devices: [] }
  const none = readDocuments(
    'devices.json',
    textOf('devices', { ...devices, poolPeakSlots: 0, suspects: [], warnings: [] }),
  )
  if (!one || !both[0] || !none[0]) throw new Error('no document')
  const [replayOf, devicesOf] = [both[0], none[0]]
  expect(() => pairsOf(one, replayOf)).toThrow(
    '--base: both.json: is of another kind (replay) than its base one.json (compare); expected two of one kind',
  )
  expect(() => checkAsMany([one], both)).toThrow(
    '--base: both.json holds 2 results, and one.json 1 result; expected as many',
  )
  expect(() => pairsOf(devicesOf, devicesOf)).toThrow(/what devices printed has no base; expected /)
})

test('one file against a base, and each file once', async () => {
  const now = scratch.file('one.json', documents.compare)
  const other = scratch.file('two.json', documents.replay)
  for (const [args, words] of [
    [['--base', now, other, now], /--base: expected one file that is compared with it/],
    [[now, other, now], /one\.json: given twice; expected each file once/],
  ] as const) {
    const { ended } = await reportOf(scratch, 'none.html', args)
    expect([ended.code, ended.stdout]).toEqual([2, ''])
    expect(ended.stderr).toMatch(words)
  }
})
