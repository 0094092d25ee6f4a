// Whatever a text is made into: no crash, and no number that is not in it.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { InputError } from '../../lib/data/errors.js'
import { diagnose, explain } from '../../lib/explain/explain.js'
import { param } from '../../lib/param/param.js'
import { explainText } from '../../lib/report/text/explain.js'
import { paramText } from '../../lib/report/text/param.js'
import { causes, type Explanation } from '../../lib/results/explain.js'

// Each test runs hundreds of texts.
jest.setTimeout(120_000)

const folder = join(__dirname, '../data/cases')
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))

const device = fc.constantFrom(
  '',
  'nvme 0000:00:04.0: ',
  'gpu: ',
  'usb hub 1-1.2: ',
  '(NULL device *): ',
)
const stamp = fc.oneof(
  fc.constantFrom('', '> ', '* ', '<4>', 'Nov 28 06:25:01 host1 kernel: ', '[x.xxxxxx] '),
  fc.nat(10 ** 7).map((ms) => `[${(ms / 1000).toFixed(6).padStart(12)}] `),
)
const slots = fc.oneof(fc.nat(600), fc.constantFrom(1024, 32768, 262144), fc.nat(2 ** 22))
const message = fc
  .tuple(
    stamp,
    device,
    fc.oneof(fc.nat(600_000), fc.constantFrom(4096, 262144, 266240)),
    slots,
    slots,
  )
  .map(
    ([before, of, bytes, total, used]) =>
      `${before}${of}swiotlb buffer is full (sz: ${bytes} bytes), total ${total} (slots), used ${used} (slots)`,
  )
const other = fc.constantFrom(
  'swiotlb_tbl_map_single: 80 callbacks suppressed',
  'net_ratelimit: 12 callbacks suppressed',
  'software IO TLB: mapped [mem 0x80000000-0x84000000] (64MB)',
  'software IO TLB: area num 8.',
  'Kernel command line: ro swiotlb=65536,8,force quiet',
  'io_tlb_used: 18446744073709551615',
  'io_tlb_nslabs:32768',
  'Linux version 6.1.0-18-amd64 (gcc)',
  'nvme 0000:00:04.0: DMA: Out of SW-IOMMU space for 4096 bytes',
  '',
  'a sentence about swiotlb buffer is full, and swiotlb=512M',
)
const lines = fc.array(fc.oneof(message, other), { minLength: 1, maxLength: 12 })

/** Damage as mail, terminals, forms and people do it, and worse. */
interface Damage {
  readonly at: number
  readonly how: 'drop' | 'insert' | 'break' | 'cut' | 'twice' | 'swap'
  readonly with: string
}
const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('drop', 'insert', 'break', 'cut', 'twice', 'swap'),
  with: fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      '\n',
      '\r\n',
      '\u001b[31m',
      '> ',
      '\u00a0',
      ')',
      '(',
      ':',
      '[',
      '`',
      '<',
      '\ufffd',
    ),
  ),
})

function damaged(text: string, { at, how, with: what }: Damage): string {
  const i = Math.floor(at * text.length)
  const rows = text.split('\n')
  const row = Math.floor(at * rows.length)
  switch (how) {
    case 'drop':
      return text.slice(0, i) + text.slice(i + 1)
    case 'insert':
      return text.slice(0, i) + what + text.slice(i)
    case 'break':
      return `${text.slice(0, i)}\n${text.slice(i)}`
    case 'cut':
      return text.slice(0, Math.max(i, 1))
    case 'twice':
      return `${text}\n${text}`
    case 'swap':
      return [...rows.slice(row), ...rows.slice(0, row)].join('\n')
  }
}

const mutated = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...corpus),
      lines.map((all) => all.join('\n')),
    ),
    fc.array(damage, { maxLength: 6 }),
  )
  .map(([text, all]) => all.reduce(damaged, text))

/** Answers, or refuses as it should: anything else is a fault. */
function answered(text: string): Explanation | undefined {
  try {
    return explain(text)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g')

/** Numbers that stand in a text, also across the ends of its lines. */
function numbersIn(text: string): ReadonlySet<number> {
  // What is not seen is no part of a number, and cuts none.
  const seen = text.replace(COLOUR, '').replace(/[^\P{C}\n\r]/gu, '')
  const whole = [seen, seen.replace(/\s*[\r\n]+(?:[>|*\s`]|\/\/)*/g, '')]
  return new Set(whole.flatMap((one) => (one.match(/\d+/g) ?? []).map(Number)))
}

const FAILED = ['too-large', 'misaligned', 'exhausted', 'fragmented', 'unknown', 'leak', 'no-pool']

function check(text: string, { findings, pools, warnings }: Explanation): void {
  const count = text.split(/\r\n|\n|\r/).length
  const numbers = numbersIn(text)
  for (const finding of findings) {
    const { cause, requestBytes, neededSlots, totalSlots, usedSlots, freeSlots } = finding
    expect(causes).toContain(cause)
    expect(finding.lines.length).toBeGreaterThan(0)
    for (const line of finding.lines) expect(line >= 1 && line <= count).toBe(true)
    if (requestBytes !== null) {
      expect(numbers).toContain(requestBytes)
      expect(neededSlots).toBe(Math.ceil(requestBytes / 2048))
    }
    if (usedSlots !== null && FAILED.includes(cause)) expect(numbers).toContain(usedSlots)
    if (freeSlots !== null)
      expect(freeSlots).toBe((totalSlots ?? Number.NaN) - (usedSlots ?? Number.NaN))
    if (finding.failuresAtLeast !== null) {
      expect(finding.failuresAtLeast).toBeGreaterThan(finding.suppressed ?? -1)
    }
    for (const words of [...finding.advice, ...finding.unknown]) {
      expect(words).not.toMatch(/NaN|Infinity|undefined|null|\[object/)
    }
  }
  for (const { slots: size, bytes, areas } of pools) {
    expect(size).toBeGreaterThan(0)
    expect(bytes).toBe(size * 2048)
    if (areas !== null) expect(areas).toBeGreaterThan(0)
  }
  for (const words of warnings) expect(words).not.toMatch(/NaN|Infinity|undefined|\[object/)
}

describe('explain', () => {
  test('a text that was damaged in any way', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const result = answered(text)
        if (result) check(text, result)
      }),
      { numRuns: 800 },
    )
  })

  test('any text at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 })),
        (text) => {
          const result = answered(text)
          if (result) check(text, result)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('its report can always be written, and has no character that moves a cursor', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        if (!answered(text)) return
        const words = explainText(diagnose(text))
        expect(words).not.toMatch(/NaN|undefined|\[object/)
        expect(words.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
      }),
      { numRuns: 500 },
    )
  })

  test('other lines around a message change nothing but its line numbers', () => {
    const noise = fc.constantFrom(
      '[    1.0] usb 1-1: new device',
      'Nov 28 06:25:01 host1 sshd[1]: ok',
      '',
      'a word',
    )
    fc.assert(
      fc.property(
        message,
        fc.array(noise, { maxLength: 5 }),
        fc.array(noise, { maxLength: 5 }),
        (one, before, after) => {
          // A line of one stamped word in front may be the beginning of a name: that is told elsewhere.
          const alone = explain(one).findings
          const within = explain([...before, '--', one, '--', ...after].join('\n')).findings
          const moved = (lines: readonly number[]): number[] =>
            lines.map((line) => line + before.length + 1)
          expect(within).toEqual(
            alone.map((finding) => ({ ...finding, lines: moved(finding.lines) })),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a message that was broken anywhere behind its device has the same numbers, or says that it was cut', () => {
    fc.assert(
      fc.property(message, fc.double({ min: 0, max: 1, noNaN: true }), (one, at) => {
        const [whole] = explain(one).findings
        const start = one.indexOf('swiotlb')
        const i = start + Math.floor(at * (one.length - start))
        const [broken] = explain(`${one.slice(0, i)}\n${one.slice(i)}`).findings
        expect(broken).toMatchObject({
          ...{ cause: whole?.cause, requestBytes: whole?.requestBytes },
          ...{ totalSlots: whole?.totalSlots, usedSlots: whole?.usedSlots },
        })
      }),
      { numRuns: 1000 },
    )
  })
})

describe('param', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc
      .array(
        fc.oneof(
          fc.nat(10 ** 9).map(String),
          fc.constantFrom('force', 'noforce', 'track_hiwater', '', 'm', '0x10', '-1'),
        ),
        { maxLength: 5 },
      )
      .map((parts) => parts.join(',')),
  )
  const options = fc.record(
    {
      kernel: fc.constantFrom('5.15', '6.0', '6.12', '7.3'),
      cpus: fc.integer({ min: 1, max: 8192 }),
      memoryBytes: fc.integer({ min: 2 ** 20, max: 2 ** 45 }),
    },
    { requiredKeys: [] },
  )

  test('any value, on any machine', () => {
    fc.assert(
      fc.property(value, options, (text, machine) => {
        const told = param(`swiotlb=${text}`, machine)
        for (const pool of [
          told.pool,
          ...told.byCpus,
          ...(told.confidential ? [told.confidential] : []),
        ]) {
          if (pool.slots === null) continue
          expect(pool.slots % 128).toBe(0)
          expect(pool.bytes).toBe(pool.slots * 2048)
          if (pool.areas) expect(pool.slots / pool.areas).toBeGreaterThanOrEqual(128)
        }
        // What is dropped is the end of the value, to the letter.
        for (const one of told.values) {
          if (one.dropped) expect(one.value.endsWith(one.dropped.text)).toBe(true)
        }
        const words = paramText(told)
        expect(words).not.toMatch(/NaN|Infinity|undefined|\[object/)
        expect(words.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
      }),
      { numRuns: 1000 },
    )
  })
})
