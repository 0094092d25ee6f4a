// Traces as they come: in memory that does not grow with them, with their progress, and to be stopped.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { readText } from '../../lib/cli/options/text.js'
import {
  closeTrace,
  fileSource,
  InputError,
  openTrace,
  parseTrace,
  replay,
  replayPlacements,
  streamSource,
  TraceError,
} from '../../lib/index.js'
import { scratchFolder } from '../scratch.js'
import { captureFile, captureHints, listOperations, randomFrom } from './helpers.js'
import { LARGE_POOL, type LargeKind, largeTrace, writeLargeTrace } from './large-trace.js'

const { folder } = scratchFolder()
const root = join(__dirname, '../..')
const MIB = 2 ** 20

/** Reads and replays a file, and says what it took at most. */
const SCRIPT = `
  const { closeTrace, fileSource, openTrace, replay } = await import(process.argv[1])
  const [, , file, pool] = process.argv
  const { start, ...size } = JSON.parse(pool)
  const trace = await openTrace(fileSource(file), { file, ...size, start: BigInt(start) })
  const options = { slots: size.nslabs, areas: size.nareas, trackers: ['off', 'reserve'] }
  const { placement, peakSlots, maps } = await replay(trace, { ...options, poolStart: BigInt(start) })
  closeTrace(trace)
  const { readFileSync } = await import('node:fs')
  // Its maxRSS begins with that of the process that it was forked from.
  const [, kib] = /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  console.log(JSON.stringify({ placement, peakSlots, maps, bytes: kib * 1024 }))
`

async function replayedApart(file: string) {
  const pool = JSON.stringify({ ...LARGE_POOL, start: `${LARGE_POOL.start}` })
  const { stdout } = await promisify(execFile)(process.execPath, [
    // What lies about until the collector comes is no need: it comes early here.
    ...['--max-semi-space-size=4', '--max-old-space-size=128'],
    ...['--input-type=module', '-e', SCRIPT],
    ...[join(root, 'dist/index.js'), file, pool],
  ])
  return JSON.parse(stdout)
}

describe('memory', () => {
  test.each(['standard', 'probes', 'log'] as const)(
    '%s: 60 MB more take no 60 MB',
    async (kind) => {
      const taken: number[] = []
      for (const megabytes of [10, 70]) {
        const file = join(folder, `${kind}.txt`)
        const maps = writeLargeTrace(file, kind, megabytes * 1e6)
        const result = await replayedApart(file)
        // All of it was read, and nothing was lost at the edges of the windows.
        expect(result).toMatchObject({ maps, peakSlots: kind === 'log' ? 130 : expect.any(Number) })
        if (kind !== 'log') {
          expect(result.placement).toEqual({ checked: maps, same: maps, different: 0 })
        }
        rmSync(file)
        taken.push(result.bytes)
      }
      const [small = 0, large = 0] = taken
      // The operations alone are 64 bytes each, and their events had taken several hundred.
      expect(large - small).toBeLessThan(60 * MIB)
    },
    180_000,
  )
})

describe('reading', () => {
  const hints = { file: 'large.txt', ...LARGE_POOL }
  const pool = {
    slots: LARGE_POOL.nslabs,
    areas: LARGE_POOL.nareas,
    poolStart: LARGE_POOL.start,
  } as const
  const replayed = { ...pool, trackers: ['off'] } as const
  const text = (kind: LargeKind, cycles: number): string => [...largeTrace(kind, cycles)].join('')

  test('tells how far it is, and ends when it is told to', async () => {
    const file = join(folder, 'stopped.txt')
    writeLargeTrace(file, 'standard', 20e6)
    const controller = new AbortController()
    const seen: number[] = []
    const onProgress = ({ read, size }: { read: number; size: number | undefined }): void => {
      seen.push(read / (size ?? Number.NaN))
      if (seen.length === 4) controller.abort(new Error('enough'))
    }
    const opening = openTrace(fileSource(file), hints, { signal: controller.signal, onProgress })
    await expect(opening).rejects.toThrow('enough')
    // Asked once, it is not asked again: the next slice does not begin.
    expect(seen).toHaveLength(4)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen[3]).toBeLessThan(1)
    expect(seen[0]).toBeGreaterThan(0)
  }, 60_000)

  test('does not keep others waiting', async () => {
    const file = join(folder, 'shared.txt')
    writeLargeTrace(file, 'standard', 10e6)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const spent = process.cpuUsage()
    const trace = await openTrace(fileSource(file), hints)
    const { user } = process.cpuUsage(spent)
    clearInterval(timer)
    closeTrace(trace)
    // One turn for each tenth of a second of work at least.
    expect(ticks).toBeGreaterThan(user / 1e5)
  }, 60_000)

  test.each(['standard', 'probes', 'log'] as const)(
    '%s: a file, a stream and bytes are the same',
    async (kind) => {
      const whole = text(kind, 1000)
      const plain = parseTrace(whole, hints)
      const file = join(folder, `${kind}.gz`)
      writeFileSync(file, gzipSync(whole))
      const pieces = (): Readable =>
        Readable.from([whole.slice(0, 70_001), whole.slice(70_001)].map((s) => Buffer.from(s)))
      for (const source of [fileSource(file), streamSource(pieces(), 'stdin')]) {
        const trace = await openTrace(source, hints)
        source.close()
        expect(listOperations(trace.operations.load())).toEqual(listOperations(plain.operations))
        const apart = { operations: 0, times: 0, devices: 0 }
        expect({ ...trace, ...apart }).toEqual({ ...plain, ...apart })
        expect(trace.times?.load()).toEqual(plain.times)
        expect(trace.devices?.numbers.load()).toEqual(plain.devices?.numbers)
        expect(trace.devices?.names).toEqual(plain.devices?.names)
        const all: string[] = []
        for await (const lines of replayPlacements(trace, pool)) all.push(...lines)
        expect(all).toHaveLength(trace.maps + trace.unmaps + 3)
        const { peakSlots } = await replay(trace, replayed)
        expect(peakSlots).toBe((await replay(plain, replayed)).peakSlots)
        closeTrace(trace)
      }
    },
    60_000,
  )

  test('cut gzip data name their line, as in memory', async () => {
    const file = join(folder, 'cut.gz')
    writeFileSync(file, captureFile('f-ftrace-std'))
    truncateSync(file, 40_000)
    const cut = readFileSync(file)
    const opening = openTrace(fileSource(file), captureHints('f-ftrace-std'))
    const error = await opening.catch((error: unknown) => error)
    expect(error).toMatchObject({ file: 'f-ftrace-std.txt', line: expect.any(Number) })
    expect((error as { line: number }).line).toBeGreaterThan(1000)
    expect(() => parseTrace(cut, captureHints('f-ftrace-std'))).toThrow((error as Error).message)
  })

  test('what cannot be read is an error with its name', async () => {
    await expect(openTrace(fileSource(join(folder, 'none')), hints)).rejects.toThrow(InputError)
    await expect(openTrace(fileSource(folder), hints)).rejects.toThrow(/EISDIR/)
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('# tracer: nop\n')
        throw Object.assign(new Error('gone'), { code: 'EIO' })
      })(),
    )
    await expect(openTrace(streamSource(broken, 'stdin'), hints)).rejects.toThrow(/stdin: .*EIO/)
  })

  test('lines of several CPUs one after the other, and some a little late: in their order', async () => {
    const lines = text('probes', 800).trimEnd().split('\n')
    const [head, events] = [lines.slice(0, 2), lines.slice(2)]
    const random = randomFrom(4)
    const late = (list: string[]): string[] => {
      // Neighbours change places.
      for (let i = 1; i < list.length; i++) {
        if (random(20) > 0) continue
        const [a = '', b = ''] = list.slice(i - 1, i + 1)
        list.splice(i - 1, 2, b, a)
      }
      return list
    }
    const apart = [0, 1, 2, 3].flatMap((cpu) =>
      late(events.filter((line) => line.includes(`[00${cpu}]`))),
    )
    const plain = parseTrace(`${lines.join('\n')}\n`, hints)
    const mixed = Readable.from([Buffer.from(`${[...head, ...apart].join('\n')}\n`)])
    const trace = await openTrace(streamSource(mixed, 'stdin'), hints)
    expect(listOperations(trace.operations.load())).toEqual(listOperations(plain.operations))
    expect(trace).toMatchObject({
      maps: plain.maps,
      kernelPeak: plain.kernelPeak,
      lost: { events: 0 },
    })
    closeTrace(trace)
  })

  test('lines in no order at all', () => {
    const lines = text('standard', 800).trimEnd().split('\n').slice(2)
    const shuffled = lines.map((_, i) => lines[(i * 4003) % lines.length]).join('\n')
    const trace = parseTrace(`${shuffled}\n`, hints)
    const plain = parseTrace(`${lines.join('\n')}\n`, hints)
    expect(listOperations(trace.operations)).toEqual(listOperations(plain.operations))
  })

  test('a file without lines is not held to its end', () => {
    expect(() => parseTrace('x'.repeat(3 * MIB), hints)).toThrow(/large\.txt:1: the line is longer/)
  })

  /** Opens a trace of some megabytes with its own folder for temporary files, and says what lies there then. */
  const opened = (scratch: string) => {
    const script = `
      import { readdirSync } from 'node:fs'
      const { fileSource, openTrace } = await import(process.argv[1])
      const trace = await openTrace(fileSource(process.argv[2]), { file: 'large.txt' })
      console.log(JSON.stringify([trace.operations.file() > 0, readdirSync(process.env.TMPDIR)]))`
    const file = join(folder, 'spooled.log')
    writeLargeTrace(file, 'log', 4e6)
    const args = ['--input-type=module', '-e', script, join(root, 'dist/index.js'), file]
    const env = { ...process.env, TMPDIR: scratch }
    return promisify(execFile)(process.execPath, args, { env })
  }

  test('what does not fit in memory has no name on disk', async () => {
    const { stdout } = await opened(mkdtempSync(join(folder, 'scratch-')))
    expect(JSON.parse(stdout)).toEqual([true, []])
  }, 30_000)

  test('where there is no room, the folder is named', async () => {
    const message = /OutputError: cannot write a temporary file in .*not-there \(ENOENT\).*TMPDIR/
    await expect(opened(join(folder, 'not-there'))).rejects.toThrow(message)
  }, 30_000)
})

/** A frame of zstd whose blocks are not compressed. */
function zstdOf(bytes: Buffer<ArrayBuffer>): Buffer {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(bytes.length))
  const parts = [Buffer.from('28b52ffde0', 'hex'), size]
  for (let from = 0; from < bytes.length; from += 100_000) {
    const block = bytes.subarray(from, from + 100_000)
    const head = Buffer.alloc(3)
    head.writeUIntLE((from + 100_000 >= bytes.length ? 1 : 0) | (block.length << 3), 0, 3)
    parts.push(head, block)
  }
  return Buffer.concat(parts)
}

describe('packed files', () => {
  const name = 'f-ftrace-std'
  const hints = captureHints(name)
  const bytes = Buffer.from(gunzipSync(captureFile(name)))
  const plain = listOperations(parseTrace(bytes, hints).operations)

  test('zstd is read as a whole and as it comes', async () => {
    const packed = zstdOf(bytes)
    expect(listOperations(parseTrace(packed, hints).operations)).toEqual(plain)
    const pieces = [packed.subarray(0, 3), packed.subarray(3, 5000), packed.subarray(5000)]
    const trace = await openTrace(streamSource(Readable.from(pieces), 'stdin'), hints)
    expect(listOperations(trace.operations.load())).toEqual(plain)
    closeTrace(trace)
  })

  test('cut zstd data are an error', async () => {
    const packed = zstdOf(bytes).subarray(0, 150_000)
    expect(() => parseTrace(packed, hints)).toThrow(/zstd data are damaged/)
    const opening = openTrace(streamSource(Readable.from([packed]), 'stdin'), hints)
    await expect(opening).rejects.toThrow(/zstd data are damaged/)
    await expect(opening).rejects.toThrow(TraceError)
  })

  test.each([
    ['of 2 GiB', '28b52ffd04a8', '2 GiB'],
    ['beyond what 32 bits count', '28b52ffd00ff', '3.75 TiB'],
    ['of all that there is', '28b52ffda4000000c0', '3 GiB'],
    ['of all, behind the number of a dictionary', '28b52ffde201000000000000010000', '1 TiB'],
  ])('a zstd window %s is refused in words', async (_, head, size) => {
    const packed = Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc(16)])
    const message =
      `some.txt:1: packed with zstd in a window of ${size}, and at most 2046 MiB can be read; expected ` +
      'a smaller window, or the text itself, as zstd -dc --long=31 gives it'
    expect(() => parseTrace(packed, { ...hints, file: 'some.txt' })).toThrow(message)
    const source = streamSource(Readable.from([packed.subarray(0, 5), packed.subarray(5)]), 'stdin')
    await expect(openTrace(source, { file: 'some.txt' })).rejects.toThrow(message)
    expect(() => readText(packed, 'some.txt')).toThrow(message.replace('some.txt:1', 'some.txt'))
  })

  test.each([
    [
      'xz',
      'fd377a585a000004',
      /packed with xz; expected text: xz -dc some\.txt \| swiotlb-lab replay -$/,
    ],
    ['bzip2', '425a683931415926', /packed with bzip2; .*bzip2 -dc some\.txt \|/],
    ['zip', '504b030414000000', /a zip archive; .*unzip -p some\.txt \|/],
    ['lz4', '04224d18', /packed with lz4; .*lz4 -dc some\.txt/],
    [
      'a mark of UTF-8',
      'efbbbf2320747261',
      /byte order mark \(UTF-8\); .*tail -c \+4 some\.txt \|/,
    ],
    ['UTF-16, little endian', 'fffe230020007400', /UTF-16; .*iconv -f UTF-16 -t UTF-8 some\.txt/],
    ['UTF-16, big endian', 'feff002300200074', /UTF-16; .*iconv -f UTF-16 -t UTF-8 some\.txt/],
    ['gzip in gzip', gzipSync(gzipSync('a')).toString('hex'), /packed twice; .*gzip -dc some\.txt/],
  ])('%s is named, with what to type', async (_, magic, message) => {
    const head = Buffer.from(magic, 'hex')
    expect(() => parseTrace(head, { file: 'some.txt' })).toThrow(message)
    const opening = openTrace(streamSource(Readable.from([head]), 'stdin'), { file: 'some.txt' })
    await expect(opening).rejects.toThrow(message)
  })
})
