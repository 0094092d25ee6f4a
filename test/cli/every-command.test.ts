// Every command that there is, in circumstances that none of them may mind: a terminal of 40 columns, a
// locale with a decimal comma, an output that is full, and one that nobody reads.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  BUG,
  KEPT,
  says,
  standInCompiler,
  standInFirst,
  standInKernel,
  standInWork,
} from '../guest/stand-in.js'
import { scratchFolder } from '../scratch.js'
import { cli, commandNames, MAIN } from './process.js'

jest.setTimeout(60_000)

const root = join(__dirname, '../..')
const { folder: scratch, file } = scratchFolder()
const COLUMNS = 40
const LOG = 'examples/reset-live.log'
const few = ['--steps', '500', '--no-timing']

interface Row {
  /** Behind the command's name. `folder` is new, and there. */
  readonly args?: (folder: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What it ends with; 0 without. */
  readonly code?: number
  /** What comes out is different each time, as times are. */
  readonly varies?: boolean
  /** What comes out is for a program, and is not fitted. */
  readonly raw?: boolean
  /** It is interrupted once it has begun: it has nothing small to do. */
  readonly interrupted?: boolean
}

const kernel = standInKernel(join(scratch, 'linux'))
const guest = (folder: string) => {
  const work = standInWork(folder)
  return ['--tracker', 'reserve', '--kernel-source', kernel, '--work', work]
}
const PATH = standInFirst(scratch, says(KEPT))

/** A compiler of programs that end as a kernel does which is at fault. */
const CC = standInCompiler(join(scratch, 'cc'), BUG)

const counters = join(scratch, 'swiotlb')
mkdirSync(counters)
for (const [name, value] of Object.entries({ nslabs: 1024, used: 10, used_hiwater: 20 })) {
  writeFileSync(join(counters, `io_tlb_${name}`), `${value}\n`)
}
const dmesg = file(
  'dmesg',
  'software IO TLB: mapped [mem 0x0000000034fc9000-0x0000000038fc9000] (64MB)\n' +
    'nvme 0000:00:04.0: swiotlb buffer is full (sz: 65536 bytes), total 32768 (slots), used 32001 (slots)\n',
)

/** The least that each has to do. A command that is not here is run without arguments, and ends with 0. */
const rows: Readonly<Record<string, Row>> = {
  boot: { args: guest, env: { PATH }, varies: true },
  calibrate: { args: () => ['--rounds', '1'], varies: true },
  capture: { raw: true },
  check: { args: () => ['reserve', '--seeds', '2'] },
  compare: { args: () => ['uniform', '--trackers', 'off,per-area,reserve', ...few] },
  completion: { args: () => ['bash'], raw: true },
  demo: { code: 130, interrupted: true },
  devices: { args: () => [LOG] },
  explain: { args: () => [dmesg] },
  'export-selftest': { args: (folder) => [join(folder, 'made')], varies: true },
  instructions: { args: guest, env: { PATH }, code: 1, varies: true },
  merge: { args: () => [join(scratch, 'shard.jsonl')] },
  param: { args: () => ['64MiB'] },
  patch: { args: () => ['--tracker', 'reserve', '--kernel-source', kernel] },
  replay: { args: () => [LOG] },
  report: {
    args: (folder) => [join(scratch, 'list.json'), '--out', join(folder, 'page.html')],
    varies: true,
  },
  run: { args: () => ['uniform', '--tracker', 'reserve', ...few] },
  size: { args: () => [LOG, '--orders', '0'] },
  verify: {
    args: (folder) => [
      ...['--kernel-source', kernel, '--variants', 'static', '--profiles', 'mixed'],
      ...['--operations', '100', '--out', join(folder, 'log')],
    ],
    env: { CC },
    code: 1,
    varies: true,
  },
  watch: { args: () => ['--folder', counters, '--count', '1'], varies: true, raw: true },
}

const rowOf = (name: string): Row => rows[name] ?? {}
const argsOf = (name: string): readonly string[] => [
  name,
  ...(rowOf(name).args?.(mkdtempSync(join(scratch, `${name}-`))) ?? []),
]

const { stdout: help } = spawnSync('node', [MAIN, '--help'], { encoding: 'utf8' })
const names = commandNames(help)

test('the table has no command that is none, and the list is the whole one', () => {
  expect(names.length).toBeGreaterThan(20)
  expect(Object.keys(rows).filter((name) => !names.includes(name))).toEqual([])
})

/**
 * All commands one after another in one process, as the program runs each. Notes where each output ends,
 * in the files that stdout and stderr are.
 */
const DRIVER = `
import { fstatSync, writeFileSync } from 'node:fs'
import { runCli } from './dist/cli/program.js'
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)
const [, , out, all] = process.argv
const ends = []
for (const { args, env, interrupted } of JSON.parse(all)) {
  const before = { ...process.env }
  Object.assign(process.env, env)
  const run = runCli(args)
  const interrupt = interrupted && setImmediate(() => process.emit('SIGINT', 'SIGINT'))
  const code = await run
  clearImmediate(interrupt)
  process.env = before
  ends.push({ code, stdout: fstatSync(1).size, stderr: fstatSync(2).size })
}
const comma = (1.5).toLocaleString() === '1,5'
writeFileSync(out, JSON.stringify({ comma, ends }))
`

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let runs = 0

interface Job extends Pick<Row, 'env' | 'interrupted'> {
  readonly name: string
  readonly args: readonly string[]
}

/** All commands, and their help. */
const everything = (): Job[] =>
  names.flatMap((name) => [
    { ...rowOf(name), name, args: argsOf(name) },
    { name: `${name} --help`, args: [name, '--help'] },
  ])

/** What came of each. */
function all(jobs: readonly Job[], env: Readonly<Record<string, string>>, stdoutFile?: string) {
  const at = (what: string): string => join(scratch, `${what}-${runs}`)
  runs++
  const [out, err, told] = [stdoutFile ?? at('stdout'), at('stderr'), at('told')]
  const fds = [openSync(out, 'w'), openSync(err, 'w')]
  const { status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', DRIVER, 'dist/cli/main.js', told, JSON.stringify(jobs)],
    {
      cwd: root,
      env: { ...process.env, COLUMNS: `${COLUMNS}`, ...env },
      stdio: ['ignore', ...fds],
      timeout: 50_000,
    },
  )
  for (const fd of fds) closeSync(fd)
  const stderr = readFileSync(err)
  expect([status, stderr.toString().match(/\n +at .*/)]).toEqual([0, null])
  const stdout = stdoutFile === undefined ? readFileSync(out) : Buffer.alloc(0)
  const { comma, ends } = JSON.parse(readFileSync(told, 'utf8'))
  const before = { stdout: 0, stderr: 0 }
  const ended = new Map<string, Ended>()
  for (const [i, { name }] of jobs.entries()) {
    const end = ends[i]
    ended.set(name, {
      code: end.code,
      stdout: stdout.toString('utf8', before.stdout, end.stdout),
      stderr: stderr.toString('utf8', before.stderr, end.stderr),
    })
    Object.assign(before, end)
  }
  return { comma, of: (name: string): Ended => ended.get(name) as Ended }
}

/** Lines that do not fit, but for those to be typed, those of a file, and words that are too long alone. */
const tooWide = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => [...line].length > COLUMNS)
    .filter((line) => !/^(?:next, |To build and run it: | {2}#! )/.test(line))
    .filter((line) => /\S\s+\S/.test(line.trim()))

let plain: ReturnType<typeof all>

beforeAll(async () => {
  writeFileSync(
    join(scratch, 'list.json'),
    (await cli(['size', LOG, '--orders', '0', '--json'])).stdout,
  )
  const shard = await cli(['check', 'off', '--seeds', '2', '--shard', '1/1'])
  writeFileSync(join(scratch, 'shard.jsonl'), shard.stdout)
  plain = all(everything(), { LC_ALL: 'C' })
})

describe('in 40 columns', () => {
  test.each(names)('%s', (name) => {
    const { code = 0, raw, interrupted } = rowOf(name)
    const ended = plain.of(name)
    expect(ended.stderr).toBe(interrupted ? 'swiotlb-lab: interrupted\n' : '')
    expect(ended.code).toBe(code)
    expect(ended.stdout).not.toBe('')
    if (!raw) expect(tooWide(ended.stdout)).toEqual([])
  })

  test.each(names)('%s --help', (name) => {
    const { code, stdout } = plain.of(`${name} --help`)
    expect(code).toBe(0)
    const [text = ''] = stdout.split(/^Examples?:$/m)
    expect(tooWide(text)).toEqual([])
  })
})

describe('where numbers have a decimal comma', () => {
  let german: ReturnType<typeof all>

  beforeAll(() => {
    german = all(everything(), {
      LC_ALL: 'de_DE.UTF-8',
      LC_NUMERIC: 'de_DE.UTF-8',
      LANG: 'de_DE.UTF-8',
    })
  })

  test('this process writes one, where nobody sees to it', () => {
    expect([plain.comma, german.comma]).toEqual([false, true])
  })

  test.each(names)('%s', (name) => {
    const { code, stdout, stderr } = german.of(name)
    if (!rowOf(name).varies) {
      expect(german.of(name)).toEqual(plain.of(name))
      return
    }
    const { stdout: _, ...same } = plain.of(name)
    expect({ code, stderr }).toEqual(same)
    // 1,5; not 1,500 and no list.
    expect(stdout).not.toMatch(/(?<![\d,])\d+,\d{1,2}(?![\d,])/)
  })
})

describe('with an output that is full', () => {
  let full: ReturnType<typeof all>

  beforeAll(() => {
    full = all(everything(), {}, '/dev/full')
  })

  test.each(names)('%s: one line, and 3', (name) => {
    expect(full.of(name)).toEqual({
      code: 3,
      stdout: '',
      stderr: 'swiotlb-lab: cannot write the output: no space left on device\n',
    })
  })
})

describe('with an output that nobody reads', () => {
  test.each(names)('%s: not a word', async (name) => {
    const { code, stderr } = await cli(argsOf(name), { deaf: true, env: rowOf(name).env ?? {} })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

test('what is to be written where nothing can be: named, and no work done, by every option', () => {
  // Where no file can be, and no folder.
  const places = ['/proc/no/such/place', join(dmesg, 'place')]
  const option = /^ {2}(?:-\w, )?(--(?:out|trace-out|openmetrics|work|capture)) </gm
  const engine = ['--engine', 'virtual']
  const optionsOf = (name: string): string[] =>
    [...plain.of(`${name} --help`).stdout.matchAll(option)].map(([, its = '']) => its)
  const outputs = names.flatMap((name) =>
    optionsOf(name).flatMap((its) =>
      places.map((place): Job => {
        // Only there is something to be traced.
        const traced = its === '--trace-out' && name !== 'replay' ? engine : []
        return {
          ...rowOf(name),
          name: `${name} ${its} ${place}`,
          args: [...argsOf(name), ...traced, its, place],
        }
      }),
    ),
  )
  const folders = places.map((place): Job => {
    return { name: `export-selftest folder ${place}`, args: ['export-selftest', place] }
  })
  expect(outputs.length).toBeGreaterThan(24)
  const ended = all([...outputs, ...folders], {})
  for (const { name } of [...outputs, ...folders]) {
    const { code, stdout, stderr } = ended.of(name)
    const [, its = '', place] = name.split(' ')
    expect([name, code, stdout]).toEqual([name, 3, ''])
    const named = its === 'folder' ? '' : `${its}: `
    expect(stderr).toMatch(
      new RegExp(`^swiotlb-lab: ${named}${place} cannot be (?:written|made) .*\\n$`),
    )
  }
})
