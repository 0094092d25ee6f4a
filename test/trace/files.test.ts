// Traces that are in more than a plain file of text: a capture's tar, several files of one recording;
// and such as have nothing but attempts.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import {
  closeTrace,
  devices,
  fileSource,
  InputError,
  joinedSource,
  openCapture,
  openTrace,
  parseTrace,
  readTrace,
  replay,
  size,
  streamSource,
  type TraceHints,
  type TraceSource,
} from '../../lib/index.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { captureHints, captureMeta, captureText, listOperations } from './helpers.js'

jest.setTimeout(60_000)

const { folder } = scratchFolder()

const NAME = 'f-ftrace-std'
const text = captureText(NAME)
const plain = parseTrace(text, captureHints(NAME))

/** Packs files as the capture script does, and says where. */
function packed(name: string, files: Readonly<Record<string, string>>): string {
  const room = join(folder, `${name}.d`)
  mkdirSync(room)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(room, file), content)
  const tar = join(folder, `${name}.tar`)
  execFileSync('tar', ['-cf', tar, '-C', room, ...Object.keys(files)])
  return tar
}

const { nslabs, nareas, pool_start, hiwater_after } = captureMeta(NAME)
const META = JSON.stringify({ nslabs, nareas, pool_start, hiwater_after, ncpus: 2, used_before: 0 })

const QUIET = '# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:2\n#\n'

describe('a capture without a mapping, or unpacked', () => {
  test('a quiet time is told from a file that is none, with what the script noted', async () => {
    const tar = packed('quiet', { 'trace.txt': QUIET, 'notes.txt': 'the line has noforce\n' })
    const { code, stderr } = await cli(['size', tar])
    expect(code).toBe(2)
    expect(stderr).toContain(
      'nothing was recorded: no event came, so nothing bounced in this time; noted while it was recorded: the line has noforce; expected',
    )
  })

  test('its folder is read as the trace in it', async () => {
    packed('unpacked', { 'trace.txt': text, 'meta.json': META })
    const { code, stdout } = await cli(['devices', join(folder, 'unpacked.d')])
    expect(code).toBe(0)
    expect(stdout).toContain('unpacked.d/trace.txt')
    const empty = join(folder, 'an empty one')
    mkdirSync(empty)
    const none = await cli(['size', empty])
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('a folder without trace.txt; expected a trace, or such a folder'),
    ])
  })
})

describe('a folder that the tar was unpacked into', () => {
  const said = 'the command failed, or was ended'
  const noted = `noted while it was recorded: ${said}`
  const ofScript = (name: string, more: Readonly<Record<string, unknown>>): string =>
    packed(name, {
      'trace.txt': text,
      'meta.json': JSON.stringify({ nslabs, pool_start, hiwater_after, ...more }),
      'dmesg.txt': captureText(NAME, 'dmesg.txt.gz'),
      'notes.txt': `${said}\n`,
    })
  const SCRIPT = { recorded_by: 'swiotlb-lab capture' }

  test('tells what the tar tells: pool, warnings, and why a time was quiet', async () => {
    const tar = ofScript('both', SCRIPT)
    const [packedOne, unpacked] = [
      await readTrace(tar),
      await readTrace(`${folder}/both.d/trace.txt`),
    ]
    expect(unpacked.pool).toEqual({ nslabs, nareas, start: BigInt(pool_start) })
    expect(unpacked.pool).toEqual(packedOne.pool)
    expect(unpacked.warnings).toContain(noted)
    expect(unpacked.warnings).toEqual(packedOne.warnings)
    expect(unpacked.lost).toEqual(packedOne.lost)
    writeFileSync(join(folder, 'both.d/trace.txt'), QUIET)
    const { stderr } = await cli(['size', join(folder, 'both.d')])
    expect(stderr).toContain('nothing was recorded: no event came')
    expect(stderr).toContain(noted)
  })

  test('also where other notes are named, and of several files', async () => {
    ofScript('named', SCRIPT)
    const trace = join(folder, 'named.d/trace.txt')
    const other = join(folder, 'other.json')
    writeFileSync(other, META)
    const warnings = async (args: readonly string[]): Promise<string[]> =>
      JSON.parse((await cli([...args, '--trackers', 'off', '--json'])).stdout).warnings
    expect(await warnings(['replay', trace, '--meta', other])).toContain(noted)
    const lines = text.trimEnd().split('\n')
    const halves = ['first.txt', 'second.txt'].map((name) => join(folder, 'named.d', name))
    writeFileSync(halves[0] as string, `${lines.slice(0, 999).join('\n')}\n`)
    writeFileSync(halves[1] as string, `${lines.slice(999).join('\n')}\n`)
    const joined = await warnings(['replay', '--join', ...halves])
    expect(joined.filter((words) => words === noted)).toHaveLength(1)
  })

  test('what others wrote beside a trace is not read as the notes of the script', async () => {
    ofScript('foreign', { recorded_by: 'somebody' })
    const { warnings, pool: told } = await readTrace(join(folder, 'foreign.d/trace.txt'))
    expect(warnings).not.toContain(noted)
    expect(told.nareas).toBeUndefined()
  })

  test.each(['notes.txt', 'dmesg.txt'])('%s of more than 4 MiB is refused', async (name) => {
    ofScript(`large-${name}`, SCRIPT)
    const room = join(folder, `large-${name}.d`)
    writeFileSync(join(room, name), 'x\n'.repeat(2 ** 21 + 1))
    await expect(readTrace(join(room, 'trace.txt'))).rejects.toThrow(
      `${join(room, name)} has 4194306 bytes; expected at most 4194304`,
    )
  })
})

describe('the tar of a capture', () => {
  const tar = packed('whole', {
    'trace.txt': text,
    'meta.json': META,
    'dmesg.txt': captureText(NAME, 'dmesg.txt.gz'),
    'notes.txt': 'the command failed, or was ended\n',
    'lost.txt': '',
  })

  test.each([
    ['a file', () => fileSource(tar)],
    ['gzip', () => streamSource(Readable.from([gzipSync(readFileSync(tar))]), 'stdin')],
    [
      'a stream in pieces of 700 bytes',
      () => {
        const bytes = readFileSync(tar)
        const pieces = Array.from({ length: Math.ceil(bytes.length / 700) }, (_, i) =>
          bytes.subarray(i * 700, (i + 1) * 700),
        )
        return streamSource(Readable.from(pieces), 'stdin')
      },
    ],
  ])('%s: the trace in it, and what is known of the machine', async (_, source) => {
    const from: TraceSource = source()
    const capture = await openCapture(from, 'capture.tar')
    if (!capture) throw new Error('no capture')
    expect(capture.notes).toMatchObject({
      hints: { nslabs, nareas, start: BigInt(pool_start), usedBefore: 0 },
      hiwaterSlots: hiwater_after,
      cpus: 2,
    })
    expect(capture.remarks).toEqual(['the command failed, or was ended'])
    const trace = await openTrace(capture.trace, { file: 'capture.tar', ...capture.notes.hints })
    expect(listOperations(trace.operations.load())).toEqual(listOperations(plain.operations))
    closeTrace(trace)
    from.close()
  })

  test('dmesg tells what the notes leave out', async () => {
    const files = { 'trace.txt': text, 'dmesg.txt': captureText(NAME, 'dmesg.txt.gz') }
    const capture = await openCapture(fileSource(packed('dmesg', files)), 'capture.tar')
    expect(capture?.notes.hints).toEqual({ nslabs, nareas, start: BigInt(pool_start) })
  })

  test('from a tar to a boot parameter, as a user would', async () => {
    const { code, stdout } = await cli(['size', tar, '--json'])
    expect(code).toBe(0)
    const { answer, current } = JSON.parse(stdout)
    expect(answer.parameter).toBe('swiotlb=256,2')
    expect(current).toMatchObject({ slots: nslabs, areas: nareas, verdict: 'larger-than-needed' })
    const replayed = await cli(['replay', tar, '--trackers', 'off'])
    expect(replayed.stdout).toMatch(/the kernel's own hiwater is 172 slots .*: the same/s)
    expect(replayed.stdout).toMatch(/noted while it was recorded: the command failed/)
  })

  test('what is no tar is none', async () => {
    const file = join(folder, 'plain.txt')
    writeFileSync(file, text)
    expect(await openCapture(fileSource(file), 'plain.txt')).toBeUndefined()
    writeFileSync(file, '')
    expect(await openCapture(fileSource(file), 'plain.txt')).toBeUndefined()
  })

  test('one that is cut, that is damaged, and one of something else are refused', async () => {
    const open = (file: string) => openCapture(fileSource(file), 'capture.tar')
    const cut = packed('cut', { 'trace.txt': text })
    truncateSync(cut, 100_000)
    await expect(open(cut)).rejects.toThrow(/^capture\.tar: the tar ends within trace\.txt/)
    const damaged = packed('damaged', { 'trace.txt': 'x'.repeat(100), 'meta.json': META })
    const bytes = readFileSync(damaged)
    bytes[1024 + 3] = 0x7a
    writeFileSync(damaged, bytes)
    await expect(open(damaged)).rejects.toThrow(/another checksum/)
    const other = packed('other', { 'readme.txt': 'hello' })
    await expect(open(other)).rejects.toThrow(
      /a tar with readme\.txt in it; expected one file trace/,
    )
    const wrong = packed('wrong', { 'trace.txt': text, 'meta.json': '{"nslabs":-1}' })
    await expect(open(wrong)).rejects.toThrow(/meta\.json in it\): nslabs: expected at least 1/)
  })
})

describe('several files of one recording', () => {
  const lines = text.trimEnd().split('\n')
  const head = lines.filter((line) => line.startsWith('#'))
  const events = lines.filter((line) => !line.startsWith('#'))
  let files = 0
  const part = (content: string): { readonly file: string; readonly source: TraceSource } => {
    const file = join(folder, `part${files++}.txt`)
    writeFileSync(file, content)
    return { file, source: fileSource(file) }
  }
  const hints: TraceHints = { ...captureHints(NAME), file: 'a + b' }
  const opened = async (parts: readonly ReturnType<typeof part>[]) => {
    const source = joinedSource(parts)
    const trace = await openTrace(source, hints)
    const operations = listOperations(trace.operations.load())
    closeTrace(trace)
    return { trace, operations }
  }

  test('one for each CPU', async () => {
    const parts = [0, 1].map((cpu) =>
      part(`${[...head, ...events.filter((line) => line.includes(`[00${cpu}]`))].join('\n')}\n`),
    )
    const { trace, operations } = await opened(parts)
    expect(operations).toEqual(listOperations(plain.operations))
    expect(trace.lost).toEqual({ events: 0, reasons: [] })
  })

  test('one after the other, each packed in another way', async () => {
    const half = events.length >> 1
    const first = part(`${events.slice(0, half).join('\n')}\n`)
    const packedFile = join(folder, 'second.gz')
    writeFileSync(packedFile, gzipSync(`${events.slice(half).join('\n')}\n`))
    const { trace, operations } = await opened([
      first,
      { file: packedFile, source: fileSource(packedFile) },
    ])
    expect(operations).toEqual(listOperations(plain.operations))
    expect(trace.lost.events).toBe(0)
  })

  test('a line that is cut where a file ends is lost, and said', async () => {
    const half = events.length >> 1
    const first = `${events.slice(0, half).join('\n')}\n${(events[half] as string).slice(0, 60)}`
    const { trace } = await opened([part(first), part(`${events.slice(half + 1).join('\n')}\n`)])
    expect(trace.lost.events).toBeGreaterThan(0)
    expect(trace.lost.reasons.join()).toMatch(/lost/)
    expect(trace.peakBounds).toBeDefined()
  })

  test('a fault is named by its own file and line', async () => {
    const parts = [part(`${events.slice(0, 10).join('\n')}\n`), part(`${events[11]}\njunk\n`)]
    const source = joinedSource(parts)
    const error = await openTrace(source, hints).catch((one: unknown) => one)
    expect(source.placeOf((error as { line: number }).line)).toEqual({
      file: parts[1]?.file,
      line: 2,
    })
    const typed = parts.map(({ file }) => file)
    const { code, stderr } = await cli(['replay', '--join', ...typed])
    expect([code, stderr]).toEqual([2, expect.stringMatching(`${typed[1]}:2: this is no line`)])
    expect((await cli(['size', '--join', typed[0] as string])).stderr).toMatch(/several files/)
  })
})

describe('what are no parts of one recording', () => {
  const refusal = async (...files: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(['size', '--join', ...files])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    return stderr.replaceAll(folder, '')
  }
  const put = (name: string, content: string): string => {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  const meta = (facts: object): string => JSON.stringify(facts)

  test('a file that is named twice, by whatever path', async () => {
    const file = put('once/trace.txt', text)
    symlinkSync(file, join(folder, 'link.txt'))
    expect(await refusal(file, file)).toMatch(/--join: \/once\/trace\.txt is named twice/)
    expect(await refusal(file, join(folder, 'link.txt'))).toMatch(
      /trace\.txt and \/link\.txt are one/,
    )
    expect(await refusal('-', '-')).toMatch(/stdin is named twice/)
  })

  test('a copy, and a file that has each line twice', async () => {
    const files = ['one', 'two'].map((name) => put(`${name}/trace.txt`, text))
    expect(await refusal(...files)).toMatch(
      /two\/trace\.txt:\d+: this line and \d+ before it are in the text twice/,
    )
    const { code, stderr } = await cli(['replay', put('both.txt', `${text}${text}`)])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/both\.txt:\d+: .* in the text twice/),
    ])
  })

  test('those of several machines, by the notes beside them', async () => {
    const half = text.length >> 1
    const [a, b] = [put('a/trace.txt', text.slice(0, half)), put('b/trace.txt', text.slice(half))]
    const beside = (one: object, other: object): Promise<string> => {
      put('a/meta.json', meta(one))
      put('b/meta.json', meta(other))
      return refusal(a, b)
    }
    expect(await beside({ nslabs: 8192 }, { nslabs: 16384 })).toMatch(
      /a\/meta\.json says 8192 slots, and \/b\/meta\.json 16384 slots/,
    )
    expect(await beside({ ncpus: 1 }, { ncpus: 4 })).toMatch(/says 1 CPU, and .* 4 CPUs/)
    expect(await beside({ pool_start: '0x1000' }, { pool_start: '0x2000' })).toMatch(
      /a pool at 0x1000, and .* a pool at 0x2000/,
    )
  })

  test('one with probes and one without', async () => {
    const bounced = text.split('\n').filter((line) => line.includes('swiotlb_bounced:'))
    const later = bounced.map((line) =>
      line.replace(/(\d+)(\.\d+: swiotlb)/, (_, s, rest) => `${+s + 900}${rest}`),
    )
    const files = [
      put('probed/trace.txt', captureText('a-seq-1cpu')),
      put('events.txt', `${later.join('\n')}\n`),
    ]
    expect(await refusal(...files)).toMatch(/events\.txt has bounced maps, and none of the probes/)
  })
})

test('notes of parts that were recorded one after the other are taken together', async () => {
  const at = text.indexOf('\n', text.length >> 1) + 1
  const files = [text.slice(0, at), text.slice(at)].map((content, i) => {
    const file = join(folder, `part-${i}`, 'trace.txt')
    mkdirSync(dirname(file))
    writeFileSync(file, content)
    const notes = { ...JSON.parse(META), hiwater_after: 100 + i, lost: { 'missed probes': i } }
    writeFileSync(join(dirname(file), 'meta.json'), JSON.stringify(notes))
    return file
  })
  const { code, stdout } = await cli(['size', '--join', ...files, '--json'])
  expect(code).toBe(1)
  const { warnings, provenSlots } = JSON.parse(stdout)
  expect(warnings.join()).toMatch(/part-1\/meta\.json says that 1 hit of probes was missed/)
  expect(provenSlots).toBeGreaterThanOrEqual(101)
})

test('what the notes of one part leave out, those of another tell', async () => {
  const at = text.indexOf('\n', text.length >> 1) + 1
  const { nslabs: slots, nareas: areas, pool_start: start } = JSON.parse(META)
  const put = (name: string, content: string, notes: object): string => {
    const file = join(folder, name, 'trace.txt')
    mkdirSync(dirname(file))
    writeFileSync(file, content)
    writeFileSync(join(dirname(file), 'meta.json'), JSON.stringify(notes))
    return file
  }
  const first = put('told-1', text.slice(0, at), { nslabs: slots })
  const second = put('told-2', text.slice(at), { nareas: areas, pool_start: start, ncpus: 9 })
  const told = await cli(['size', '--join', first, second, '--json'])
  const given = ['--slots', `${slots}`, '--areas', `${areas}`, '--pool-start', start, '--cpus', '9']
  const plainly = await cli([
    'size',
    '--join',
    ...given,
    '--meta',
    put('none', '', { nslabs: slots }).replace('trace.txt', 'meta.json'),
    first,
    second,
    '--json',
  ])
  const [a, b] = [told, plainly].map(({ stdout }) => JSON.parse(stdout))
  expect(a.current).toEqual(b.current)
  expect(a.cpus).toBe(9)
  // Where the first is silent, the others must agree all the same.
  const third = put('told-3', '', { nareas: 2 * areas })
  const { code, stderr } = await cli(['size', '--join', first, second, third])
  expect([code, stderr]).toEqual([2, expect.stringMatching(/told-\d\/meta\.json .*areas?/)])
})

test('a part in which every map failed has a probe, and is joined', async () => {
  const probed = captureText('a-seq-1cpu')
  const rest = join(folder, 'failed.txt')
  const last = Number(/ (\d+)\.\d+: [^\n]*\n?$/.exec(probed)?.[1]) + 10
  const lines = ['swiotlb_bounced:', 'swiotlb_map:'].map((event, i) =>
    probed
      .split('\n')
      .find((line) => line.includes(event))
      ?.replace(/ \d+\.\d+: /, ` ${last}.00000${i}: `),
  )
  writeFileSync(rest, `${lines.join('\n')}\n`)
  const whole = join(folder, 'probed.txt')
  writeFileSync(whole, probed)
  expect(await cli(['devices', '--join', whole, rest])).toMatchObject({ code: 0, stderr: '' })
})

describe('attempts alone', () => {
  const line = (at: string, device: string, size: number, rest: string): string =>
    `  insmod-1  [002] ..... ${at}: swiotlb_bounced: dev_name: ${device} ${rest} size=${size} `
  const trace = parseTrace(
    [
      `${line('285.5', '0000:00:0a.0', 256, 'dma_mask=ffffffff dev_addr=17c407000')}NORMAL`,
      `${line('285.6', '0000:00:0a.0', 512, 'dma_mask=ffffffff dev_addr=17c407000')}NORMAL`,
      `${line('286.5', '0000:00:0a.0', 256, 'dma_mask=ffffffff dev_addr=17c407000')}NORMAL`,
      `${line('286.6', 'nvme', 4096, 'dma_mask=ffffffffffffffff dev_addr=1000')}FORCE`,
      '',
    ].join('\n'),
    { file: 'attempts.txt' },
  )

  test('are told by device, with their rate, sizes and why', async () => {
    const { attempts, devices: held } = await devices(trace)
    expect(held).toEqual([])
    expect(attempts).toMatchObject([
      { device: 'nvme', attempts: 1, perSecond: null, leastSlots: 2, maskBits: 64, forced: 1 },
      {
        device: '0000:00:0a.0',
        attempts: 3,
        bytes: { least: 256, median: 256, most: 512 },
        leastSlots: 3,
        maskBits: 32,
        forced: 0,
      },
    ])
    expect(attempts[1]?.perSecond).toBeCloseTo(3)
    expect(attempts[0]?.why).toMatch(/forced/)
    expect(attempts[1]?.why).toMatch(/32 bits of addresses, and the memory lies above/)
  })

  test('tell nothing of what was in use: replay and size say so', async () => {
    for (const refused of [replay(trace), size([{ trace }])]) {
      const error = await refused.catch((one: unknown) => one)
      expect(error).toBeInstanceOf(InputError)
      expect((error as Error).message).toMatch(/nothing can be said of how many were in use/)
    }
  })
})
