// Each of the public reports in test/data/cases gets the answer that is known to be right.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { diagnose, explain } from '../../lib/explain/explain.js'
import { explainText } from '../../lib/report/text/explain.js'
import type { Explanation, Finding } from '../../lib/results/explain.js'

const folder = join(__dirname, '../data/cases')
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

const fileOf = (number: string): string => {
  const file = files.find((name) => name.startsWith(`${number}-`))
  if (file === undefined) throw new Error(`no case ${number}`)
  return file
}

/** What must be in a finding, as far as it is known. */
type Known = Partial<Finding>

interface Expected {
  readonly findings: readonly Known[]
  /** Slots of the pools, in their order. */
  readonly pools?: readonly number[]
  /** Words that the text must have. */
  readonly says?: readonly (string | RegExp)[]
  /** Words that it must not have. */
  readonly never?: readonly RegExp[]
}

/** Advice of a larger pool. */
const LARGER = [/More slots/, /swiotlb=\d+ \(/]

const tooLarge = (device: string | null, requestBytes: number, more: Known = {}): Known => ({
  ...{ cause: 'too-large', certain: true, device, requestBytes },
  neededSlots: Math.ceil(requestBytes / 2048),
  ...more,
})

const expected: Readonly<Record<string, Expected>> = {
  '02': {
    findings: [
      tooLarge('nvidia 0000:00:03.0', 524288, {
        ...{ totalSlots: 262144, usedSlots: 1044, freeSlots: 261100, lines: [1] },
        failuresAtLeast: 1,
      }),
    ],
    pools: [262144],
    says: ['512 MiB', '0.4 %', 'confidential-computing mode', 'the driver of nvidia 0000:00:03.0'],
    never: [...LARGER, /tells no totals/],
  },
  '03': {
    findings: [tooLarge(null, 524288, { usedSlots: 4, freeSlots: 32764 })],
    pools: [32768],
    says: ['0.01 %', 'no line names'],
    never: LARGER,
  },
  '04': {
    findings: [
      tooLarge('vc4-drm gpu', 1941504, {
        ...{ usedSlots: 0, failuresAtLeast: 7, lines: [1, 2, 3, 4, 5, 6, 7] },
      }),
    ],
    says: ['4 sizes from 384 KiB', '1941504', 'Between 0 and 1916'],
    never: LARGER,
  },
  '07': {
    findings: [
      tooLarge('bcm2835-dma fe007000.dma-controller', 524276, {
        ...{ neededSlots: 256, usedSlots: 0, failuresAtLeast: 3 },
      }),
    ],
    says: ['524276 bytes', 'Nothing of the pool'],
    never: LARGER,
  },
  '08': {
    findings: [
      tooLarge('dwmmc_rockchip fe2c0000.mmc', 1048576, {
        ...{ suppressed: 80, failuresAtLeast: 86, usedSlots: 0, lines: [1, 2, 3, 4, 5, 6, 7] },
      }),
    ],
    says: ['At least 86 mappings failed', 'max_seg_size', 'max_sectors_kb'],
    never: LARGER,
  },
  '09': {
    findings: [tooLarge('spacemit-k1xvi c0230000.vi', 1048576, { usedSlots: 498 })],
    pools: [65536],
    says: ['0.8 %', '128 MiB', 'dma_set_mask_and_coherent', 'segment size'],
    never: LARGER,
  },
  '10': {
    findings: [
      tooLarge('ast 0000:07:00.0', 3145728, { usedSlots: 0, lines: [1] }),
      tooLarge('udl 2-1.4:1.0', 2097152, { usedSlots: 1, lines: [2] }),
    ],
    pools: [32768, 65536],
    never: LARGER,
  },
  '13': {
    findings: [
      tooLarge('facetimehd 0000:00:00.0', 1048576, {
        ...{ totalSlots: null, usedSlots: null, freeSlots: null },
      }),
    ],
    pools: [],
    says: ['tells no totals', 'the size of the pool cannot explain it'],
    never: LARGER,
  },
  '14': {
    findings: [
      tooLarge('udmabuf udmabuf.0', 8388608),
      { cause: 'coherent', certain: true, device: 'udmabuf udmabuf.0', requestBytes: 8388608 },
    ],
    says: ['dma_alloc_coherent', 'CMA is the place to look', 'swiotlb= plays no part'],
    never: LARGER,
  },
  '17': { findings: [tooLarge('mlx5_core 0000:01:00.0', 8388608)], never: LARGER },
  '19': {
    findings: [
      {
        ...{ cause: 'fragmented', certain: true, device: 'virtio_ccw 0.0.0000' },
        ...{ requestBytes: 262144, neededSlots: 128, usedSlots: 28249, freeSlots: 4519 },
      },
    ],
    says: ['4519 of 32768', '86.2 %', 'More slots help', 'Secure Execution', 'swiotlb=262144'],
  },
  '20': {
    findings: [
      {
        ...{ cause: 'fragmented', certain: true, device: 'stmmaceth 0000:00:1d.2' },
        ...{ neededSlots: 4, freeSlots: 4 },
      },
    ],
    says: ['the pool is practically full', '99.99 %', 'In practice the pool is exhausted'],
  },
  '22': {
    findings: [
      {
        ...{ cause: 'fragmented', certain: true, device: 'sdhci-iproc fe340000.emmc2' },
        ...{ neededSlots: 4, freeSlots: 5665, lines: [1, 2], failuresAtLeast: 1 },
      },
    ],
    says: ['The device reaches 4 GiB only (line 2)', 'Small mappings'],
  },
  '24': {
    findings: [
      {
        ...{ cause: 'unknown', certain: false, device: 'bcm2835-dma fe00700.dma' },
        ...{ requestBytes: 1536, neededSlots: 1, totalSlots: null, failuresAtLeast: 1 },
        lines: [1, 2],
      },
      { cause: 'leak', certain: false, device: null },
    ],
    says: ['tells no totals', 'exhausted, or it leaks', 'twice, a minute apart'],
  },
  '26': {
    findings: [
      {
        ...{ cause: 'exhausted', certain: true, device: 'rtl8192ee 0000:05:00.0' },
        ...{ neededSlots: 2, freeSlots: 0, usedSlots: 32768 },
      },
      { cause: 'leak', certain: false, device: null },
    ],
    says: [
      ...['A larger pool only delays it', 'need not be it: rtl8192ee 0000:05:00.0'],
      'leak (possible)',
    ],
  },
  '29': {
    findings: [{ cause: 'no-pool', certain: true, totalSlots: 0, device: null }],
    pools: [],
    says: ['absent, not full', /swiotlb=force every mapping of every device bounces/],
    never: [/NaN|Infinity/],
  },
  '30': {
    findings: [{ cause: 'no-pool', certain: true, lines: [2] }],
    says: ['up to about 6.2', /swiotlb=force every mapping of every device/, 'below 4 GiB'],
  },
  '31': {
    findings: [
      { cause: 'no-pool', certain: true },
      { cause: 'reduced', certain: true },
    ],
    pools: [],
    says: ['965 MiB', '6 % of about 15.7 GiB', 'below 4 GiB', 'Ask for less than 965 MiB'],
  },
  '33': {
    findings: [{ cause: 'no-pool', certain: true, lines: [4] }],
    says: ['126 MiB of memory', 'Harmless unless a device must bounce'],
  },
  '36': {
    findings: [{ cause: 'other-pool', certain: true }],
    pools: [],
    says: ["Xen's own swiotlb", 'below 4 GiB', 'swiotlb= of the guest is not the matter'],
  },
  '39': {
    findings: [],
    pools: [524288],
    says: ['982 MiB', '6 % of about 16 GiB', 'rounded up to 1024 MiB', 'power of two', 'no fault'],
  },
  '42': { findings: [], pools: [256], says: ['512 KiB', '2 areas need 2 segments'] },
  '46': { findings: [], pools: [], says: ['a confidential VM', 'every DMA', 'read as 2 boots'] },
  '47': {
    findings: [{ cause: 'counter-bug', certain: true, usedSlots: null, lines: [1, 2] }],
    says: ['6.4 to 6.8', 'while mappings lived', 'cannot be had any more'],
    never: [/18446744073709551616|1\.84/],
  },
  '50': { findings: [], pools: [2048], says: ['4 MiB'] },
  '51': {
    findings: [
      { cause: 'unreachable', certain: true, device: 'cx23885 0000:01:00.0', requestBytes: 16384 },
      { cause: 'unreachable', certain: true, device: 'nouveau 0001:01:00.0', requestBytes: 4096 },
    ],
    says: ['The pool is not full', 'the size of the request does not matter'],
    never: LARGER,
  },
  '53': {
    findings: [],
    says: ['2 of 256 B', 'reaches 4 GiB only and the memory lies above', 'attempts', '`devices`'],
  },
  '55': {
    findings: [
      { cause: 'ignored-parameter', certain: true, lines: [15] },
      { cause: 'ignored-parameter', certain: true, lines: [16] },
      { cause: 'ignored-parameter', certain: true, lines: [17] },
      { cause: 'ignored-parameter', certain: true, lines: [18] },
    ],
    pools: [],
    says: [
      ...['swiotlb=any sets nothing', 'takes 512 slots, and drops "m"', '512 slots (1 MiB)'],
      ...['swiotlb=force,swiotlb=512M sets nothing', 'swiotlb=x,force sets nothing'],
      ...['65535 slots (128 MiB) become 65536 slots', '256 KiB on 1, 2 MiB on 8'],
      ...['1 slot (2 KiB) becomes 128 slots (256 KiB)'],
    ],
  },
}

const KEYS = [
  ...[
    'cause',
    'certain',
    'possible',
    'host',
    'device',
    'requestBytes',
    'neededSlots',
    'totalSlots',
    'usedSlots',
  ],
  ...['freeSlots', 'lines', 'suppressed', 'failuresAtLeast', 'advice', 'unknown'],
].sort()

/** Lines run together, as they are read. */
const flat = (text: string): string => text.replace(/\s+/g, ' ')

test('every report has its expectation', () => {
  expect(Object.keys(expected).sort()).toEqual(files.map((name) => name.slice(0, 2)))
})

describe.each(Object.entries(expected))('report %s', (number, { findings, pools, says, never }) => {
  const text = read(fileOf(number))
  const result = explain(text)

  test('its causes, in their order, with what is known of them', () => {
    expect(result.findings.map(({ cause }) => cause)).toEqual(findings.map(({ cause }) => cause))
    findings.forEach((known, i) => {
      expect(result.findings[i]).toMatchObject(known)
    })
  })

  test('the shape of the answer', () => {
    expect(Object.keys(result)).toEqual(['findings', 'pools', 'commandLine', 'warnings'])
    for (const finding of result.findings) {
      expect(Object.keys(finding).sort()).toEqual(KEYS)
      expect(finding.lines.length).toBeGreaterThan(0)
    }
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  test('its pools', () => {
    if (pools) expect(result.pools.map(({ slots }) => slots)).toEqual(pools)
    for (const { slots, bytes } of result.pools) expect(bytes).toBe(slots * 2048)
  })

  test('its words', () => {
    const words = flat(explainText(diagnose(text)))
    for (const word of says ?? []) expect(words).toMatch(word)
    for (const word of never ?? []) expect(words).not.toMatch(word)
  })
})

/** How sure an answer is: as sure as the finding that must be solved first. */
function sureness({ findings }: Explanation): string {
  const [first] = findings
  if (!first) return 'nothing failed'
  if (first.cause === 'unknown') return 'unknown'
  return first.certain ? 'certain' : 'likely'
}

test('docs/explain.md says for how many reports the answer is certain, likely and unknown', () => {
  const rows = files.map((name) => {
    const result = diagnose(read(name))
    const causes = result.findings.map(({ cause, certain, possible }) =>
      cause === 'unknown' || certain ? cause : `${cause} (${possible ? 'possible' : 'likely'})`,
    )
    const told = [...new Set(causes)].join(', ') || '-'
    return `| ${name.slice(0, 2)} | ${told} | ${sureness(result)} |`
  })
  const count = (word: string): number => rows.filter((row) => row.includes(`| ${word} |`)).length
  // A formatter pads its tables.
  const document = readFileSync(join(__dirname, '../../docs/explain.md'), 'utf8').replace(
    / +/g,
    ' ',
  )
  expect(document).toContain(rows.join('\n'))
  expect(document).toContain(
    `certain for ${count('certain')}, likely for ${count('likely')}, unknown for ${count('unknown')};`,
  )
  expect(document).toContain(`in ${count('nothing failed')} nothing failed`)
})
