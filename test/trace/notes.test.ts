// What a recording's notes tell of it: probes that were missed, which no event shows.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parseNotes } from '../../lib/index.js'
import { captures, cli } from '../cli/process.js'

const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-notes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const profile = (...missed: (number | undefined)[]) =>
  missed.map((count, i) => ({ probe: `probe_${i}`, hits: 9, missed: count }))
const lossesOf = (notes: object) => parseNotes('meta.json', JSON.stringify(notes)).losses

describe('missed probes', () => {
  const said = 'meta.json says that 7 hits of probes were missed (kprobe_profile)'

  test('are told with their number, and their names where they are noted', () => {
    expect(lossesOf({ kprobe_profile: profile(0, 4, undefined, 3) })).toEqual([
      `${said}: 4 of probe_1, 3 of probe_3`,
    ])
    expect(lossesOf({ lost: { overrun: 0, 'missed probes': 7 } })).toEqual([said])
  })

  test('none is none', () => {
    for (const notes of [
      {},
      { lost: null, kprobe_profile: null },
      { lost: { 'missed probes': 0 }, kprobe_profile: profile(0, 0) },
    ]) {
      expect(lossesOf(notes)).toEqual([])
    }
  })

  test('what is no number is named by its field', () => {
    expect(() => lossesOf({ lost: { 'missed probes': -1 } })).toThrow(
      /lost\.missed probes: .*from|least/,
    )
    expect(() => lossesOf({ kprobe_profile: [{ probe: 'a', missed: 'b' }] })).toThrow(
      'meta.json: kprobe_profile.0.missed: expected events',
    )
  })

  test('make a replay incomplete, and are said by all that read traces', async () => {
    const trace = join(captures, 'c-mixed-4cpu', 'trace.txt.gz')
    const meta = join(folder, 'meta.json')
    const notes = JSON.parse(readFileSync(join(captures, 'c-mixed-4cpu', 'meta.json'), 'utf8'))
    writeFileSync(meta, JSON.stringify({ ...notes, kprobe_profile: profile(3, 4) }))
    const words = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await cli([...args, trace, '--meta', meta])
      return (stdout + stderr).replace(/\s+/g, ' ')
    }
    const missed =
      'says that 7 hits of probes were missed (kprobe_profile): 3 of probe_0, 4 of probe_1'
    const replayed = await words('replay', '--trackers', 'off')
    expect(replayed).toContain(`Incomplete: an unknown number of events lost (${meta} ${missed})`)
    expect(replayed).toContain('which cannot be compared with this replay')
    for (const command of ['devices', 'size']) expect(await words(command)).toContain(missed)
  }, 60_000)
})
