// Trace text that is damaged, cut or odd: a clear error, or the right reading, never a silent loss.

import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { parseTrace, TraceError } from '../../lib/trace/index.js'
import {
  captureFile,
  captureHints,
  captureMeta,
  captureText,
  listOperations,
  randomFrom,
  useOf,
} from './helpers.js'

const STANDARD = 'f-ftrace-std'
const PROBED = 'c-mixed-4cpu'

function errorOf(input: string | Uint8Array, name = STANDARD): TraceError {
  try {
    parseTrace(input, captureHints(name))
  } catch (error) {
    if (error instanceof TraceError) return error
    throw error
  }
  throw new Error('no error')
}

describe('damage is an error that names file and line', () => {
  const text = captureText(STANDARD)
  const lines = text.split('\n')

  test.each([20, 3000])('garbage in line %d', (line) => {
    const error = errorOf(lines.with(line - 1, '%$ what is this').join('\n'))
    expect(error).toMatchObject({ file: `${STANDARD}.txt`, line })
    expect(error.message).toMatch(/no line of a trace/)
  })

  test('a field that is missing, or is no number', () => {
    const at = lines.findIndex((line) => line.includes('dma_map_page: '))
    const without = lines.with(at, (lines[at] ?? '').replace(/ size=\d+/, ''))
    expect(errorOf(without.join('\n'))).toMatchObject({ line: at + 1, expected: 'size=' })
    const odd = lines.with(at, (lines[at] ?? '').replace(/dma_addr=\w+/, 'dma_addr=xyz'))
    expect(errorOf(odd.join('\n')).message).toMatch(/dma_map_page: dma_addr is "xyz"/)
  })

  test('gzip data that end too early, or are wrong inside', () => {
    const whole = captureFile(STANDARD)
    const error = errorOf(whole.subarray(0, whole.length / 2))
    expect(error.message).toMatch(/gzip data are damaged/)
    expect(error.line).toBeGreaterThan(1000)
    const wrong = Buffer.from(whole)
    wrong.fill(0x55, 3000, 3100)
    expect(errorOf(wrong).message).toMatch(/gzip data are damaged/)
  })

  test.each([
    ['nothing', '', /the file is empty/],
    ['another text', 'hello\nworld\n', /no line of a trace/],
    [
      'a quiet time',
      '# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:2\n#\n',
      /nothing was recorded: no event came, so nothing bounced in this time/,
    ],
    ['a trace of other events', ' dd-1 [000] ..... 1.5: sched_switch: x\n', /no event of swiotlb/],
    [
      'a kernel log',
      '[   52.832378] nvidia: swiotlb buffer is full\n',
      /a kernel log: try explain/,
    ],
    ['a log of a wall clock', '[2025-05-25 19:05:04] pci: x\n', /a kernel log: try explain/],
    ['a journal', 'Nov 28 06:25:01 host1 kernel: sdhci: x\n', /a kernel log: try explain/],
    ['counters', '/sys/kernel/debug/swiotlb/io_tlb_used:0\n', /debugfs: try explain/],
    ['a command line', 'BOOT_IMAGE=/vmlinuz swiotlb=512m\n', /command line: try explain/],
    ['a scenario', '{"pool": {}}\n', /JSON, as of a scenario: try run/],
    ['a binary trace.dat', '\u0017\u0008Dtracing6\n', /binary trace.dat/],
    ['a binary perf.data', 'PERFILE2\u0000', /binary perf.data/],
  ])('%s', (_, input, message) => {
    expect(errorOf(input).message).toMatch(message)
  })
})

describe('losses are never silent', () => {
  test.each([100, 2000, 5000])('a file cut in line %d, which is left out', (line) => {
    const lines = captureText(STANDARD)
      .split('\n')
      .filter((text) => !text.startsWith('#'))
    const whole = `${lines.slice(0, line - 1).join('\n')}\n`
    const cut = parseTrace(`${whole}${lines[line - 1]?.slice(0, 70)}`, captureHints(STANDARD))
    expect(cut.lost).toEqual({
      events: 1,
      reasons: [`the last line, ${line}, is cut: it has no end, and was left out`],
    })
    const { operations } = parseTrace(whole, captureHints(STANDARD))
    expect(listOperations(cut.operations)).toEqual(listOperations(operations))
  })

  test('a last line without its end is not counted twice beside a header that counts it', () => {
    const lines = captureText(STANDARD).split('\n').slice(0, 3000)
    const trace = parseTrace(lines.join('\n'), captureHints(STANDARD))
    const whole = parseTrace(`${lines.slice(0, -1).join('\n')}\n`, captureHints(STANDARD))
    expect(trace.lost.events).toBe(whole.lost.events)
    expect(trace.lost.reasons.at(-1)).toMatch(/^the last line, 3000, is cut/)
  })

  test('a file cut between two lines', () => {
    const lines = captureText(STANDARD).split('\n').slice(0, 3000)
    const trace = parseTrace(`${lines.join('\n')}\n`, captureHints(STANDARD))
    expect(trace.lost.events).toBeGreaterThan(3000)
    expect(trace.peakBounds?.high).toBe(16384)
  })

  test.each([
    ['CPU:1 [LOST 123 EVENTS]', 123],
    ['CPU:1 [45 EVENTS DROPPED]', 45],
    ['CPU:1 [EVENTS DROPPED]', 1],
  ])('the mark %s', (mark, events) => {
    const lines = captureText(STANDARD).split('\n')
    const trace = parseTrace(lines.toSpliced(2000, 0, mark).join('\n'), captureHints(STANDARD))
    expect(trace.lost.events).toBe(events)
    expect(trace.peakBounds?.low).toBeLessThanOrEqual(captureMeta(STANDARD).hiwater_after)
  })

  test('a map, an addition or an unmap without its probes', () => {
    const random = randomFrom(11)
    const lines = captureText(PROBED).split('\n')
    for (const event of [/ tlb_inc: /, / tlb_dec: /, / swiotlb_map: /, / swiotlb_unmap: /]) {
      const places = lines.flatMap((line, i) => (event.test(line) ? [i] : []))
      const gone = places[random(places.length)]
      const kept = lines.filter((line, i) => i !== gone && !line.startsWith('#'))
      const trace = parseTrace(kept.join('\n'), captureHints(PROBED))
      expect(trace.lost.events).toBeGreaterThan(0)
      const { low, high = 0 } = trace.peakBounds ?? { low: Number.NaN }
      expect(low).toBeLessThanOrEqual(2476)
      expect(high).toBeGreaterThanOrEqual(2476)
    }
  })
})

test('random damage gives a TraceError or a reading, nothing else', () => {
  const random = randomFrom(3)
  const names = [PROBED, STANDARD, 'f-perf-std', 'g2-net-std-2cpu']
  let errors = 0
  for (let round = 0; round < 40; round++) {
    const name = names[round % names.length] ?? PROBED
    const lines = captureText(name).split('\n').slice(0, 1200)
    for (let k = 0; k < 4; k++) {
      const at = random(lines.length)
      const line = lines[at] ?? ''
      const other = random(lines.length)
      const damage = [
        () => lines.splice(at, 1),
        () => lines.splice(at, 1, line.slice(0, random(line.length + 1))),
        () => lines.splice(at, 0, line),
        () => lines.splice(at, 1, lines[other] ?? ''),
      ]
      damage[random(damage.length)]?.()
    }
    try {
      const trace = parseTrace(`${lines.join('\n')}\n`, captureHints(name))
      expect(trace.operations.length).toBeGreaterThan(0)
    } catch (error) {
      expect(error).toBeInstanceOf(TraceError)
      errors++
    }
  }
  expect(errors).toBeGreaterThan(0)
  expect(errors).toBeLessThan(40)
})

describe('other writers', () => {
  const lines = captureText(PROBED).split('\n')
  const plain = listOperations(parseTrace(captureFile(PROBED), captureHints(PROBED)).operations)
  const form = /^\s*(.*?)-(\d+)\s+\[(\d+)\] (\S+)\s+([\d.]+): (\w+): (.*)$/
  const rewrite = (make: (columns: string[]) => string) =>
    lines.flatMap((line) => {
      const found = form.exec(line)
      return found ? [make(found.slice(1) as string[])] : []
    })
  const task = 'a b-1 [0] x: <.'

  test.each([
    [
      'perf with pid/tid',
      ([, pid, cpu, , time, event, body]: string[]) =>
        `${task} ${pid}/${pid} [${cpu}] ${time}: probe:${event}: ${body}`,
    ],
    [
      'a name with blanks, a tgid, flags',
      ([, pid, cpu, flags, time, event, body]: string[]) =>
        `${task}-${pid} (-------) [${cpu}] ${flags} ${time}: ${event}: ${body}`,
    ],
    [
      'a counter clock',
      ([name, pid, cpu, flags, time, event, body]: string[]) =>
        `${name}-${pid} [${cpu}] ${flags} ${time?.replace('.', '')}: ${event}: ${body}`,
    ],
    [
      'latency format',
      ([name, pid, cpu, flags, time, event, body]: string[]) =>
        `${name}-${pid} ${Number(cpu)}${flags} ${time?.replace('.', '')}us!: ${event}: ${body}`,
    ],
    [
      'trace-cmd',
      ([name, pid, cpu, , time, event, body]: string[]) =>
        `${name}-${pid} [${cpu}] ${time}: ${event}:      ${body}`,
    ],
  ])('%s gives the same operations', (_, make) => {
    const trace = parseTrace(`${rewrite(make).join('\n')}\n`, captureHints(PROBED))
    expect(listOperations(trace.operations)).toEqual(plain)
  })

  test('CPU numbers of three digits', () => {
    const text = rewrite(
      ([name, pid, cpu, flags, time, event, body]) =>
        `${name}-${pid} [${Number(cpu) + 100}] ${flags} ${time}: ${event}: ${body}`,
    )
    const { operations } = parseTrace(`${text.join('\n')}\n`, captureHints(PROBED))
    expect(operations.cpu(operations.length - 1)).toBeGreaterThanOrEqual(100)
  })

  test('other events, call stacks and comments in between', () => {
    const extra = [' dd-1 [000] ..... 1.5: sched_switch: a=b', ' => do_syscall_64', '# comment', '']
    const mixed = lines
      .slice(0, -1)
      .flatMap((line, i) => (i % 50 === 20 ? [line, ...extra] : [line]))
    const trace = parseTrace(`${mixed.join('\n')}\n`, captureHints(PROBED))
    expect([...listOperations(trace.operations)].length).toBe(plain.length)
    expect(trace.kernelPeak).toBe(2476)
  })

  test('the files of the CPUs one after the other', () => {
    const events = rewrite(
      ([name, pid, cpu, flags, time, event, body]) =>
        `${name}-${pid} [${cpu}] ${flags} ${time}: ${event}: ${body}`,
    )
    const cpus = ['000', '001', '002', '003'].flatMap((cpu) =>
      events.filter((line) => line.includes(` [${cpu}] `)),
    )
    expect(cpus).toHaveLength(events.length)
    const trace = parseTrace(`${cpus.join('\n')}\n`, captureHints(PROBED))
    expect(useOf(trace).peak).toBe(2476)
  })

  test('gzip and plain text are the same', () => {
    const text = gunzipSync(captureFile(PROBED))
    for (const input of [text, text.toString('latin1'), gzipSync(text)]) {
      expect(listOperations(parseTrace(input, captureHints(PROBED)).operations)).toEqual(plain)
    }
  })
})

describe('times', () => {
  const map = (at: string, k: number): string =>
    ` dd-1 [000] ..... ${at}: swiotlb_bounced: dev_name: a dma_mask=ff dev_addr=${k}000 size=9 FORCE\n` +
    ` dd-1 [000] ..... ${at}: dma_map_page: a dir=TO_DEVICE dma_addr=${k}000000 size=9 phys_addr=${k}000 attrs=\n`
  const read = (text: string) => parseTrace(text, { file: 'x.txt' })

  test('of two clocks in one file are refused, with the line', () => {
    for (const [first, second] of [
      ['1.500000', '1764000000'],
      ['1764000000', '1.500000'],
    ] as const) {
      expect(() => read(map(first, 1) + map(second, 2))).toThrow(
        /^x\.txt:3: the time is in .*two clocks/,
      )
    }
  })

  test('that go back are put in order, and that is said', () => {
    const { warnings, times } = read(map('1.5', 1) + map('1.4', 2) + map('1.6', 3))
    expect(warnings).toContain(
      'the times of the lines go back, first at line 3: they were put in order',
    )
    expect([...(times ?? [])]).toEqual([1.4e9, 1.5e9, 1.6e9])
    expect(read(map('1.4', 1) + map('1.5', 2)).warnings.join()).not.toMatch(/go back/)
  })

  test('that jump by days are said', () => {
    expect(read(map('1.5', 1) + map('1764000000.5', 2)).warnings.join()).toMatch(
      /the times jump by 20416\.7 days at line 3/,
    )
  })

  test('headers of several files add up, but for those that repeat the same counts', () => {
    const head = (kept: number, written: number): string =>
      `# tracer: nop\n# entries-in-buffer/entries-written: ${kept}/${written}   #P:2\n`
    const part = (k: number): string => map(`${k}.5`, k)
    expect(read(head(4, 4) + part(1) + head(4, 4) + part(2)).lost.events).toBe(0)
    expect(read(head(2, 2) + part(1) + head(2, 7) + part(2)).lost.events).toBe(5)
  })
})
