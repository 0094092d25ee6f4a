// Memory and threads that cannot be had, and results that cannot be built: each run rejects, and the
// process goes on.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const root = join(__dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'swiotlb-lab-failures-'))
const preload = join(scratch, 'failing.so')
const LIBRARY = JSON.stringify(join(root, 'dist/index.js'))

beforeAll(() => {
  const source = join(__dirname, 'failing/failing.c')
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-Wall', '-Werror', source, '-o', preload, '-ldl'])
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function failing(kind: 'memory' | 'thread', run: string) {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, 'failing/runs.mjs'), kind, run],
    { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: preload }, timeout: 120_000 },
  )
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
  return JSON.parse(stdout)[run] as Record<string, number>
}

const NO_MEMORY = 'ResourceError ENOMEM: this run needs more memory than could be had'
const NO_THREAD =
  'ResourceError EAGAIN: this run needs one more thread than this system lets it make'

/** How many allocations and threads of a run are tried at least. */
const runs: readonly (readonly [run: string, memory: number, threads: number])[] = [
  ['serial', 4, 1],
  ['serial, growing', 10, 1],
  ['threads', 8, 3],
  ['threads, growing', 12, 5],
  ['timed', 10, 3],
  ['timed, growing', 10, 4],
  ['virtual', 10, 1],
  ['replay', 6, 1],
  ['replay, growing', 8, 1],
  ['check', 10, 1],
  ['check, growing', 10, 1],
  ['calibrate', 10, 3],
]

describe.each(runs)('%s', (run, memory, threads) => {
  test('whichever allocation fails, it rejects and says so', () => {
    const outcomes = failing('memory', run)
    expect(outcomes).toEqual({ [NO_MEMORY]: expect.any(Number), 'unharmed: done': 1 })
    expect(outcomes[NO_MEMORY]).toBeGreaterThanOrEqual(memory)
  }, 150_000)

  test('whichever thread cannot be made, it rejects and says so', () => {
    const outcomes = failing('thread', run)
    expect(outcomes).toEqual({ [NO_THREAD]: expect.any(Number), 'unharmed: done': 1 })
    expect(outcomes[NO_THREAD]).toBeGreaterThanOrEqual(threads)
  }, 150_000)
})

/** Runs a module that says one line of JSON. */
function module(script: string): unknown {
  const args = ['--input-type=module', '-e', script]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

test('a result that cannot be built rejects with what was thrown', () => {
  // A setter on the prototype of all objects sees how the addon fills in its results.
  const said = module(`
    import { calibrate, check, liveRuns, runScenario } from ${LIBRARY}
    const options = { tracker: 'off', timing: false }
    const runs = {
      maps: () => runScenario({
        name: 'x', cpus: 1, steps: 100, pool: { slots: 128, areas: 1 },
        workload: { sizes: [{ bytes: 4096 }], inFlight: 1 },
      }, options),
      schedules: () => check('off', { seeds: 10 }),
      own: () => calibrate({ rounds: 2 }),
    }
    const said = []
    for (const [field, run] of Object.entries(runs)) {
      Object.defineProperty(Object.prototype, field, {
        configurable: true,
        set() { throw new RangeError('planted') },
      })
      said.push(await run().then(() => 'done', (error) => error.name + ': ' + error.message))
      delete Object.prototype[field]
    }
    for (let i = 0; i < 200 && liveRuns(); i++) await new Promise((go) => setTimeout(go, 10))
    console.log(JSON.stringify([...said, liveRuns()]))`)
  const planted = 'RangeError: planted'
  expect(said).toEqual([planted, planted, planted, 0])
})

test('a plan that is too large for what memory is left rejects', async () => {
  // Room for the operations on the JavaScript side, and not for the addon's copy of them.
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { readFileSync } from 'node:fs'
       import { addon, kindOf } from ${JSON.stringify(join(root, 'dist/native/addon.js'))}
       const operations = new ArrayBuffer(1 << 30)
       addon().trackers()
       const size = Number(/VmSize:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
       console.log(size * 1024)
       process.stdin.once('data', () => {
         const variant = { tracker: 0, layout: 0, enabled: true, batch: 0, tolerance: 0n, stretchNs: 0 }
         const pool = {
           nslabs: 128, nareas: 1, start: 0n, memOffset: 0, canGrow: false, growBase: 0n,
         }
         try {
           addon().start({
             ...{ kind: 'replay', pool, variant, operations, at: null, atFile: null, samplePeriodNs: 0 },
             ...{ operationsFile: null, placementsFile: null, sampleEvery: 0, trail: false, hashEvery: 0, course: false },
           }, () => undefined)
         } catch (error) {
           const { name, message } = kindOf(error)
           console.log(name + ': ' + message)
         }
         process.exit()
       })`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const bytes = /^(\d+)\n$/.exec(said)?.[1]
    if (bytes === undefined) return
    const limit = String(Number(bytes) + (256 << 20))
    execFileSync('prlimit', ['--pid', String(child.pid), `--as=${limit}`])
    child.stdin.write('go\n')
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, said: said.split('\n')[1] }).toEqual({
    code: 0,
    said: 'ResourceError: this run needs more memory than could be had',
  })
}, 30_000)

test('the command line says it in one line, and ends with 2', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), 'run', 'uniform', '--steps', '1000', '--no-timing'],
    { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: preload, LAB_FAIL_MEMORY: '1' } },
  )
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `swiotlb-lab: ${NO_MEMORY.replace('ResourceError ENOMEM: ', '')}\n`,
  })
})
