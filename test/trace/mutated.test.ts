// Damaged captures: every reader, and what builds on it, says what is wrong or gives what holds.

import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import {
  devices,
  InputError,
  openCapture,
  parseTrace,
  size,
  streamSource,
  TraceError,
  type WholeTrace,
} from '../../lib/index.js'
import { captureHints, captureText, randomFrom } from './helpers.js'

type Random = (limit: number) => number

/** What happens to files: in transit, in an editor, in a pipe that ended. */
const mutations: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.slice(0, random(text.length)),
  (text, random) => {
    const at = random(text.length)
    return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1)
  },
  (text, random) => {
    const at = random(text.length)
    return text.slice(0, at) + text.slice(at + 1 + random(400))
  },
  (text, random) => {
    const lines = text.split('\n')
    const [a, b] = [random(lines.length), random(lines.length)]
    const swapped = lines[a] as string
    lines[a] = lines[b] as string
    lines[b] = swapped
    return lines.join('\n')
  },
  (text, random) => {
    const lines = text.split('\n')
    lines.splice(random(lines.length), 1 + random(20))
    return lines.join('\n')
  },
  (text, random) => {
    const lines = text.split('\n')
    const at = random(lines.length)
    lines.splice(at, 0, ...lines.slice(at, at + 1 + random(5)))
    return lines.join('\n')
  },
  (text, random) =>
    text.replace(/size=\d+/g, (found) => (random(300) === 0 ? 'size=99999999' : found)),
]

/** The trace; undefined where it is refused with a file's name. */
function readOrRefused(text: string, name: string): WholeTrace | undefined {
  try {
    return parseTrace(text, captureHints(name))
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError)
    expect((error as TraceError).message).toMatch(new RegExp(`^${name}\\.txt`))
    return undefined
  }
}

/** Slots in use at the highest, by the operations alone. */
function peakOf({ operations, unplacedBefore }: WholeTrace): number {
  const live = new Map<number, number>()
  let used = unplacedBefore
  let peak = used
  for (let i = 0; i < operations.length; i++) {
    const id = operations.id(i)
    const slots = operations.slots(i)
    // A map that failed takes nothing.
    if (slots > 0 && id > 0) {
      live.set(id, slots)
      used += slots
      peak = Math.max(peak, used)
    } else if (live.has(id)) {
      used -= live.get(id) as number
      live.delete(id)
    }
  }
  return peak
}

describe.each(['e2-full-2areas', 'f-ftrace-std', 'f-perf-std'])('%s, damaged', (name) => {
  const text = captureText(name)

  test('is refused, or read, held and sized without a contradiction', async () => {
    const random = randomFrom(name.length)
    let sized = 0
    for (let k = 0; k < 28; k++) {
      const mutate = mutations[k % mutations.length] as (typeof mutations)[number]
      const trace = readOrRefused(mutate(text, random), name)
      if (!trace) continue
      const held = await devices(trace)
      expect(held.poolPeakSlots).toBe(peakOf(trace))
      try {
        const { answer, atLeast, neverServed } = await size([{ trace }], { orders: 0, areas: [1] })
        sized++
        const least = Math.max(held.poolPeakSlots, trace.peakBounds?.low ?? 0)
        // Where events were lost, it is only known what is too small.
        const named = answer ?? atLeast
        if (neverServed === 0) expect(named?.slots ?? 0).toBeGreaterThanOrEqual(least)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
      }
    }
    expect(sized).toBeGreaterThan(5)
  }, 120_000)
})

test('a damaged tar is refused, is none, or has a trace in it', async () => {
  const header = Buffer.alloc(512)
  const content = Buffer.from(captureText('f-ftrace-std').slice(0, 20_000))
  header.write('trace.txt', 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('0', 156)
  header.write('ustar\0', 257)
  header.fill(' ', 148, 156)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc(512 - (content.length % 512))
  const tar = Buffer.concat([header, content, padding, Buffer.alloc(1024)])
  expect(await openCapture(streamSource(Readable.from([tar]), 'x'), 'x')).toBeDefined()
  const random = randomFrom(5)
  for (let k = 0; k < 300; k++) {
    const bytes = Buffer.from(tar.subarray(0, k % 3 === 0 ? random(tar.length) : tar.length))
    for (let n = random(4); n > 0; n--) bytes[random(Math.min(bytes.length, 700))] = random(256)
    try {
      await openCapture(streamSource(Readable.from([bytes]), 'x'), 'x')
    } catch (error) {
      expect([TraceError, InputError].some((kind) => error instanceof kind)).toBe(true)
    }
  }
}, 60_000)
