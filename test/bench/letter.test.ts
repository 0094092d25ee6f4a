// What docs/patch.md shows of many CPUs: of which machine it is, and what was seen of the marks.

import { describe, expect, test } from '@jest/globals'
import { makeBlock } from '../../bench/figures/blocks.js'
import type { KeptCommand, KeptFile } from '../../bench/kept.js'
import { epyc } from './kept-results.js'

const CPUS = 'swiotlb-lab compare uniform --engine virtual --sweep cpus='

const costs = (ratio: number) => ({
  nsPerPair: { median: 100 * ratio },
  vsOff: { ratio, low: ratio, high: ratio, settled: true },
})

function rowOf(tracker: string, ratio: number, errorSlots: number | null, low: number) {
  return {
    tracker,
    areaBytes: 16,
    frontier: false,
    accuracy: { errorSlots, truthSlots: { low, high: 1000 } },
    throughput: costs(ratio),
    throughputNoCopy: costs(2 * ratio),
  }
}

function keptSweep(command: string, machine: object, low: number, file = 'a.json'): KeptFile {
  const rows = [
    rowOf('off', 1, null, low),
    rowOf('global-atomic', 3, 0, low),
    rowOf('reserve', 1, 25, low),
  ]
  return {
    file,
    kept: {
      kind: 'compare',
      source: { commit: 'a'.repeat(40), dirty: false },
      host: epyc,
      date: '2026-01-02T08:00:00.000Z',
      command,
      exit: 0,
      result: { steps: [{ value: 64, comparison: { machine, rows } }] },
    },
  }
}

const machine = {
  sockets: 1,
  coresPerSocket: 32,
  threadsPerCore: 2,
  costModel: { name: 'of-a-test', description: 'no limit to copies' },
}
const padded = `${CPUS}1,64 --area-layout padded --trackers off,global-atomic,reserve`

describe('the table of many CPUs', () => {
  const block = (files: readonly KeptFile[]): string =>
    makeBlock('letter-cpus', files, [], []) ?? ''

  test('names the model, its limits, and the sockets', () => {
    expect(block([keptSweep(padded, machine, 900)])).toMatch(
      /^Cost model `of-a-test`: no limit to copies\. All CPUs are in 1 socket\.$/m,
    )
  })

  test('calls a mark exact only where the peak is known exactly', () => {
    expect(block([keptSweep(padded, machine, 900)])).toContain(
      '| 3.00 / 6.00; none within 10.0 % | 1.00 / 2.00; +2.5 % |',
    )
    expect(block([keptSweep(padded, machine, 1000)])).toContain('| 3.00 / 6.00; exact |')
  })

  test('is of no other model', () => {
    const other = keptSweep(`${padded} --cost-model sapphire-rapids`, machine, 900)
    expect(block([other])).toContain('not measured yet')
  })
})

describe('the table of real processors', () => {
  const ofModel = (options: string) =>
    `${CPUS}64,128,256 --area-layout padded --trackers off,global-atomic,per-area,reserve,epochs${options}`

  test('has a line for each step, with its machine, and the command', () => {
    const command = ofModel(' --cost-model epyc-milan --sockets 2 --threads-per-core 2')
    const block = makeBlock('letter-models', [keptSweep(command, machine, 900)], [], []) ?? ''
    expect(block).toMatch(
      /\| `uniform` \| `of-a-test` \| 1 x 32 x 2 +\| 64 +\| 100 \/ 100 +\| 3\.00 \/ 6\.00 +\| 1\.00 \/ 2\.00 +\|/,
    )
    expect(block).toContain(`(results/a.json): \`${command}\``)
    expect(block).toContain('not measured yet')
  })
})

describe('the memory that trackers take', () => {
  const keptPatch = (tracker: string, memory: object | null): KeptFile => {
    const { source, host, date, exit } = keptSweep('', machine, 900).kept as KeptCommand
    const command = `swiotlb-lab patch --tracker ${tracker} --kernel-source linux-source-6.12.tar.xz`
    const file = `${tracker}.json`
    return {
      file,
      kept: { source, host, date, exit, kind: 'patch', command, result: { tracker, memory } },
    }
  }
  const memory = (tracker: string) => ({
    ...{ tracker, roomBytes: 128, perCpus: null },
    area: { bytes: 24, plainBytes: 16, allocatedBytes: 0 },
    allocator: [{ cpus: 8, bytes: 100, allocatedBytes: 0, totalBytes: 192 }],
  })
  const block = (reserve: object | null): string => {
    const files = ['global-atomic', 'epochs'].map((name) => keptPatch(name, memory(name)))
    return makeBlock('letter-memory', [...files, keptPatch('reserve', reserve)], [], []) ?? ''
  }

  test('is a line for each of them', () => {
    expect(block(memory('reserve'))).toMatch(/\| `reserve` +\| 8 +\| - +\| 100; 192 +\| not told/)
  })

  test('of one that was made without a compiler is not told, and no line is left out of a table', () => {
    expect(block(null)).toMatch(
      /^_not measured yet .*: `npm run keep -- patch --tracker reserve .*`_$/,
    )
  })
})
