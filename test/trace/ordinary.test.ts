// Most lines of a trace are read without regular expressions: they say the same as read with them.

import { describe, expect, test } from '@jest/globals'
import { readEvent } from '../../lib/trace/events/events.js'
import { detectLayout, type LineLayout, parseLine } from '../../lib/trace/events/lines.js'
import { OrdinaryLines } from '../../lib/trace/events/ordinary/lines.js'
import { captureText, randomFrom } from './helpers.js'

/** What the readers of all lines say of one; undefined where they say that it is none. */
function slowly(text: string, line: number, layout: LineLayout = 'context'): object | undefined {
  const parsed = parseLine(text, layout)
  if (!parsed) return undefined
  const { cpu, time, tick, pid, event, body } = parsed
  try {
    const thread = pid > 0 ? `${pid}` : `${pid}@${cpu}`
    return readEvent(event, body, 'x', { line, cpu, thread, time, ns: time * tick * 1e9 })
  } catch {
    return undefined
  }
}

/** What the reader of ordinary lines says, of a line that stands between others. */
function quickly(
  reader: OrdinaryLines,
  text: string,
  line: number,
  layout: LineLayout = 'context',
) {
  const bytes = Buffer.from(`x\n${text}\nx`, 'latin1')
  return reader.read(bytes, 2, bytes.length - 2, line, layout)
}

const LAYOUTS = 'f2-layouts-2cpu'
const CAPTURES = [
  ['f-ftrace-std', undefined],
  ['f-tracecmd-std', undefined],
  ['f-perf-std', undefined],
  ['g2-net-std-2cpu', undefined],
  ['c-mixed-4cpu', undefined],
  ['x-kprobe-missed-2cpu', undefined],
  [LAYOUTS, undefined],
  [LAYOUTS, 'layouts/trace_latency-format.txt.gz'],
  [LAYOUTS, 'layouts/trace_no-context-info.txt.gz'],
  [LAYOUTS, 'layouts/trace_no-irq-info.txt.gz'],
] as const
/** Events that are read quickly; those of lists only where their bytes are not shown raw. */
const KNOWN =
  /(?:bounced|(?:map|unmap)_(?:page|sg)|swiotlb_(?:un)?map(?:_ret)?|tlb_inc|tlb_dec): (?! *\[FAILED)/

describe.each(CAPTURES)('%s %s', (name, file) => {
  const all = captureText(name, file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && detectLayout(line))
  const layout = detectLayout(all[0] ?? '') as LineLayout

  test('what is read quickly is what would be read anyway, and it is nearly all', () => {
    const reader = new OrdinaryLines()
    let quick = 0
    let known = 0
    for (const [i, text] of all.entries()) {
      const slow = slowly(text, i, layout)
      if (KNOWN.test(text)) known++
      const event = quickly(reader, text, i, layout)
      if (!event) continue
      quick++
      expect(event).toEqual(slow)
    }
    expect(quick).toBeGreaterThan(0.99 * known)
    expect(known).toBeGreaterThan(1000)
  })

  test('nor does a damaged line say anything else', () => {
    const reader = new OrdinaryLines()
    const random = randomFrom(7)
    const pieces = [
      ...[' ', '-', '[', ']', ':', '.', 'f', '0', 'x', '(', 'attrs=', 'size=', '\t', '#', '\u00a0'],
      ...[')', '{', '}', ',', '"', '=', '/', 'us', 'dma:', '_', '5'],
    ]
    let same = 0
    for (let k = 0; k < 20_000; k++) {
      const text = all[random(all.length)] as string
      const at = random(text.length)
      const damaged = [
        () => text.slice(0, at),
        () => text.slice(0, at) + text.slice(at + 1 + random(8)),
        () => text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at),
        () => text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at + 1),
      ][random(4)]?.() as string
      const event = quickly(reader, damaged, k, layout)
      if (!event) continue
      same++
      expect([damaged, event]).toEqual([damaged, slowly(damaged, k, layout)])
    }
    expect(same).toBeGreaterThan(500)
  })
})

test.each([
  [
    'a task with dashes and brackets',
    ' a-1 [b]-2-77   [003] d.h1. 5.000001: dma_unmap_page: d dir=TO_DEVICE dma_addr=1000 size=1 attrs=',
  ],
  [
    'a name that ends like columns',
    ' x-5 [000]-77   [003] ..... 5.5: dma_unmap_page: d dir=TO_DEVICE dma_addr=1000 size=1 attrs=',
  ],
  [
    'an idle task',
    '          <idle>-0    [000] d.h1.    12.501353: dma_unmap_page: d dir=FROM_DEVICE dma_addr=37fd9000 size=4096 attrs=',
  ],
  [
    'no flags',
    '  fio-303   [005]    24.922801: dma_unmap_phys:         d dir=FROM_DEVICE dma_addr=37fd9000 size=4096 attrs=',
  ],
])('%s', (_, text) => {
  const event = quickly(new OrdinaryLines(), text, 1)
  if (event) expect(event).toEqual(slowly(text, 1))
  expect(slowly(text, 1)).toBeDefined()
})
