// What a tracker file certifies was in use: each engine holds it against the truth.

import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type ComparisonWithFiles, checkTrackerFile } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import { example, leavesNothing, removeFolder, write } from './files.js'

jest.setTimeout(300_000)

leavesNothing()
afterAll(removeFolder)

const flat = (text: string): string => text.replace(/\s+/g, ' ')

/** The example, which promises nothing of its mark, with a verb of its own for what is certain. */
const certifying = (name: string, value: string, define = 'tracker_lower'): string =>
  write(
    name,
    `${example}
#define ${define} ${define}
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	return ${value};
}
`,
  )

const COMPARE = ['compare', 'uniform', '--no-timing', '--steps', '5000', '--trackers', 'off']

describe('what cannot have been in use', () => {
  test('in a run: told in words, and marked in the row', async () => {
    const file = certifying('whole.h', 'mem->nslabs')
    const { code, stdout } = await cli([...COMPARE, '--tracker', file])
    expect(code).toBe(1)
    const text = flat(stdout)
    expect(text).toMatch(
      /whole\.h: broke its promise \(tracker_lower\) in the short serial run: it certified that 2048 slots were in use at some instant, where at most \d+ were/,
    )
    expect(stdout).toMatch(/^whole\.h ! +none/m)
    expect(text).toMatch(
      /whole\.h broke its promise: it certified that \d+ slots were in use at some instant, where at most \d+ were\./,
    )
    const json = await cli([...COMPARE, '--tracker', file, '--json'])
    const { rows } = JSON.parse(json.stdout) as ComparisonWithFiles
    const row = rows.find(({ tracker }) => tracker === 'whole.h')
    expect(row).toMatchObject({
      promiseBroken: true,
      accuracy: { promiseKept: false, certified: { kept: false, highSlots: null } },
    })
  })

  test.each(['serial', 'virtual'])('in a replay, engine %s', async (engine) => {
    const file = certifying('whole.h', 'mem->nslabs')
    const log = write('one.log', '#! nslabs=1024 nareas=2 pool=40000000\nm 0 1 100000 4096 0 0\n')
    const args = ['replay', log, '--engine', engine, '--trackers', 'off', '--tracker', file]
    const { stdout } = await cli(args)
    expect(stdout).toMatch(/^whole\.h !/m)
    const json = await cli([...args, '--json'])
    const { rows } = JSON.parse(json.stdout)
    expect(rows[1]).toMatchObject({
      promiseKept: false,
      certified: { lowSlots: 1024, kept: false },
    })
  })

  test('in a schedule alone: a finding with words of its own', async () => {
    const file = certifying('seven.h', '7')
    const { result } = await checkTrackerFile(file, { seeds: 1000 })
    const { findings, certified, envelopeSlots, promiseBroken } = result?.found ?? {}
    expect(findings).toContain('lower')
    expect(promiseBroken).toBe(true)
    expect(certified?.lowerSlots).toBe(7)
    expect(certified?.mostSlots).toBeLessThan(7)
    expect(certified?.mostSlots).toBeLessThanOrEqual(envelopeSlots?.high ?? -1)
    const { code, stdout } = await cli(['check', file, '--seeds', '1000'])
    expect(code).toBe(1)
    const text = flat(stdout)
    expect(text).toContain('seven.h: more was certified to have been in use than any order allows.')
    expect(text).toMatch(
      /certified 7 slots \(14 KiB\) in use at some instant; in any order until then at most \d slots?/,
    )
    const compared = await cli([...COMPARE, '--tracker', file])
    expect(flat(compared.stdout)).toMatch(
      /seven\.h: broke its promise \(tracker_lower\) in a schedule of .*: it certified that 7 slots were in use at some instant, where at most \d (was|were)/,
    )
  })
})

describe('what can', () => {
  test.each([
    ['nothing is known', 'TRACKER_LOWER_UNKNOWN', null],
    ['nothing was', '0', 0],
  ])('%s', async (_, value, lowSlots) => {
    const file = certifying('modest.h', value)
    const { code, stdout } = await cli([...COMPARE, '--tracker', file, '--json'])
    expect(code).toBe(0)
    const { rows } = JSON.parse(stdout) as ComparisonWithFiles
    expect(rows.at(-1)).toMatchObject({
      tracker: 'modest.h',
      accuracy: { certified: { lowSlots, kept: true } },
    })
  })

  test('without the verb it follows from the promise', async () => {
    const file = write('short.h', example.replace(/\.over = TRACKER_UNBOUNDED/, '.over = 5'))
    const { stdout } = await cli([...COMPARE, '--tracker', file, '--json'])
    const { rows } = JSON.parse(stdout) as ComparisonWithFiles
    const { accuracy } = rows.at(-1) ?? {}
    expect(accuracy?.certified?.lowSlots).toBe((accuracy?.reportedSlots ?? 0) - 5)
  })

  test('the verb without its #define is told', async () => {
    const { code, stdout } = await cli(['check', certifying('mute.h', '0', 'tracker_lowest')])
    expect(code).toBe(1)
    expect(flat(stdout)).toMatch(
      /mute\.h: line \d+: tracker_lower is not announced; expected "#define tracker_lower tracker_lower" before it/,
    )
  })
})
