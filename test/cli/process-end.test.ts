// Ends that nobody plans for: signals, and an output that takes no more.

import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import {
  BUG,
  KEPT,
  says,
  standInCompiler,
  standInFirst,
  standInKernel,
  standInWork,
} from '../guest/stand-in.js'
import { alive, procFile, until } from '../processes.js'
import { scratchFolder } from '../scratch.js'
import { cli, MAIN, root } from './process.js'

const TRACE = join(root, 'captures/c-mixed-4cpu/trace.txt.gz')
const { folder: scratch } = scratchFolder()

const nameOf = (pid: string): string => procFile(pid, 'comm').trim()

const groupOf = (pid: string): number => Number(procFile(pid, 'stat').split(') ')[1]?.split(' ')[2])

const parentOf = (pid: string): number =>
  Number(procFile(pid, 'stat').split(') ')[1]?.split(' ')[1])

/** All processes that one has started, and those that they have. */
function descendants(pid: number): string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const below = (of: number): string[] =>
    all.filter((one) => parentOf(one) === of).flatMap((one) => [one, ...below(Number(one))])
  return below(pid)
}

/** Whether the command line listens. Node has handlers of its own for SIGINT and SIGTERM. */
function listens(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(procFile(pid, 'status'))?.[1] ?? '0'
  return (BigInt(`0x${caught}`) & 1n) !== 0n
}

interface Case {
  readonly args: readonly string[]
  /** Processes that it starts. */
  readonly helpers: boolean
  /** That which it waits for, where it starts others before. */
  readonly busy?: string
  /** It prints as it goes. */
  readonly said?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** A compiler that knows its version, and then never returns. */
function slowCompiler(): string {
  const path = join(scratch, 'slow-cc')
  writeFileSync(path, '#!/bin/sh\n[ "$1" = --version ] && echo slow && exit\nsleep 1000\n', {
    mode: 0o755,
  })
  return path
}

function emptyKernel(): string {
  const tree = join(scratch, 'linux')
  mkdirSync(join(tree, 'kernel/dma'), { recursive: true })
  mkdirSync(join(tree, 'include/linux'), { recursive: true })
  writeFileSync(
    join(tree, 'kernel/dma/swiotlb.c'),
    '/* CONFIG_DEBUG_FS */\nstruct io_tlb_area {\n};\n',
  )
  writeFileSync(join(tree, 'include/linux/swiotlb.h'), '')
  return tree
}

const OWN = 'examples/sum-on-map.h'

const HANGS = 'exec sleep 1000'

/** A boot with stand-ins, for all that it takes but the patch. */
const boot = (emulator: string, trackers: string) => ({
  args: [
    ...['boot', '--tracker', trackers, '--work', standInWork(scratch)],
    ...['--kernel-source', standInKernel(join(scratch, 'whole'))],
  ],
  env: { PATH: standInFirst(scratch, emulator) },
})

/** A pool's counters, to be watched. */
function counters(): string {
  const folder = join(scratch, 'swiotlb')
  mkdirSync(folder)
  const values = { nslabs: 1024, used: 10, used_hiwater: 20 }
  for (const [name, value] of Object.entries(values)) {
    writeFileSync(join(folder, `io_tlb_${name}`), `${value}\n`)
  }
  return folder
}

/** A log that takes long to read, to replay and to size. */
function longLog(): string {
  const path = join(scratch, 'long.log')
  const pair = (i: number): string => `m 0 ${i} 100000 2048 0 0\nu 0 ${i}\n`
  const all = Array.from({ length: 300_000 }, (_, i) => pair(i + 1))
  writeFileSync(path, `#! nslabs=1024 nareas=1 pool=40000000\n${all.join('')}`)
  return path
}

/** A guest that never comes to its end; its trace would go to a temporary folder. */
function hangingBoot(): Case {
  const { args, env } = boot(HANGS, 'reserve')
  return {
    args: [...args, '--capture', join(scratch, 'traces')],
    env,
    helpers: true,
    busy: 'sleep',
  }
}

const LONG = longLog()
const cases: readonly (readonly [string, Case])[] = [
  ['a measurement', { args: ['compare', '--rounds', '1000'], helpers: false }],
  ['a calibration', { args: ['calibrate', '--rounds', '100000'], helpers: false }],
  ['a search', { args: ['check', 'off', '--seeds', '1000000000'], helpers: false }],
  [
    'a search on a file',
    { args: ['check', OWN, '--seeds', '1000000000', '--wanted', 'above-pool'], helpers: true },
  ],
  [
    'a comparison with a file',
    { args: ['compare', 'uniform', '--tracker', OWN, '--steps', '100000000'], helpers: true },
  ],
  ['a replay', { args: ['replay', LONG], helpers: false }],
  ['a replay in virtual time', { args: ['replay', LONG, '--engine', 'virtual'], helpers: false }],
  ['a sizing', { args: ['size', LONG, '--orders', '1000'], helpers: false }],
  ['a trace that never ends', { args: ['replay', '-'], helpers: false }],
  [
    'a watch',
    {
      args: ['watch', '--folder', counters(), '--count', '9999', '--period', '1h'],
      helpers: false,
      said: true,
    },
  ],
  [
    'a compilation',
    {
      args: ['verify', '--kernel-source', emptyKernel()],
      helpers: true,
      env: { CC: slowCompiler() },
    },
  ],
  ['a boot', hangingBoot()],
]

let folders = 0

/** Starts one, waits until it is at work, and has `signals` sent to it. */
async function ended({ args, helpers, busy, env, said }: Case, signals: readonly NodeJS.Signals[]) {
  const temporary = join(scratch, String(folders++))
  mkdirSync(temporary)
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], {
    cwd: root,
    env: { ...process.env, ...env, TMPDIR: temporary },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const pid = child.pid as number
  const end = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  )
  try {
    await until('at work', () => {
      if (!listens(pid)) return false
      if (!helpers) return true
      const started = descendants(pid)
      const works = busy === undefined || started.some((one) => nameOf(one) === busy)
      return works && started.length > 0 && readdirSync(temporary).length > 0
    })
    await delay(100)
    const started = descendants(pid)
    for (const signal of signals) child.kill(signal)
    const code = await end
    await until('the end of what it started', () => !started.some(alive))
    return {
      code,
      stdout: said ? '' : stdout,
      stderr,
      started: started.length > 0,
      left: readdirSync(temporary),
    }
  } finally {
    child.kill('SIGKILL')
  }
}

const words = {
  SIGHUP: [129, 'hung up'],
  SIGINT: [130, 'interrupted'],
  SIGTERM: [143, 'terminated'],
}

describe.each(cases)('%s', (_, one) => {
  test.each(Object.entries(words))(
    '%s ends it, and what it started and made',
    async (signal, [code, word]) => {
      const result = await ended(one, [signal as NodeJS.Signals])
      expect(result).toEqual({
        code,
        stdout: '',
        stderr: `swiotlb-lab: ${word}\n`,
        started: one.helpers,
        left: [],
      })
    },
    60_000,
  )

  test('two signals end it at once, and leave nothing either', async () => {
    const { code, left } = await ended(one, ['SIGTERM', 'SIGTERM'])
    // The second may come when all is done and nobody listens any more: to a shell it is the same.
    expect([143, 'SIGTERM']).toContain(code)
    expect(left).toEqual([])
  }, 60_000)
})

describe('what there is so far is shown', () => {
  /** Interrupted as soon as its stderr, on a terminal, tells of this. */
  async function interrupted(
    args: readonly string[],
    at: RegExp,
    env: Readonly<Record<string, string>> = {},
  ) {
    const typed = ['node', MAIN, ...args].join(' ')
    const out = join(scratch, `so-far-${folders++}`)
    const child = spawn('script', ['-qefc', `exec ${typed} > ${out}`, '/dev/null'], {
      cwd: root,
      env: { ...process.env, ...env, TERM: 'xterm' },
    })
    let stderr = ''
    child.stdout.on('data', (text: Buffer) => {
      stderr += text.toString()
    })
    const end = new Promise<number | null>((resolve) => child.on('close', resolve))
    try {
      await until(`${at}`, () => at.test(stderr))
      // As a terminal does it: to the whole group of the program.
      const [lab = ''] = descendants(child.pid as number)
      process.kill(-groupOf(lab), 'SIGINT')
      return { code: await end, stdout: readFileSync(out, 'utf8'), stderr }
    } finally {
      child.kill('SIGKILL')
    }
  }

  const SWEEP = ['compare', 'uniform', '--engine', 'virtual', '--no-copy', '--steps', '5000']
  const SERIES = [...SWEEP, '--sweep', 'cpus=1,2,1024', '--trackers', 'off,reserve']

  test('of a series, the steps that were done', async () => {
    const { code, stdout, stderr } = await interrupted(SERIES, /1024 CPUs/)
    expect(code).toBe(130)
    expect(stderr).toMatch(/swiotlb-lab: interrupted\r\n$/)
    expect(stdout).toMatch(/^ +2 +.*areas/m)
    expect(stdout.trimEnd()).toMatch(
      /This is not all: 1 of 3 steps is missing, because it was interrupted\.$/,
    )
  }, 60_000)

  test('as a document too, which says what is missing', async () => {
    const { code, stdout } = await interrupted([...SERIES, '--json'], /1024 CPUs/)
    expect(code).toBe(130)
    const { steps, missing } = JSON.parse(stdout)
    expect(steps.map(({ value }: { value: number }) => value)).toEqual([1, 2])
    expect(missing).toEqual([1024])
  }, 60_000)

  test.each([
    ['replay', /reading .*long\.log/, '1 of 2 traces is'],
    ['devices', /reading .*long\.log/, '1 of 2 traces is'],
    ['size', /long\.log: /, '2 of 3 sizings are'],
  ])(
    'of several traces, those that are done: %s',
    async (verb, at, missing) => {
      const { code, stdout } = await interrupted([verb, 'examples/reset-live.log', LONG], at)
      expect(code).toBe(130)
      expect(stdout).toContain('reset-live.log')
      expect(stdout.trimEnd()).toMatch(
        new RegExp(`This is not all: ${missing} missing, because it was interrupted\\.$`),
      )
    },
    60_000,
  )

  /** The first time of all it does one thing, and then another. */
  const once = (first: string, then: string): string =>
    `mkdir ${join(scratch, `once-${folders++}`)} 2>/dev/null && { ${first}; exit; }; ${then}`

  test.each([
    ['text', [], 'This is not all: 1 of 2 logs is missing, because it was interrupted.\n'],
    ['JSON', ['--json'], '"missing": {\n    "logs": 1,\n    "of": 2\n  }'],
  ])(
    'of a comparison with a kernel, the logs that were compared: %s',
    async (_, json, words) => {
      const CC = standInCompiler(join(scratch, 'stand-in-cc'), once(BUG, HANGS))
      const args = [
        '--kernel-source',
        standInKernel(join(scratch, 'whole')),
        '--variants',
        'static',
      ]
      const { code, stdout } = await interrupted(
        ['verify', ...args, '--profiles', 'mixed,network', '--operations', '100', ...json],
        /50 % .*static, /,
        { CC },
      )
      expect(code).toBe(130)
      expect(stdout).toContain('came to a BUG')
      expect(stdout).toContain(words)
    },
    60_000,
  )

  test('of booted trackers, those that have been', async () => {
    const { args, env } = boot(once(says(KEPT), HANGS), 'reserve,per-area')
    const { code, stdout } = await interrupted(args, /per-area boots/, env)
    expect(code).toBe(130)
    expect(stdout).toMatch(/^reserve .* kept/m)
    expect(stdout.trimEnd()).toMatch(/1 of 2 trackers is missing, because it was interrupted\.$/)
  }, 60_000)

  test('of booted trackers whose traces are replayed, those that have been', async () => {
    const said = KEPT.replace('LAB done', 'LAB capture bytes=9\nLAB done')
    const { args, env } = boot(says(said), 'reserve,per-area')
    const [programs = ''] = env.PATH.split(delimiter)
    const capture = once('cp examples/reset-live.log "$4"', `cp ${LONG} "$4"`)
    writeFileSync(join(programs, 'tar'), `#!/bin/sh\n${capture}\n`, { mode: 0o755 })
    const captures = join(scratch, `captures-${folders++}`)
    const all = [...args, '--capture', captures, '--json']
    const { code, stdout } = await interrupted(all, /reading .*per-area/, env)
    expect(code).toBe(130)
    const { rows, replayed, missing } = JSON.parse(stdout)
    const names = (list: readonly { readonly tracker: string }[]) => list.map((one) => one.tracker)
    expect(names(rows)).toEqual(['reserve', 'per-area'])
    expect(names(replayed)).toEqual(['reserve'])
    expect(missing).toEqual(['per-area'])
  }, 60_000)

  test('of a search, how far it came, and how it goes on', async () => {
    const args = ['check', 'off', '--seeds', '1000000000', '--seed', '5']
    const { code, stdout } = await interrupted(args, /schedules\/s/)
    expect(code).toBe(130)
    const [, tried = ''] =
      /nothing was found in the first (\d+) schedules, from seed 5/.exec(stdout) ?? []
    const rest = `--seed ${5 + Number(tried)} --seeds ${1e9 - Number(tried)}`
    expect(stdout).toContain(`check off ${rest}`)
  }, 60_000)
})

describe('an output that takes no more', () => {
  /** With stdout on a device that is always full. */
  function full(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
    const fd = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: root,
      stdio: ['ignore', fd, 'pipe'],
    })
    closeSync(fd)
    let stderr = ''
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text.toString()
    })
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })))
  }

  test.each([
    ['help', ['--help']],
    ['JSON', ['list', '--json']],
    ['placements', ['replay', TRACE, '--placements']],
    ['placements as JSON', ['replay', TRACE, '--placements', '--json']],
  ])('%s: one line, and 3', async (_, args) => {
    expect(await full(args)).toEqual({
      code: 3,
      stderr: 'swiotlb-lab: cannot write the output: no space left on device\n',
    })
  })

  test.each([
    ['calibrate', ['calibrate', '--rounds', '3']],
    ['check', ['check', 'global-atomic', '--wanted', 'above-pool']],
  ])('a file of %s: one line that names it, and 3', async (_, args) => {
    const { code, stderr } = await cli([...args, '--out', '/dev/full'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^swiotlb-lab: --out: \/dev\/full cannot be written \(ENOSPC\).*\n$/)
  })

  test('a device that fills up in the middle loses nothing without a word', async () => {
    // The limit of a file's size cuts the first write short.
    const { code, stderr } = await limited(['list', '--json'])
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'swiotlb-lab: cannot write the output: file too large\n',
    })
  })

  test('so does a temporary file', async () => {
    const { code, stderr } = await limited(['replay', TRACE, '--placements'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^swiotlb-lab: .*temporary file.*\n$/)
  })

  test.each([
    ['placements', ['replay', TRACE, '--placements']],
    ['a tracker file', ['check', OWN, '--seeds', '10']],
  ])('%s without a folder for temporary files: one line that names it, and 3', async (_, args) => {
    const { code, stderr } = await cli(args, { env: { TMPDIR: '/not-there' } })
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^swiotlb-lab: cannot write a temporary file in \/not-there \(ENOENT\).*\n$/,
    )
  })

  /** What comes of a run whose files may have 512 bytes each. */
  async function limited(args: readonly string[]) {
    const out = join(scratch, 'limited')
    const script = `ulimit -f 1; exec "$0" "$@" > ${out}`
    const child = spawn('sh', ['-c', script, process.execPath, MAIN, ...args], { cwd: root })
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString()
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(existsSync(out)).toBe(true)
    return { code, stderr }
  }
})
