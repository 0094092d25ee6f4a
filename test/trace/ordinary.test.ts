// Most lines of a trace are read without regular expressions: they say the same as read with them.

import { describe, expect, test } from '@jest/globals'
import { readEvent } from '../../lib/trace/events/events.js'
import { parseLine } from '../../lib/trace/events/lines.js'
import { OrdinaryLines } from '../../lib/trace/events/ordinary.js'
import { captureText, randomFrom } from './helpers.js'

/** What the readers of all lines say of one; undefined where they say that it is none. */
function slowly(text: string, line: number): object | undefined {
  const parsed = parseLine(text, 'context')
  if (!parsed) return undefined
  const { cpu, time, tick, pid, event, body } = parsed
  try {
    const facts = readEvent(event, body, 'x', line)
    const thread = pid > 0 ? `${pid}` : `${pid}@${cpu}`
    return { line, cpu, thread, time, ns: time * tick * 1e9, ...facts }
  } catch {
    return undefined
  }
}

const CAPTURES = ['f-ftrace-std', 'f-tracecmd-std', 'g2-net-std-2cpu', 'c-mixed-4cpu'] as const
const linesOf = (name: string): string[] =>
  captureText(name)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

describe.each(CAPTURES)('%s', (name) => {
  const all = linesOf(name)

  test('what is read quickly is what would be read anyway, and it is most of it', () => {
    const reader = new OrdinaryLines()
    let quick = 0
    let known = 0
    for (const [i, text] of all.entries()) {
      const slow = slowly(text, i)
      if (/(?:bounced|map_page): /.test(text)) known++
      const event = reader.read(text, i)
      if (!event) continue
      quick++
      expect(event).toEqual(slow)
    }
    // Lines of an event with an attribute may be left to the others.
    expect(quick).toBeGreaterThan(0.7 * known)
    expect(known).toBeGreaterThan(1000)
  })

  test('nor does a damaged line say anything else', () => {
    const reader = new OrdinaryLines()
    const random = randomFrom(7)
    const pieces = [' ', '-', '[', ']', ':', '.', 'f', '0', 'x', '(', 'attrs=', 'size=', '\t', '#']
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
      const event = reader.read(damaged, k)
      if (!event) continue
      same++
      expect([damaged, event]).toEqual([damaged, slowly(damaged, k)])
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
  const event = new OrdinaryLines().read(text, 1)
  if (event) expect(event).toEqual(slowly(text, 1))
  expect(slowly(text, 1)).toBeDefined()
})
