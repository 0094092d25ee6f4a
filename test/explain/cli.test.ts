// explain and param as a user types them: files, pipes, exit codes, and what is refused.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import { captures, cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'

jest.setTimeout(60_000)

const { file } = scratchFolder()

const cases = join(__dirname, '../data/cases')
const LINE =
  '[   52.832378] nvidia 0000:00:03.0: swiotlb buffer is full (sz: 524288 bytes), total 262144 (slots), used 1044 (slots)\n'

describe('explain', () => {
  test('a file: cause, what to do, and the lines', async () => {
    const { code, stdout, stderr } = await cli(['explain', file('dmesg.txt', LINE)])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^1\. too-large \(certain\): nvidia 0000:00:03\.0/)
    expect(stdout).toMatch(
      /what to do:\n {3}- No swiotlb= for this: no size of the pool serves 512 KiB/,
    )
    expect(stdout).toMatch(/1 \| \[ {3}52\.832378\] nvidia/)
  })

  test.each([
    ['a dash', ['explain', '-']],
    ['nothing', ['explain']],
  ])('a pipe, with %s', async (_, args) => {
    const { code, stdout } = await cli([...args, '--json'], { input: LINE })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ cause: 'too-large', lines: [1] }] })
  })

  test.each([
    ['gzip', gzipSync(LINE)],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(LINE, 'utf16le')])],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${LINE}`)],
    ['Latin-1 in other lines', Buffer.concat([Buffer.from([0xe9, 0x0a]), Buffer.from(LINE)])],
  ])('%s', async (name, contents) => {
    const { code, stdout } = await cli(['explain', file(`${name}.log`, contents), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ device: 'nvidia 0000:00:03.0' }] })
  })

  test('public reports', async () => {
    const reports = readdirSync(cases).filter((one) => one.endsWith('.txt'))
    // All of them are answered in test/explain/cases.test.ts; a process for each would take long.
    for (const name of reports.filter((_, i) => i % 6 === 0)) {
      const { code, stderr } = await cli(['explain', join(cases, name)])
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' })
    }
  })

  test('nothing found is said, and is no fault', async () => {
    const { code, stdout } = await cli(['explain', '-'], {
      input: '[    1.0] usb 1-1: new device\n',
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Nothing in 1 line is about swiotlb\. What tells most: `dmesg/)
  })

  const full = (device: string, bytes: number, total: number, used: number): string =>
    `${device}: swiotlb buffer is full (sz: ${bytes} bytes), total ${total} (slots), used ${used} (slots)\n`
  const RESTRICTED = '/sys/kernel/debug/swiotlb/wifi/io_tlb_nslabs:131072\n'

  test.each([
    ['a smaller pool of another matter', full('b 1-2', 524288, 16384, 4), 65536],
    ['a restricted pool', RESTRICTED, 65536],
    ['a pool that grew', full('a 1-1', 524288, 131072, 4), 262144],
  ])('the next line names the size of the advice, beside %s', async (_, more, slots) => {
    const input = full('a 1-1', 4096, 32768, 32768) + more
    const { stdout } = await cli(['explain', '-'], { input })
    expect(stdout).toMatch(new RegExp(`ore slots: swiotlb=${slots} `))
    expect(stdout).toMatch(
      new RegExp(`^next, what a larger pool comes to: .* param ${slots}$`, 'm'),
    )
  })

  test('beside a larger pool no size is named', async () => {
    const input = full('a 1-1', 4096, 32768, 32768) + full('b 1-2', 524288, 262144, 4)
    const { stdout } = await cli(['explain', '-'], { input })
    expect(stdout).not.toMatch(/swiotlb=\d|^next/m)
    expect(stdout).toMatch(/line 2 of the text tells of one of 262144/)
  })

  test('the next line is of the kernel of the log', async () => {
    const boot = 'Linux version 5.15.0-91-generic (a@b)\nKernel command line: ro\n'
    const input = boot + full('a 1-1', 4096, 32768, 32768)
    const { stdout } = await cli(['explain', '-'], { input })
    expect(stdout).toMatch(/^next, .* param 65536 --kernel 5\.15$/m)
  })

  test('what a log does to a terminal is not passed on', async () => {
    const { stdout } = await cli(['explain', '-'], { input: `\u001b[2J\u001b]0;x\u0007${LINE}` })
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  const trace = (name: string): string => join(captures, name)

  test.each([
    ['a script', 'capture.sh', '#!/bin/sh\ncat io_tlb_used\n', [/a script, and no log/]],
    ['a tar', 'x.tar', `${'dmesg.txt'.padEnd(257, '\0')}ustar`, [/a tar, .*dmesg\.txt/]],
    ['an empty file', 'empty', '', [/is empty; expected a kernel log/]],
    ['blanks', 'blanks', ' \n\n', [/is empty/]],
    [
      'a trace.dat',
      'trace.dat',
      Buffer.from('\x17\x08\x44tracing6\0\0', 'latin1'),
      [/trace-cmd report/, /replay/],
    ],
    ['a perf.data', 'perf.data', Buffer.from('PERFILE2\x68\0\0', 'latin1'), [/perf script/]],
    ['a packed file', 'x.xz', Buffer.from('\xfd7zXZ\0\0', 'latin1'), [/unpack it first/]],
    [
      'a damaged gzip',
      'x.gz',
      gzipSync(LINE.repeat(50)).subarray(0, 40),
      [/gzip data are damaged/],
    ],
    [
      'binary data',
      'elf',
      Buffer.from('line\n\x7fELF\x02\x01\0\0', 'latin1'),
      [/line 2: binary data/],
    ],
    [
      'an operation log',
      'a.log',
      '#! nslabs=2048 nareas=4 pool=40000000\nm 0 1 1000 4096 0 0\n',
      [/try replay/],
    ],
    [
      'what watch printed',
      'watch.jsonl',
      '{"schema":"swiotlb-lab/watch/1","usedSlots":1,"notes":[]}\n',
      [/what `watch` printed/],
    ],
    [
      'what size printed',
      'size.json',
      '{\n  "schema": "swiotlb-lab/size/1",\n  "made": {}\n}\n',
      [/size\.json: a result of this laboratory, and no log; expected a kernel log/],
    ],
    [
      'metrics',
      'swiotlb.prom',
      '# HELP swiotlb_pool_bytes Size.\n# TYPE swiotlb_pool_bytes gauge\nswiotlb_pool_bytes 1\n',
      [/metrics that `watch` wrote/],
    ],
    [
      'a trace of events',
      'trace.txt',
      '# tracer: nop\n  fio-1871 [002] .....   285.655295: dma_map_page: dev=x dma_addr=1 size=256\n',
      [/line 2: a trace of events: try replay/],
    ],
  ] as const)('%s is refused', async (_, name, contents, words) => {
    const { code, stdout, stderr } = await cli(['explain', file(name, contents as string)])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: [^\n]+\n$/)
    for (const word of words) expect(stderr).toMatch(word)
  })

  test('a missing file and too many arguments', async () => {
    expect((await cli(['explain', trace('no-such-file')])).code).toBe(2)
    expect((await cli(['explain', 'a', 'b'])).code).toBe(2)
  })
})

describe('param', () => {
  const param = async (...args: string[]) =>
    JSON.parse((await cli(['param', ...args, '--json'])).stdout)

  test('128 is 2 MiB with 8 CPUs and 256 KiB with 1', async () => {
    expect(await param('128', '--cpus', '8')).toMatchObject({
      pool: { bytes: 2 * 2 ** 20, areas: 8 },
    })
    expect(await param('128', '--cpus', '1')).toMatchObject({
      pool: { bytes: 256 * 2 ** 10, areas: 1 },
    })
  })

  test('512m is 512 slots, and force,swiotlb=512M is nothing', async () => {
    expect(await param('512m', '--cpus', '1')).toMatchObject({
      pool: { slots: 512, bytes: 2 ** 20 },
    })
    expect(await param('force,swiotlb=512M')).toMatchObject({
      bounce: null,
      values: [{ ignored: true }],
    })
  })

  test.each([
    ['4.4', '5.15'],
    ['6.1', '6.0'],
    ['6.8.0-45-generic', '6.12'],
    ['7.2', '6.12'],
    ['8.0', '7.3'],
  ])('any version has the rules of its family: %s', async (version, family) => {
    expect(await param('128', '--kernel', version)).toMatchObject({ kernel: family })
  })

  test('a command line, in one argument, in several, and from a pipe', async () => {
    const want = { askedSlots: 65536, bounce: 'force', kernel: '7.3', trackHiwater: true }
    const text = 'ro quiet swiotlb=65536,force,track_hiwater'
    expect(await param(text, '--kernel', '7.3')).toMatchObject(want)
    expect(await param(...text.split(' '), '--kernel', '7.3')).toMatchObject(want)
    const { stdout } = await cli(['param', '-', '--kernel', '7.3', '--json'], {
      input: `${text}\n`,
    })
    expect(JSON.parse(stdout)).toMatchObject(want)
  })

  test('the words', async () => {
    const { code, stdout } = await cli(['param', '512m', '--cpus', '1'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/"m" is dropped without a word/)
    expect(stdout).toMatch(/pool: 512 slots \(1 MiB\), 1 area/)
    const { stdout: cvm } = await cli(['param', '--memory', '16GiB', '--cpus', '8'])
    expect(cvm).toMatch(/pool of a confidential VM \(SEV, TDX\): 524288 slots \(1 GiB\), 8 areas/)
  })

  test.each([
    ['--kernel', 'six', /--kernel: expected a version of Linux, as 6\.8, not "six"/],
    ['--memory', '16', /--memory: expected a size/],
    ['--memory', '16GB', /--memory: expected a size/],
    ['--cpus', '0', /--cpus: expected a whole number from 1 to 8192/],
  ])('%s %s is refused', async (option, value, words) => {
    const { code, stdout, stderr } = await cli(['param', '128', option, value])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(words)
  })
})
