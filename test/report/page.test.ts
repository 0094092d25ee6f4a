// What `report` makes of results, and what it refuses.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { verdictWords } from '../../lib/report/parts/promise.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { bootFile, commands, type Kind, reportOf, resultFile, trackerFiles } from './pages.js'

// Each starts the program, on machines that do other things, too.
jest.setTimeout(60_000)

const scratch = scratchFolder()
const kinds = Object.keys(commands) as Kind[]
const files = {} as Record<Kind, string>
const pages = {} as Record<Kind, string>

beforeAll(async () => {
  for (const kind of kinds) {
    files[kind] = await resultFile(scratch, kind)
    const { ended, out } = await reportOf(scratch, `${kind}.html`, [files[kind]])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    pages[kind] = readFileSync(out, 'utf8')
  }
}, 240_000)

const decoded = (page: string, type: string): string[] =>
  [...page.matchAll(new RegExp(`href="data:${type};base64,([^"]*)"`, 'g'))].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  )

interface Boot {
  readonly tracker: string
  readonly told: {
    readonly promise: { readonly unmarked: number }
    readonly after: { readonly hiwater: number }
    readonly truth: { readonly least: number; readonly most: number }
  }
}

const figuresIn = (page: string): string[] => page.match(/<figure.*?<\/figure>/gs) ?? []

/** A result with something else in it. */
const changed = (kind: Kind, change: (document: Record<string, unknown>) => void): string => {
  const document = JSON.parse(readFileSync(files[kind], 'utf8'))
  change(document)
  return scratch.file(`changed-${kind}.json`, JSON.stringify(document))
}

describe.each(kinds)('a page of %s', (kind) => {
  test('is one file: nothing is fetched, and nothing runs', () => {
    const page = pages[kind]
    const targets = [...page.matchAll(/\b(?:src|href|url)\s*[=(]\s*"?([^")\s]*)/g)].map(
      ([, target = '']) => target,
    )
    expect(targets.length).toBeGreaterThanOrEqual(3)
    expect(targets.filter((target) => !/^(?:#|data:)/.test(target))).toEqual([])
    expect(page.match(/<script|<link|<iframe|@import|\son[a-z]+=/)).toBeNull()
    expect(page.includes('content="default-src &#39;none&#39;;')).toBe(true)
  })

  test('each picture has a sentence, its numbers, and these as CSV and JSON alike', () => {
    const figures = figuresIn(pages[kind])
    expect(figures.length).toBeGreaterThanOrEqual(1)
    for (const figure of figures) {
      expect(/<figcaption><p>[^<]+\.<\/p>/.test(figure)).toBe(true)
      const [csv = ''] = decoded(figure, 'text/csv')
      const [json = ''] = decoded(figure, 'application/json')
      const { columns, rows } = JSON.parse(json) as { columns: string[]; rows: unknown[][] }
      expect(csv.split('\r\n').length).toBe(rows.length + 2)
      expect(rows.length).toBeGreaterThan(0)
      expect(rows.every((row) => row.length === columns.length)).toBe(true)
      const numbers = figure.slice(figure.indexOf('<details>'))
      expect(numbers.match(/<tr[ >]/g)?.length).toBe(rows.length + 1)
    }
  })

  test('says what made the result, and how to make it again', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(pages[kind].includes(`swiotlb-lab ${version}`)).toBe(true)
    const again = `<code>swiotlb-lab ${commands[kind].join(' ')} --json</code>`
    expect(pages[kind].includes(again)).toBe(true)
  })

  test('one of a thing is not many', () => {
    const things =
      'CPUs|areas|slots|steps|maps|unmaps|marks|trackers|events|operations|schedules|parts'
    expect(
      pages[kind].match(new RegExp(`.{20}(?<![\\d.,-])\\b1 (?:equal )?(?:${things})\\b`)),
    ).toBeNull()
  })

  test('no coordinate is missing', () => {
    expect(pages[kind].match(/.{20}(?:NaN|Infinity|undefined|\[object).{20}/)).toBeNull()
  })
})

test('the numbers are those of the result', () => {
  const { rows } = JSON.parse(readFileSync(files.compare, 'utf8'))
  const marks = figuresIn(pages.compare).find((one) => one.includes('The marks beside the truth'))
  const [json = ''] = decoded(marks ?? '', 'application/json')
  const shown = (JSON.parse(json) as { rows: unknown[][] }).rows
  expect(shown.map(([tracker, , reported]) => [tracker, reported])).toEqual(
    rows.map((row: { tracker: string; accuracy: { reportedSlots: number | null } }) => [
      row.tracker,
      row.accuracy.reportedSlots,
    ]),
  )
})

test('a replay in virtual time has the frontier that its result tells, one by one has none', () => {
  const named = (page: string): string | undefined =>
    figuresIn(page).find((one) => one.includes('>Promise and cost<'))
  expect(named(pages.replay)).toBeUndefined()
  interface Predicted {
    readonly tracker: string
    readonly predicted: { frontier: boolean; throughputNoCopy: { vsOff: { ratio: number } } }
  }
  const { rows } = JSON.parse(readFileSync(files.virtual, 'utf8')) as { rows: Predicted[] }
  const figure = named(pages.virtual) ?? ''
  const [json = ''] = decoded(figure, 'application/json')
  const shown = (JSON.parse(json) as { rows: unknown[][] }).rows
  const placed = rows
    .filter(({ tracker }) => tracker !== 'off')
    .map(({ tracker, predicted: { frontier, throughputNoCopy } }) => [
      tracker,
      throughputNoCopy.vsOff.ratio,
      frontier ? 'yes' : 'no',
    ])
  expect(shown.map((row) => [row[0], row[2], row[6]])).toEqual(placed)
  expect(placed.map(([, , on]) => on)).toContain('yes')
  expect(figure).toMatch(/global-atomic \(exact, \d\.\d\d\).* on the frontier/)
  expect(decoded(figure, 'text/csv')).toHaveLength(1)
})

test('a boot: each verdict, and the marks of those that keep one beside the truth', async () => {
  const file = bootFile(scratch)
  const { ended, out } = await reportOf(scratch, 'boot.html', [file])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const page = readFileSync(out, 'utf8')
  const { kernel, rows } = JSON.parse(readFileSync(file, 'utf8'))
  expect(page).toContain(`<dt>kernel</dt><dd>${kernel} (Linux `)
  for (const { tracker, judgement } of rows) {
    const words = verdictWords[judgement.verdict as keyof typeof verdictWords]
    expect(page).toContain(`<li>${tracker}: ${words}`)
  }
  const [figure = ''] = figuresIn(page)
  const [json = ''] = decoded(figure, 'application/json')
  const shown = (JSON.parse(json) as { rows: unknown[][] }).rows
  expect(shown.map(([tracker, , reported, low, high]) => [tracker, reported, low, high])).toEqual(
    rows.map(({ tracker, told: { promise, after, truth } }: Boot) => [
      tracker,
      promise.unmarked ? null : after.hiwater,
      truth.least,
      truth.most,
    ]),
  )
  // The truth of some is a range, so that none can be called exact by it.
  const ranges = rows.some(({ told: { truth } }: Boot) => truth.least < truth.most)
  expect(figure).toMatch(
    ranges
      ? /<figcaption><p>No error is seen in \d+ of \d+ marks?[;.]/
      : /<figcaption><p>\d+ of \d+ marks? (?:is|are) exact/,
  )
  // And the port on the traces of the same runs.
  const { replayed } = JSON.parse(readFileSync(file, 'utf8'))
  expect(replayed.length).toBeGreaterThan(3)
  const beside = figuresIn(page).find((one) => one.includes('The kernel beside the port'))
  const [port = ''] = decoded(beside ?? '', 'application/json')
  const peaks = (JSON.parse(port) as { rows: unknown[][] }).rows.map((one) => [
    one[0],
    one[3],
    one[5],
  ])
  expect(peaks).toEqual(
    replayed.map((one: { tracker: string; peakSlots: number; reportedSlots: number | null }) => [
      one.tracker,
      one.peakSlots,
      one.reportedSlots,
    ]),
  )
  expect(page).not.toContain("the port's peak is not what")
  const moved = JSON.parse(readFileSync(file, 'utf8'))
  moved.replayed[1].peakSlots += 100
  const other = await reportOf(scratch, 'other-boot.html', [
    scratch.file('other-boot.json', JSON.stringify(moved)),
  ])
  expect(readFileSync(other.out, 'utf8')).toContain(
    `<li>Warning: ${moved.replayed[1].tracker}: the port&#39;s peak is not what the probes say was in use</li>`,
  )
})

test('a tracker file alone: its run, its search, and why there was none', async () => {
  const results = trackerFiles(scratch, files.run, files.check)
  const { ended, out } = await reportOf(scratch, 'own.html', results)
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const sections = readFileSync(out, 'utf8').match(/<section.*?<\/section>/gs) ?? []
  const [run = '', crashed = '', search = '', refused = '', short = '', once = '', lost = ''] =
    sections
  expect(sections.length).toBe(7)
  expect(figuresIn(run).length).toBeGreaterThan(3)
  expect(run).toContain('mine.h')
  expect(crashed).toContain('<li>Warning: mine.h: crashed (SIGSEGV) in the short serial run</li>')
  expect(figuresIn(crashed).length).toBe(1)
  expect(search).toContain('<h2 id="result-3">A search on mine.h</h2>')
  expect(search).toContain('<dt>tracker file</dt><dd>trackers/mine.h, gcc 12</dd>')
  expect(refused).toContain('<li>Warning: does not compile</li>')
  expect(figuresIn(refused)).toEqual([])
  expect(short).toContain('No schedule showed it in ')
  expect(short).not.toContain('No broken promise')
  expect(short).toContain(
    '<li>Warning: mine.h broke its promise (exact) in the short serial run</li>',
  )
  expect(once).toContain('<h2 id="result-6">A schedule on mine.h</h2>')
  expect(once).toContain('<dt>tracker file</dt><dd>trackers/mine.h, gcc 12</dd>')
  expect(figuresIn(once).length).toBe(1)
  expect(lost).toContain('<li>Warning: does not load</li>')
})

test('a search and its finding, replayed: what was shown, in which schedule, and where it looked', async () => {
  const { found, layouts } = JSON.parse(readFileSync(files.check, 'utf8'))
  const log = scratch.file('found.log', found.log)
  const { stdout } = await cli(['check', '--replay', log, '--json'])
  const { ended, out } = await reportOf(scratch, 'finding.html', [
    scratch.file('finding.json', stdout),
  ])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const page = readFileSync(out, 'utf8')
  for (const one of [page, pages.check]) {
    expect(one).toMatch(
      new RegExp(`<li>Seed ${found.seed}: .*The mark is above what the pool has\\..*</li>`),
    )
    expect(one).toContain(`; ${found.accesses} shared accesses</dd>`)
    expect(one).toContain('<dt>really was</dt>')
    for (const line of found.log.split('\n').slice(0, 2)) expect(one).toContain(`<li>${line}</li>`)
  }
  expect(page).toContain('<h2 id="result-1">A schedule on global-atomic</h2>')
  expect(layouts.length).toBeGreaterThan(1)
  expect(pages.check).toContain('<li>layouts: areas packed or padded, counters ')
})

test('a search that found two runs of one schedule to differ knows nothing', async () => {
  const runs = [5, 6].map((accesses) => {
    return { findings: [], reportedSlots: 1, usedSlots: 1, lowerSlots: null, accesses }
  })
  const file = changed('check', (document) => {
    Object.assign(document, { found: null, differ: { seed: 3, runs } })
  })
  const { out } = await reportOf(scratch, 'differ.html', [file])
  const page = readFileSync(out, 'utf8')
  expect(page).toContain('<li>two runs of one schedule differ (seed 3): the first ')
  expect(page).not.toContain('which says nothing of others')
  expect(page).toContain('<li>Warning: two runs of one schedule differ: nothing is known of ')
})

test.each(['compare', 'run', 'replay'] as const)(
  'fragmentation is drawn of %s, whose course has it',
  (kind) => {
    const figure = figuresIn(pages[kind]).find((one) => one.includes('Fragmentation over time'))
    const [json = ''] = decoded(figure ?? '', 'application/json')
    const { usedCourse } = JSON.parse(readFileSync(files[kind], 'utf8'))
    const shown = (JSON.parse(json) as { rows: number[][] }).rows
    expect(shown.map(([, free, longest]) => [free, longest])).toEqual(
      usedCourse.fragments.free.map((free: number, i: number) => [
        free,
        usedCourse.fragments.longestRun[i],
      ]),
    )
    if (kind !== 'compare') return
    const sentence =
      'At each look every area had a run of 256 KiB free, the most that a map can have.'
    expect(figure).toContain(`<figcaption><p>${sentence}</p>`)
  },
)

test('each kind that a page has can be hidden; of one kind there is nothing to choose', async () => {
  const { out } = await reportOf(scratch, 'two.html', [files.run, files.size])
  const page = readFileSync(out, 'utf8')
  const boxes = [...page.matchAll(/<input type="checkbox" id="show-([a-z]+)" checked>/g)]
  expect(boxes.map(([, kind]) => kind)).toEqual(['compare', 'size'])
  for (const [, kind] of boxes) {
    expect(page).toContain(`body:has(#show-${kind}:not(:checked)) .of-${kind}{display:none}`)
    expect(page.split(`class="of-${kind}"`).length).toBe(3)
  }
  expect(pages.run).not.toContain('<input')
})

test('each tracker can be hidden, by a rule for all that belongs to it and nothing else', async () => {
  const blank = changed('replay', (document) => {
    const { rows } = document as { rows: { tracker: string; markCourse: unknown }[] }
    const [, kernels, own] = rows
    Object.assign(own ?? {}, { tracker: 'my "own" tracker.h', markCourse: kernels?.markCourse })
  })
  const { out } = await reportOf(scratch, 'trackers.html', [blank, files.devices])
  const page = readFileSync(out, 'utf8')
  const words = [...page.matchAll(/\[data-of~="([^"]+)"\]\{display:revert\}/g)].map(
    ([, word]) => word,
  )
  expect(words).toEqual(['off', 'global-atomic', 'my_20__22_own_22__20_tracker.h', 'reserve'])
  const used = [...page.matchAll(/ data-of="([^"]+)"/g)].flatMap(([, all = '']) => all.split(' '))
  expect(new Set(used)).toEqual(new Set(words))
  // What they report alike is one line, of both.
  expect(page.includes(' data-of="global-atomic my_20__22_own_22__20_tracker.h"')).toBe(true)
  expect(page.includes('id="tracker-2" checked> my &quot;own&quot; tracker.h</label>')).toBe(true)
})

test('a page of a size holds the cautions of its text', async () => {
  const { cautions, current } = JSON.parse(readFileSync(files.size, 'utf8'))
  expect(cautions.join(' ')).toMatch(
    /On \d+ CPUs?, .* confidential VM .* The trace is little to go by/,
  )
  const told = (words: string): string => `<li>${words.replaceAll("'", '&#39;')}</li>`
  for (const words of [...cautions, current.sentence]) expect(pages.size).toContain(told(words))
  const spilling = changed('size', (document) => {
    const { rows, answer } = document as unknown as {
      readonly rows: { areas: number; spills: number }[]
      readonly answer: { readonly areas: number }
    }
    for (const row of rows) if (row.areas === answer.areas) row.spills = 36
    Object.assign(document, {
      least: { slots: 1, areas: 1, bytes: 2048, parameter: 'swiotlb=1,1' },
    })
  })
  const { out } = await reportOf(scratch, 'spilling.html', [spilling])
  const page = readFileSync(out, 'utf8')
  expect(page).toContain('<li>36 maps are served by another area than that of the CPU.')
  expect(page).toContain(told('The least that serves, in 1 area: swiotlb=1,1.'))
})

test('a pool as large as the answer is not told as the least', async () => {
  const alike = changed('size', (document) => {
    const answer = document['answer'] as object
    document['least'] = { ...answer, areas: 256, parameter: 'swiotlb=1,256' }
  })
  const { out } = await reportOf(scratch, 'alike.html', [alike])
  expect(readFileSync(out, 'utf8')).not.toContain('The least that serves')
})

test.each([
  ['size', 'The size for '],
  ['devices', 'The devices of '],
  ['replay', ''],
] as const)(
  'of a path the title of %s has the end, and the facts the whole',
  async (kind, words) => {
    const file = changed(kind, (document) => {
      const path = '/a/long/way/to/mine/trace.txt'
      if (kind === 'size') document['name'] = path
      else Object.assign(document['trace'] as object, { file: path })
    })
    const { out } = await reportOf(scratch, `path-${kind}.html`, [file])
    const page = readFileSync(out, 'utf8')
    expect(page).toContain(`<h2 id="result-1">${words}mine/trace.txt</h2>`)
    expect(page).toContain('<dt>trace</dt><dd>/a/long/way/to/mine/trace.txt: ')
  },
)

test('a page of devices tells where events were lost, and what is certain then', async () => {
  const lossy = changed('devices', (document) => {
    document['certainPeakSlots'] = 1
  })
  const { out } = await reportOf(scratch, 'lossy.html', [lossy])
  const page = readFileSync(out, 'utf8')
  expect(page).toContain('<li>At least 1 slot (2 KiB) was in use at one time.</li>')
  expect(page).toContain('when the events that are left peak, at ')
  expect(page).not.toMatch(/pool was at its peak|peak of the pool|pool&#39;s peak/)
  expect(pages.devices).toContain('when the pool was at its peak of ')
  expect(pages.devices).not.toMatch(/At least \d+ slot|events that are left/)
})

describe('of a page of a size', () => {
  const findingsOf = (page: string): string[] => {
    const [, list = ''] = /<ul class="findings">(.*?)<\/ul>/s.exec(page) ?? []
    return [...list.matchAll(/<li>([^<]*)<\/li>/g)].map(([, words = '']) => words)
  }
  const pageOf = async (name: string, change: Parameters<typeof changed>[1]): Promise<string> =>
    readFileSync((await reportOf(scratch, name, [changed('size', change)])).out, 'utf8')

  test('the first words answer what was asked about, then comes the line to deploy', async () => {
    const page = await pageOf('asked.html', (document) => {
      document['enough'] = {
        ...{ asked: '512,4', parameter: 'swiotlb=512,4', kernel: '6.12', cpus: 4 },
        ...{ cpusFrom: 'notes', slots: 512, areas: 4, failedMaps: 44, spills: 0, served: false },
      }
    })
    expect(findingsOf(page).slice(0, 2)).toEqual([
      'Not enough: in 512 slots (1 MiB) in 4 areas 44 maps fail.',
      'On 4 CPUs, for this load: swiotlb=4096,4 (8 MiB).',
    ])
    expect(findingsOf(pages.size)[0]).toBe('On 4 CPUs, for this load: swiotlb=4096,4 (8 MiB).')
    const findings = findingsOf(pages.size).join(' ')
    expect(findings.match(/swiotlb=4096,4 \(/g)).toHaveLength(1)
    expect(findings).not.toContain('The smallest pool with no failed map')
    expect(findings).toContain('Half of it, swiotlb=2048,4, fails 29 maps; of the first: 126 slots')
  })

  test.each([
    [50, 'It bears at least 50 % more load.'],
    [20, 'It bears 20 % more load.'],
    [0, 'With 20 % more load maps fail.'],
  ])('how much more load the answer bears, as the text has it: %i %%', async (percent, words) => {
    const page = await pageOf('bears.html', (document) => {
      document['bears'] = { percent, tried: [20, 50] }
    })
    expect(findingsOf(page)).toContain(words)
  })

  test('a pool that serves is not too little for being below an answer with a margin', async () => {
    const page = await pageOf('margin.html', (document) => {
      const { answer } = document as unknown as { readonly answer: object }
      document['answer'] = { ...answer, slots: 8192, parameter: 'swiotlb=8192,4', margin: 100 }
    })
    expect(page).toContain(
      'By the answer, which bears 100 % more load, it takes 16 MiB; the most is booked by per-area, 16 MiB; ' +
        'too little by a look every second and a look every 15 seconds.',
    )
  })

  test('several traces begin with the line to take when, and with all of them in one picture', async () => {
    const page = await pageOf('several.html', (document) => {
      const {
        schema: _,
        made: __,
        ...sizing
      } = document as unknown as {
        readonly answer: { readonly slots: number }
        readonly [key: string]: unknown
      }
      const of = (name: string, slots: number) => {
        const pool = { slots, areas: 4, bytes: slots * 2048, parameter: `swiotlb=${slots},4` }
        return { ...sizing, name, answer: { ...pool, margin: 0 }, ownAreas: pool }
      }
      const traces = [of('a.log', 1024), of('b.log', 4096)]
      Object.assign(document, traces[1], { traces, together: of('all 2 at once', 8192) })
    })
    expect(findingsOf(page).slice(0, 2)).toEqual([
      // A result of an earlier version, which tried one meeting of them and told of none.
      'Loads of one machine that may run together: swiotlb=8192,4 (16 MiB), all 2 at once from their begin on; no other meeting was tried.',
      'Loads of several machines, or that never run together: swiotlb=4096,4 (8 MiB), the largest of each, for b.log.',
    ])
    expect(page).toContain('<h1>swiotlb-lab: The size for b.log, and 2 more results</h1>')
    expect(page.match(/<h3[^>]*>[^<]*Each trace, and all at once/g)?.length).toBe(1)
    for (const [name, line] of [
      ['a.log', 'swiotlb=1024,4 (2 MiB)'],
      ['all 2 at once', 'swiotlb=8192,4 (16 MiB)'],
    ]) {
      expect(page).toMatch(new RegExp(`${name}.*?${line?.replace(/[()]/g, '\\$&')}`, 's'))
    }
  })

  test('several traces tell the meetings that were tried, and the line that serves in each', async () => {
    const page = await pageOf('meetings.html', (document) => {
      const { schema: _, made: __, ...sizing } = document
      const pool = (slots: number) => ({
        ...{ slots, areas: 4, bytes: slots * 2048, parameter: `swiotlb=${slots},4` },
      })
      const meetings = {
        ...{ runs: 5, drawn: 3, worst: 'peaks', pool: pool(16384), begins: 4096, peaks: 8192 },
        ...{ low: 4096, high: 16384, sumPeakSlots: 5000, sumPool: pool(8192) },
      }
      const enough = { asked: '1024,4', slots: 1024, areas: 4, parameter: 'swiotlb=1024,4' }
      const of = {
        ...enough,
        kernel: '6.12',
        cpus: 4,
        cpusFrom: 'option',
        served: true,
        failedMaps: 0,
      }
      const cautions = ['the line', 'a confidential VM', 'b.log, which needs most, is short.']
      const together = { ...sizing, meetings, cautions, enough: of }
      Object.assign(document, { traces: [sizing, sizing], together })
    })
    expect(page).toContain('It is the worst of 5 meetings tried.')
    expect(page).toMatch(/<div class="answer.*?b\.log, which needs most, is short\..*?<section/s)
    const findings = findingsOf(page).slice(0, 3)
    expect(findings[0]).toMatch(
      /: swiotlb=16384,4 \(32 MiB\), .* in each of 5 meetings that were tried; another may need more\.$/,
    )
    expect(findings[2]).toMatch(
      /: 4096 where all begin at once, 8192 where their peaks fall on one moment; over all, with 3 more that were drawn, 4096 to 16384\..*: 5000 slots \(9\.77 MiB\), which swiotlb=8192,4 holds if nothing is fragmented\.$/,
    )
  })

  test('no stroke is spoken of where none is drawn', async () => {
    const page = await pageOf('needed.html', (document) => {
      const { oneLess } = document as unknown as {
        readonly oneLess: { readonly failedMap: { neededSlots: number } }
      }
      oneLess.failedMap.neededSlots = 2000
    })
    expect(page).toContain('The map needed 2000 slots in one run, more than are free in any area.')
    expect(page).not.toContain('The stroke is what the map needed')
    expect(pages.size).toContain('The stroke is what the map needed')
  })
})

describe('a first screen', () => {
  /** What stands before the first result, and outside of what is folded away. */
  const first = (page: string): string => {
    const before = page.slice(page.indexOf('<main>'), page.indexOf('<section'))
    return before.replace(/<details>.*?<\/details>/gs, '<folded>')
  }

  test.each(kinds)('of %s has its links and its boxes folded away', (kind) => {
    expect(first(pages[kind])).not.toMatch(/<a |<input/)
    expect(pages[kind]).toMatch(/<nav [^>]*><details><summary>Contents: 1 result, \d+ pictures?</)
    // What was asked, and then the answer.
    expect(pages[kind]).toMatch(
      /<h2 id="result-1">[^<]*<\/h2>\s*<p class="asked">[^<]+\?<\/p>\s*<ul class="findings"><li>/,
    )
  })

  test('of several results answers each, with its doubt and its warnings, and leads to it', async () => {
    const { out } = await reportOf(scratch, 'first.html', [files.sweep, files.size])
    const page = readFileSync(out, 'utf8')
    const [, series = '', size = ''] = first(page).split('<div class="answer')
    expect(series).toMatch(
      /href="#result-1">uniform over 1, 2 and 4 CPUs<.*What do more CPUs do to the speed, .*<dd>What the CPUs do to a map\+unmap that nothing tracks \(off, predicted\): /s,
    )
    expect(size).toMatch(
      /href="#result-2">The size for .*Which pool serves this load\?.*<dd>On 4 CPUs, for this load: swiotlb=4096,4 \(8 MiB\)\. The trace is little to go by: /s,
    )
    const warned = changed('size', (document) => {
      document['warnings'] = ['one', 'two']
    })
    const both = await reportOf(scratch, 'warned.html', [files.sweep, warned])
    expect(first(readFileSync(both.out, 'utf8'))).toContain(
      '<span class="warning">2 warnings below.</span>',
    )
  })

  test('of very many results says how many more there are', async () => {
    const { out } = await reportOf(scratch, 'many.html', Object.values(files))
    expect(first(readFileSync(out, 'utf8'))).toContain('And 2 results more below.')
  })
})

test('a series begins with what the steps do, and tells the frontier step by step below', () => {
  const [, findings = '', more = ''] =
    /<ul class="findings">(.*?)<\/ul>\s*<details class="told">(.*?)<\/details>/s.exec(
      pages.sweep,
    ) ?? []
  expect(findings).toMatch(/^<li>What the CPUs do to a map\+unmap that nothing tracks \(off, /)
  expect(findings).toContain('<li>On the frontier of promise and cost at every step')
  expect(findings).not.toMatch(/<li>\d+ CPUs?: /)
  expect(more).toContain('<summary>Step by step: on the frontier, by what is promised')
  expect(more.match(/<li>\d CPUs?: /g)).toHaveLength(3)
})

test('many warnings are counted, and folded away behind that', async () => {
  const four = changed('size', (document) => {
    document['warnings'] = ['a', 'b', 'c', 'd']
  })
  const { out } = await reportOf(scratch, 'four.html', [four])
  expect(readFileSync(out, 'utf8')).toMatch(
    /<summary class="warning">4 warnings, to be read before any figure is believed<\/summary><ul class="findings warning"><li>Warning: a</,
  )
  const three = changed('size', (document) => {
    document['warnings'] = ['a', 'b', 'c']
  })
  const few = await reportOf(scratch, 'three.html', [three])
  expect(readFileSync(few.out, 'utf8')).not.toContain('to be read before any figure')
})

test('costs come before the promise in a table, so that a narrow screen shows them', () => {
  const heads = [...pages.sweep.matchAll(/<table class="heat broad"><thead>(.*?)<\/thead>/g)]
  expect(heads.length).toBe(2)
  for (const [, head = ''] of heads) {
    const names = [...head.matchAll(/<th[^>]*>([^<]*)<\/th>/g)].map(([, name]) => name)
    expect(names).toEqual(['tracker', '1 CPU', '2', '4', 'promise', 'exact?'])
  }
})

test('trackers of other traces than the worst can be chosen, too', async () => {
  // Of a trace without an answer nothing is booked.
  const several = changed('size', (document) => {
    const { schema: _, made: __, ...sizing } = document as Record<string, unknown>
    const worst = { ...sizing, booked: [], name: 'worst.log' }
    Object.assign(document, worst, { traces: [worst, { ...sizing, name: 'other.log' }] })
  })
  const { out } = await reportOf(scratch, 'worst.html', [several])
  const page = readFileSync(out, 'utf8')
  const ruled = new Set(
    [...page.matchAll(/\[data-of~="([^"]+)"\]\{display:revert\}/g)].map(([, word]) => word),
  )
  const used = [...page.matchAll(/ data-of="([^"]+)"/g)].flatMap(([, all = '']) => all.split(' '))
  expect(used).toContain('reserve')
  expect(used.filter((word) => !ruled.has(word))).toEqual([])
})

test('several results stand on one page, each with its own pictures', async () => {
  const { ended, out } = await reportOf(scratch, 'all.html', Object.values(files))
  expect(ended.stdout).toMatch(/: \d+ pictures of 8 results, [\d.]+ [KM]iB\n$/)
  const page = readFileSync(out, 'utf8')
  expect(page.match(/<section/g)?.length).toBe(8)
  expect(page.length).toBeLessThan(5e6)
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(links.filter((id) => !ids.includes(id as string))).toEqual([])
})

test('names are shown as they are, and are never marks', async () => {
  const evil = `</title><script>alert('1')</script>"><img src=x onerror=alert(1)>&\u0000\ud800`
  const file = changed('compare', (document) => {
    const { scenario, rows } = document as {
      scenario: { name: string; description: string }
      rows: { tracker: string; promise: string }[]
    }
    scenario.name = evil
    scenario.description = evil
    for (const row of rows.slice(1)) {
      row.tracker = evil
      row.promise = evil
    }
  })
  const { ended, out } = await reportOf(scratch, 'evil.html', [file, '--title', evil.slice(0, -2)])
  expect(ended.code).toBe(0)
  const page = readFileSync(out, 'utf8')
  expect(page.match(/<script|<img/)).toBeNull()
  expect(page.includes('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;')).toBe(true)
  expect(page.includes('&amp;\ufffd\ufffd')).toBe(true)
})

describe('what is refused, with 2, and leaves no page', () => {
  const refused = async (args: readonly string[], words: string | RegExp): Promise<void> => {
    const { ended, out } = await reportOf(scratch, 'none.html', args)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(words)
    expect(ended.stderr.trim().split('\n').length).toBe(1)
    expect(existsSync(out)).toBe(false)
  }

  test.each([
    ['no JSON', '{', /not JSON/],
    ['another document', '{"a":1}', /no schema in it: expected what a command prints with --json/],
    ['a list', '[]', /no schema in it/],
    ['null', 'null', /no schema in it/],
    ['a schema alone', '{"schema":"swiotlb-lab\\/compare\\/1"}', /no "made" beside its schema/],
  ])('%s', async (_, text, words) => {
    await refused([scratch.file('bad.json', text)], words)
  })

  test.each([
    ['swiotlb-lab/compare/0', /schema swiotlb-lab\/compare\/0: expected swiotlb-lab\/compare\/1/],
    ['swiotlb-lab/compare/2', /schema swiotlb-lab\/compare\/2: expected swiotlb-lab\/compare\/1/],
    [
      'swiotlb-lab/list/1',
      /schema swiotlb-lab\/list\/1: expected one of swiotlb-lab\/compare\/1, /,
    ],
    ['criterion/3', /schema criterion\/3: expected one of /],
  ])('the schema %s', async (schema, words) => {
    const file = changed('compare', (document) => {
      document['schema'] = schema
    })
    await refused([file], words)
  })

  test('a field that is missing, by its name', async () => {
    const file = changed('compare', (document) => {
      delete (document as { rows: { accuracy: { truthSlots?: unknown } }[] }).rows[0]?.accuracy
        .truthSlots
    })
    await refused([file], /rows\.0\.accuracy\.truthSlots: /)
  })

  test('a result of an earlier version, by file, schema and version', async () => {
    const file = changed('compare', (document) => {
      const { rows, made } = document as unknown as {
        readonly rows: Record<string, unknown>[]
        readonly made: Record<string, unknown>
      }
      rows[1] = { ...rows[1], offFrontier: { why: 'nearer', tracker: 'off', vsOff: [1, 1] } }
      made['version'] = '0.0.9'
    })
    await refused(
      [file],
      /compare\.json: not swiotlb-lab\/compare\/1 as this version prints it, and made by version 0\.0\.9: rows\.1\.offFrontier\.why: .*; make it again with --json$/m,
    )
  })

  test('a series without steps, a comparison without rows', async () => {
    const empty = changed('sweep', (document) => {
      document['steps'] = []
    })
    await refused([empty], /steps: expected at least one step/)
    const none = changed('compare', (document) => {
      document['rows'] = []
    })
    await refused([none], /rows: expected at least one row/)
  })

  test('a part of a series is no whole one', async () => {
    const part = changed('sweep', (document) => {
      document['missing'] = [64]
    })
    const { out } = await reportOf(scratch, 'part.html', [part])
    expect(readFileSync(out, 'utf8')).toContain(
      '<li>Warning: this is not all: of what was asked for 1 more is missing</li>',
    )
    expect(pages.sweep).not.toContain('this is not all')
  })

  test('lines of shards, and by merge what is whole: each with the command that takes it', async () => {
    const shard = scratch.file('a b.jsonl', '{"schema":"swiotlb-lab/shard","version":1}\n{"sche')
    await refused(
      [files.run, shard],
      /a b\.jsonl: holds what --shard wrote; .*: swiotlb-lab merge '[^']*a b\.jsonl' --json > result\.json$/m,
    )
    const { code, stderr } = await cli(['merge', files.run])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /run\.json: is a whole result \(swiotlb-lab\/run\/1\), .* swiotlb-lab report \S*run\.json --out page\.html$/m,
    )
  })

  test('one that cannot be read', async () => {
    await refused(
      [join(scratch.folder, 'nowhere.json')],
      /nowhere\.json: cannot be read \(ENOENT\)/,
    )
  })
})

test('a place that cannot be written is named, before anything is read', async () => {
  const { code, stderr } = await cli(['report', 'nowhere.json', '--out', '/nowhere/page.html'])
  expect([code, stderr]).toEqual([
    3,
    'swiotlb-lab: --out: /nowhere/page.html cannot be written (ENOENT); expected a place for the page\n',
  ])
})

test('a file that was there is replaced whole, and that is said', async () => {
  scratch.file('there.html', 'x'.repeat(1e6))
  const { ended, out } = await reportOf(scratch, 'there.html', [files.run])
  // A long name breaks the sentence.
  expect(ended.stdout.replace(/\s+/g, ' ')).toMatch(/; it replaced the file that was there $/)
  expect(/^<!doctype html>.*<\/html>\n$/s.test(readFileSync(out, 'utf8'))).toBe(true)
  expect(readdirSync(scratch.folder).filter((name) => name.startsWith('there.html'))).toEqual([
    'there.html',
  ])
})

test('stdin, and what is on the page as JSON', async () => {
  const out = join(scratch.folder, 'stdin.html')
  const { stdout } = await cli(['report', '-', '--out', out, '--json'], {
    input: readFileSync(files.run),
  })
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'swiotlb-lab/report/1',
    out,
    replaced: false,
    bytes: readFileSync(out).length,
    figures: expect.arrayContaining(['The marks beside the truth']),
  })
})
