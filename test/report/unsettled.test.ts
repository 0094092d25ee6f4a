// A page of predictions of which one has not settled: pictures and sentences leave it out, and say so.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { reportOf } from './pages.js'

jest.setTimeout(60_000)

const scratch = scratchFolder()

interface Timed {
  readonly vsOff: { settled?: boolean; ratio: number; low: number | null; high: number | null }
}

interface Document {
  readonly steps: readonly {
    readonly comparison: {
      readonly rows: {
        tracker: string
        frontier: boolean
        offFrontier: { why: string } | null
        throughput: Timed
        throughputNoCopy: Timed
      }[]
    }
  }[]
}

/** The same for all, and in the last step the dearest by far, if it were one. */
function planted(text: string): Document {
  const document = JSON.parse(text) as Document
  const row = document.steps.at(-1)?.comparison.rows.find(({ tracker }) => tracker === 'reserve')
  if (!row) throw new Error('expected a row of reserve')
  for (const { vsOff } of [row.throughput, row.throughputNoCopy]) {
    Object.assign(vsOff, { settled: false, ratio: 77, low: 77, high: 77 })
  }
  Object.assign(row, { frontier: false, offFrontier: { why: 'unsettled' } })
  return document
}

/** As after fewer rounds than an interval takes: nothing at the last step has one. */
function withoutIntervals(text: string): Document {
  const document = JSON.parse(text) as Document
  for (const row of document.steps.at(-1)?.comparison.rows ?? []) {
    for (const timed of [row.throughput, row.throughputNoCopy]) {
      Object.assign(timed.vsOff, { low: null, high: null })
      delete timed.vsOff.settled
    }
  }
  return document
}

const told: Record<'sweep' | 'compare' | 'few', string> = { sweep: '', compare: '', few: '' }

beforeAll(async () => {
  const { stdout } = await cli([
    ...['compare', 'uniform', '--engine', 'virtual', '--sweep', 'cpus=1,2', '--steps', '20000'],
    ...['--trackers', 'off,global-atomic,per-area,reserve', '--json'],
  ])
  const sweep = planted(stdout)
  const { made } = JSON.parse(stdout)
  const last = { schema: 'swiotlb-lab/compare/1', made, ...sweep.steps.at(-1)?.comparison }
  const documents = [
    ['sweep', sweep],
    ['compare', last],
    ['few', withoutIntervals(stdout)],
  ] as const
  for (const [kind, document] of documents) {
    const file = scratch.file(`${kind}.json`, JSON.stringify(document))
    const { ended, out } = await reportOf(scratch, `${kind}.html`, [file])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    told[kind] = readFileSync(out, 'utf8').replace(/\s+/g, ' ')
  }
}, 120_000)

/** The words under a picture. */
const caption = (page: string, of: RegExp): string =>
  (page.match(/<figure.*?<\/figure>/gs) ?? []).find((figure) => of.test(figure)) ?? ''

describe('a prediction that has not settled', () => {
  test('is left out of the sentences of a page, which say so', () => {
    const costs = caption(told.compare, /What each tracker costs/)
    expect(costs).toMatch(/Without copies, global-atomic costs most, [\d.]+ times off;/)
    expect(costs).toContain('of 1 of 3 it is not known, whose figure has not settled.')
    const dots = caption(told.compare, /Promise and cost/)
    expect(dots).toContain(
      'Left out of the comparison of costs: reserve, whose figure has not settled.',
    )
    expect(dots).not.toMatch(/Off it: [^.]*reserve/)
    expect(told.compare).toContain('not known of reserve, whose figure has not settled.')
  })

  test('is left out of those of a series, and the step is named', () => {
    const cost = caption(told.sweep, /Cost over CPUs, without copies/)
    expect(cost).toContain('Left out, as more steps would change it: reserve.')
    expect(cost).not.toMatch(/reserve 77.*cheapest and the dearest/)
    // As short as the other marks, and in words below.
    expect(cost).toMatch(/>77\.0 #</)
    expect(cost).toContain('# not settled: more steps would change it;')
    expect(caption(told.few, /Cost over CPUs, without copies/)).not.toContain('# not settled')
    const scaling = caption(told.sweep, /Scaling, without copies/)
    expect(scaling).toMatch(/takes from [^.]* under [^.]* to [^.]* ns under global-atomic/)
    expect(scaling).toContain(
      'Not settled, so that more steps would move the point: reserve at 2 CPUs.',
    )
    expect(told.sweep).toMatch(/2 CPUs: [^<]*left out: reserve, whose figure has not settled/)
  })
})

test('a series without an interval at its last step is drawn all the same, and says so', () => {
  const scaling = caption(told.few, /Scaling, without copies/)
  expect(scaling).toContain('At 2 CPUs, without copies no tracker has a figure.')
  expect(scaling).toMatch(/<svg[^>]*aria-label="Scaling, without copies/)
  expect(scaling).not.toContain('more steps')
})
