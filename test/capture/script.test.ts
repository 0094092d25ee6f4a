// The script that `capture` prints: what it records, says, saves and restores, on a folder that
// stands for tracefs.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { captureScript, InputError } from '../../lib/index.js'
import { captures, cli } from '../cli/process.js'
import { StandIn, type StandInOptions } from './stand-in.js'

// Only for a machine that is busy: each is over in a second or two.
jest.setTimeout(60_000)

const made: StandIn[] = []
afterEach(() => {
  for (const { folder } of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function standIn(options?: StandInOptions): StandIn {
  const one = new StandIn(options)
  made.push(one)
  return one
}

const SHORT = { seconds: 1, bufferBytes: 2 ** 20 }
const all = {
  ...SHORT,
  probes: true,
  reset: true,
  tar: "it's $(touch x).tar",
  command: ["it's", '$(touch x)', '`touch x`', 'a\nb', '', '--', '*', '"', '\\'],
}

/** The files of a tar, by their names. */
function unpack(tar: string): Record<string, string> {
  const into = `${tar}.unpacked`
  mkdirSync(into)
  const { status, stderr } = spawnSync('tar', ['-xf', tar, '-C', into], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return Object.fromEntries(
    readdirSync(into).map((name) => [name, readFileSync(join(into, name), 'utf8')]),
  )
}

describe('the script', () => {
  test.each([
    ['plain', {}, 'style'],
    // It wonders about words that only look like more.
    ['with all options', all, 'warning'],
  ])('passes shellcheck and dash -n: %s', (_, options, least) => {
    const input = captureScript(options)
    for (const [command, args] of [
      ['shellcheck', ['-s', 'sh', '-S', least, '-']],
      ['dash', ['-n']],
    ] as const) {
      const { error, status, stdout, stderr } = spawnSync(command, args, {
        input,
        encoding: 'utf8',
      })
      expect([command, error, status, stdout, stderr]).toEqual([command, undefined, 0, '', ''])
    }
  })

  test('the command line prints it', async () => {
    const args = ['--duration', '2min', '--buffer', '1GiB', '--probes', '--reset', '--tar', 'x.tar']
    const { code, stdout } = await cli(['capture', ...args, '--', 'fio', '--rw', 'read me'])
    expect(code).toBe(0)
    expect(stdout).toBe(
      captureScript({
        seconds: 120,
        bufferBytes: 2 ** 30,
        probes: true,
        reset: true,
        tar: 'x.tar',
        command: ['fio', '--rw', 'read me'],
      }),
    )
    expect(JSON.parse((await cli(['capture', '--json'])).stdout)).toMatchObject({
      script: captureScript(),
    })
  })

  test.each([
    [['--duration', '1.5s'], '--duration: expected whole seconds from 1 s'],
    [['--duration', '0'], '--duration: expected whole seconds from 1 s'],
    [['--duration', '2d'], 'seconds: expected at most 86400 seconds'],
    [['--buffer', '64'], '--buffer: expected a size with its unit'],
    [['--buffer', '1KiB'], 'bufferBytes: expected at least 256 KiB'],
    [['--tar', 'a\nb'], 'tar: expected a path without line ends'],
    [['--tar', ''], 'tar: expected the name of a file'],
    [['--tar', 'folder/'], 'tar: expected the name of a file, not of a folder'],
    [['--', ''], 'command: expected the name of a command first'],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await cli(['capture', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
  })

  test('refuses words that no shell can hold', () => {
    expect(() => captureScript({ command: ['a', 'b\0c'] })).toThrow(InputError)
    expect(() => captureScript({ tar: 'a\0' })).toThrow(InputError)
  })
})

describe('a recording', () => {
  const trace = gunzipSync(readFileSync(join(captures, 'f-ftrace-std/trace.txt.gz'))).toString()
  const dmesg = gunzipSync(readFileSync(join(captures, 'f-ftrace-std/dmesg.txt.gz'))).toString()

  test('is saved whole, with what a replay wants to know', async () => {
    const counters = { io_tlb_nslabs: '16384', io_tlb_used: '0', io_tlb_used_hiwater: '4' }
    const place = standIn({ trace, dmesg, counters, entries: 6495 })
    place.write('debug/swiotlb/restricted/io_tlb_nslabs', '77\n')
    const mark = join(place.folder, 'debug/swiotlb/io_tlb_used_hiwater')
    const script = captureScript({ ...SHORT, command: ['sh', '-c', `echo 172 > ${mark}`] })
    const { code, stderr } = await place.run(script)
    expect(stderr).toContain('swiotlb-capture.tar: 6495 events')
    expect(code).toBe(0)
    expect(place.left()).toEqual(['swiotlb-capture.tar'])

    const tar = join(place.out, 'swiotlb-capture.tar')
    const files = unpack(tar)
    expect(Object.keys(files).sort()).toEqual([
      'cmdline.txt',
      'counters-after.txt',
      'counters-before.txt',
      'dmesg.txt',
      'lost.txt',
      'meta.json',
      'notes.txt',
      'trace.txt',
    ])
    expect(files['trace.txt']).toBe(trace)
    expect(files['notes.txt']).toBe('')
    expect(files['cmdline.txt']).toBe('quiet swiotlb=2048,2\n')
    expect(files['counters-before.txt']).toContain(
      '/sys/kernel/debug/swiotlb/io_tlb_used_hiwater:4\n',
    )
    expect(files['counters-before.txt']).toContain(
      '/sys/kernel/debug/swiotlb/restricted/io_tlb_nslabs:77\n',
    )
    expect(files['counters-after.txt']).toContain(
      '/sys/kernel/debug/swiotlb/io_tlb_used_hiwater:172\n',
    )
    expect(files['dmesg.txt']).toContain('software IO TLB: mapped [mem')
    expect(files['dmesg.txt']?.split('\n').length).toBeLessThan(10)
    expect(JSON.parse(files['meta.json'] as string)).toMatchObject({
      nslabs: 16384,
      nareas: 2,
      pool_start: '0x0000000036fc9000',
      used_before: 0,
      hiwater_before: 4,
      hiwater_after: 172,
      kernel: 'Linux 6.12.117 x',
      probes: false,
      lost: { overrun: 0, entries: 6495 },
    })

    const replayed = await cli(['replay', join(`${tar}.unpacked`, 'trace.txt'), '--json'])
    expect(JSON.parse(replayed.stdout)).toMatchObject({ sameAsKernel: true })
  })

  test('switches on what takes slots, in an instance of its own, and nothing else', async () => {
    const place = standIn()
    await place.run(captureScript(SHORT))
    expect(place.enabled().sort()).toEqual([
      'dma/dma_alloc',
      'dma/dma_map_page',
      'dma/dma_map_sg',
      'dma/dma_unmap_page',
      'dma/dma_unmap_sg',
      'swiotlb/swiotlb_bounced',
    ])
    expect(place.read('last/tracing_on')).toBe('0')
    expect(place.read('last/trace_clock')).toBe('mono')
    expect(place.read('last/buffer_size_kb')).toBe('512')
    expect(place.read('tracing/kprobe_events')).toBe('')
    expect(place.read('debug/swiotlb/io_tlb_used_hiwater')).toBe('9')
  })

  test('resets the mark only when asked', async () => {
    const place = standIn()
    const { stderr } = await place.run(captureScript({ ...SHORT, reset: true }))
    expect(stderr).not.toContain('mark')
    expect(place.read('debug/swiotlb/io_tlb_used_hiwater')).toBe('0')
  })

  test('says that events were lost, and how many', async () => {
    const place = standIn({ overrun: 123, entries: 456 })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect(code).toBe(0)
    expect(stderr).toContain('123 events were lost, 456 are left')
    expect(stderr).toMatch(/at this rate 1 s take --buffer \d+MiB at least/)
    const { 'notes.txt': notes, 'meta.json': meta } = unpack(join(place.out, 'swiotlb-capture.tar'))
    expect(notes).toContain('123 events were lost')
    expect(JSON.parse(meta as string).lost).toMatchObject({ overrun: 123, entries: 456 })
  })

  test.each([
    // Of so many events a CPU's share of the buffer has room for 100.
    [{ overrun: 300, entries: 100 }, 60, '60 s take --buffer 16MiB at least', 'holds 15 s'],
    [{ overrun: 1, entries: 100 }, 60, '60 s take --buffer 5MiB at least', 'holds 59 s'],
    [{ overrun: 9900, entries: 100 }, 60, 'take --buffer 400MiB', 'holds less than a second'],
  ])('of %j in 4 MiB: what would have been enough', async (counts, seconds, buffer, holds) => {
    const place = standIn(counts)
    // A day that is over at once: the stand-in's sleep.
    place.write('bin/sleep', '#!/bin/sh\nexec /bin/sleep 0.1\n')
    const { stderr } = await place.run(captureScript({ seconds, bufferBytes: 2 ** 22 }))
    expect(stderr).toContain(buffer)
    expect(stderr).toContain(holds)
    const notes = unpack(join(place.out, 'swiotlb-capture.tar'))['notes.txt']
    expect(notes).toContain(buffer)
  })

  test('by the fullest CPU, since each has an equal share', async () => {
    const place = standIn({ overrun: 0, entries: 5 })
    place.write(
      'new/per_cpu/cpu1/stats',
      'entries: 100\noverrun: 100\ncommit overrun: 0\nbytes: 3\ndropped events: 0\n',
    )
    const { stderr } = await place.run(captureScript({ ...SHORT, bufferBytes: 2 ** 22 }))
    expect(stderr).toContain(
      '100 events were lost, 105 are left: at this rate 1 s take --buffer 8MiB',
    )
  })

  test.each([
    [0, /^5 events were lost \(commit overrun\).* is not known\n$/],
    [
      300,
      /^300 events were lost, 100 are .* --buffer 4MiB.*\n5 events were lost \(commit overrun\)/,
    ],
  ])('of interrupts no buffer is known: %i overruns and 5 of these', async (overrun, words) => {
    const place = standIn({ overrun, entries: 100, commitOverrun: 5 })
    const { stderr } = await place.run(captureScript(SHORT))
    const { 'notes.txt': notes, 'meta.json': meta } = unpack(join(place.out, 'swiotlb-capture.tar'))
    expect(notes).toMatch(words)
    expect(stderr.includes('--buffer')).toBe(overrun > 0)
    expect(JSON.parse(meta as string).lost).toMatchObject({ overrun, 'commit overrun': 5 })
  })

  test('events are no larger than the papers say, in each recording that counted them', () => {
    const paper = readFileSync('docs/capture.md', 'utf8')
    const [, least, most] = (/an event takes (\d+) to (\d+) bytes/.exec(paper) ?? []).map(Number)
    const sizes = readdirSync('test/data/captures').flatMap((name) => {
      const meta = join('test/data/captures', name, 'meta.json')
      if (!existsSync(meta)) return []
      const { lost } = JSON.parse(readFileSync(meta, 'utf8'))
      return lost?.bytes > 0 ? [lost.bytes / lost.entries] : []
    })
    expect(sizes.length).toBeGreaterThan(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most ?? 0)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual((least ?? 0) - 1)
  })

  test.each(['noforce', 'swiotlb=noforce', 'quiet swiotlb=65536,noforce'])(
    'a command line of %s',
    async (cmdline) => {
      const place = standIn({ counters: null, cmdline })
      const { stderr } = await place.run(captureScript(SHORT))
      const none = 'has swiotlb=noforce: this machine has no pool'
      expect([stderr.includes(none), stderr.includes('is debugfs mounted?')]).toEqual(
        cmdline === 'noforce' ? [false, true] : [true, false],
      )
    },
  )

  test("noforce, and a pool of a device's own: there is one, and it may bounce", async () => {
    const place = standIn({ counters: null, cmdline: 'swiotlb=noforce' })
    place.write('debug/swiotlb/restricted/io_tlb_nslabs', '77\n')
    const { code } = await place.run(captureScript(SHORT))
    const files = unpack(join(place.out, 'swiotlb-capture.tar'))
    expect([code, files['notes.txt']]).toEqual([0, ''])
    expect(files['counters-before.txt']).toContain('restricted/io_tlb_nslabs:77')
  })

  test('says that nothing came, and that there are no counters', async () => {
    const place = standIn({ entries: 0, counters: null })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect(code).toBe(0)
    expect(stderr).toContain('no event came')
    expect(stderr).toContain('no counters: nothing is in')
    expect(unpack(join(place.out, 'swiotlb-capture.tar'))['meta.json']).not.toContain('nslabs')
  })
})

describe('a command', () => {
  test('is given its words as they are, its input, and nothing is run that is none of it', async () => {
    const place = standIn()
    const echo = `printf '<%s>' "$@"; cat`
    const script = captureScript({ ...all, command: ['sh', '-c', echo, ...all.command] })
    const { code, stdout } = await place.run(script, [], 'from stdin')
    expect(code).toBe(0)
    expect(stdout).toBe(
      `${all.command
        .slice(1)
        .map((word) => `<${word}>`)
        .join('')}from stdin`,
    )
    expect(readdirSync(place.out)).toEqual([all.tar])
    expect(place.has('x')).toBe(false)
  })

  test('another can be given to the script', async () => {
    const place = standIn()
    const script = captureScript({ ...SHORT, command: ['false'] })
    const { code, stdout } = await place.run(script, ['echo', 'this', 'one'])
    expect([code, stdout]).toEqual([0, 'this one\n'])
  })

  test('that fails is a no, and the recording is kept', async () => {
    const place = standIn()
    const { code, stderr } = await place.run(captureScript(SHORT), ['false'])
    expect(code).toBe(1)
    expect(stderr).toContain('the command failed')
    expect(place.left()).toEqual(['swiotlb-capture.tar'])
  })

  test('that does not end is ended, even where it does not want to', async () => {
    const place = standIn()
    const pids = join(place.folder, 'pid')
    const stubborn = `echo $$ > ${pids}; trap '' TERM; while :; do sleep 1; done`
    const { code, stderr } = await place.run(captureScript(SHORT), ['sh', '-c', stubborn])
    expect(code).toBe(1)
    expect(stderr).toContain('the command did not end within 1 s and was ended')
    expect(existsSync(`/proc/${place.read('pid')}`)).toBe(false)
  }, 30_000)
})

describe('an interrupted recording', () => {
  test.each([
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 143, 'terminated'],
    ['SIGHUP', 129, 'hung up'],
  ] as const)('restores all after %s', async (signal, code, words) => {
    const place = standIn()
    const running = place.start(captureScript({ ...SHORT, seconds: 300, probes: true }))
    await running.until('recording for 300 s')
    const [instance] = readdirSync(join(place.folder, 'tracing/instances'))
    running.child.kill(signal)
    const end = await running.end
    expect(end.stderr).toContain(`${words}; nothing is saved`)
    expect(end.code).toBe(code)
    expect(place.left()).toEqual([])
    expect(place.read('last/tracing_on')).toBe('0')
    const probes = place.read('tracing/kprobe_events').split('\n')
    expect(probes.slice(-3)).toEqual(
      ['swiotlb_map', 'swiotlb_map_ret', 'swiotlb_unmap'].map((name) => `-:${instance}/${name}`),
    )
  })

  test('ends its command as well', async () => {
    const place = standIn()
    const pids = join(place.folder, 'pid')
    const args = ['sh', '-c', `echo $$ > ${pids}; exec sleep 300`]
    const running = place.start(captureScript({ ...SHORT, seconds: 300 }), args)
    await running.until('recording until the command ends')
    while (!place.has('pid')) await new Promise((resolve) => setTimeout(resolve, 20))
    running.child.kill('SIGTERM')
    expect((await running.end).code).toBe(143)
    expect(place.left()).toEqual([])
    expect(existsSync(`/proc/${place.read('pid')}`)).toBe(false)
  })
})

describe('a kernel without dma events', () => {
  const probesOf = (place: StandIn): string[] =>
    place
      .read('tracing/kprobe_events')
      .split('\n')
      .filter((line) => !line.startsWith('-:'))
      .map((line) => line.replace(/swiotlb_lab_\d+/, 'G'))

  test.each([
    ['6.10.1', 'align_mask=$arg4:x32 dir=$arg5:u32', ' swiotlb_tbl_unmap_single '],
    ['6.1.0-56-cloud', 'align_mask=$arg5:x32 dir=$arg6:u32', ' swiotlb_tbl_unmap_single '],
    ['5.15.3', 'align_mask=\\0:x32 dir=$arg5:u32', ' swiotlb_tbl_unmap_single '],
  ])('falls back to function probes, and says so: %s', async (release, fields, unmap) => {
    const place = standIn({ release, dmaEvents: false })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect(code).toBe(0)
    expect(stderr).toContain(
      `no dma:* events (they exist since Linux 6.12, and this is ${release})`,
    )
    expect(stderr).toContain('2 function probes were missed')
    const [map, done, ended] = probesOf(place)
    expect(map).toMatch(/^p:G\/swiotlb_map swiotlb_tbl_map_single dev=/)
    expect(map).toContain(fields)
    expect(done).toMatch(/^r:G\/swiotlb_map_ret swiotlb_tbl_map_single tlb_addr=\$retval:x64/)
    expect(ended).toContain(unmap)
    expect(place.enabled().sort()).toEqual([
      'probes/swiotlb_map',
      'probes/swiotlb_map_ret',
      'probes/swiotlb_unmap',
      'swiotlb/swiotlb_bounced',
    ])
  })

  test('probes beside the events are at the function that this kernel calls', async () => {
    const place = standIn()
    const { stderr } = await place.run(captureScript({ ...SHORT, probes: true }))
    expect(stderr).not.toContain('in their place')
    expect(probesOf(place)[2]).toContain(' __swiotlb_tbl_unmap_single ')
  })

  test.each([
    [{ release: '5.10.9', dmaEvents: false }, 'they are known from Linux 5.11 on'],
    [{ kprobes: false, dmaEvents: false }, 'this kernel has no kprobe_events'],
  ])('records bounces alone, and says so: %j', async (options, words) => {
    const { code, stderr } = await standIn(options).run(captureScript(SHORT))
    expect(code).toBe(0)
    expect(stderr).toContain(words)
    expect(stderr).toContain('swiotlb:swiotlb_bounced alone')
  })

  test('records nothing where there is nothing', async () => {
    const place = standIn({ kprobes: false, dmaEvents: false, bounced: false })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect(code).toBe(2)
    expect(stderr).toContain('nothing can be recorded')
    expect(place.left()).toEqual([])
  })
})

describe('what must be there', () => {
  test('root', async () => {
    const place = standIn({ uid: 1000 })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect([code, place.left()]).toEqual([2, []])
    expect(stderr).toContain('needs root: run it with sudo')
  })

  test.each([
    ['trace', 'no tracefs in'],
    ['instances', 'has no instances'],
  ])('tracefs with %s', async (name, words) => {
    const place = standIn()
    rmSync(join(place.folder, 'tracing', name), { recursive: true })
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect([code, readdirSync(place.out)]).toEqual([2, []])
    expect(stderr).toContain(words)
  })

  test.each([
    [{ tar: 'no/such/x.tar' }, 'there is no folder', 3],
    [{ tar: '/tmp' }, 'is a folder; expected the name of a tar', 3],
    [{ tar: '/proc/x.tar' }, 'cannot write in /proc', 3],
    [{ bufferBytes: 2 ** 40 }, 'more than half of the memory that is free', 2],
  ])('a place and memory: %j', async (options, words, expected) => {
    const place = standIn()
    const { code, stderr } = await place.run(captureScript({ ...SHORT, ...options }))
    expect(code).toBe(expected)
    expect(stderr).toContain(words)
    expect(place.left()).toEqual([])
  })

  test('an instance that can be made', async () => {
    const place = standIn()
    place.write('bin/mkdir', '#!/bin/sh\nexit 1\n')
    const { code, stderr } = await place.run(captureScript(SHORT))
    expect(code).toBe(2)
    expect(stderr).toContain('does lockdown forbid tracing?')
    expect(place.left()).toEqual([])
  })
})
