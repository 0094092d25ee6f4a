// check.mjs [--short] [MODEL...]: runs the models, all without a name: every configuration is searched to
// its end and must hold, and with one guard taken out it must fail. --short leaves out the configurations
// that take longest, and names them. Needs spin and gcc; without them it exits with 77 and says why.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as epochs from './epochs.mjs'
import * as reserve from './reserve.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const models = { reserve, epochs }
const SKIPPED = 77
/** Stands behind the flags of a configuration that --short leaves out. */
const LONG = 'long'
/* Two are searched side by side; each takes about a minute on an idle machine. */
const LIMIT_SECONDS = 480
const LIMIT_MIB = 2000
const DEEPEST = 6_000_000

function missingTool() {
  return ['spin', 'gcc'].find((tool) => spawnSync(tool, ['--version']).error !== undefined)
}

/** Ends what runs, so that its folder goes, too. */
const ended = new AbortController()
for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
  process.once(name, () => {
    process.exitCode = 128 + constants.signals[name]
    ended.abort()
  })
}

/**
 * What a program printed, in a group of its own: compilers start others, which end with it. Throws
 * what it printed where it failed, and when the time is up.
 */
async function run(program, args, cwd) {
  ended.signal.throwIfAborted()
  // Compilers leave files there where they are ended.
  const env = { ...process.env, TMPDIR: cwd }
  const stdio = ['ignore', 'pipe', 'pipe']
  const child = spawn(program, args, { cwd, env, stdio, detached: true })
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Nobody is left.
    }
  }
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    end()
  }, LIMIT_SECONDS * 1000)
  ended.signal.addEventListener('abort', end)
  try {
    const [code, signal] = await once(child, 'close')
    if (late) throw new Error(`no end after ${LIMIT_SECONDS} s`)
    if (code !== 0) throw new Error(output || `${program} ended with ${code ?? signal}`)
    return output
  } finally {
    clearTimeout(timer)
    ended.signal.removeEventListener('abort', end)
  }
}

/** Searches one configuration: what the verifier printed, or why there is nothing. */
async function search(model, flags) {
  const defines = flags.split(' ').filter(Boolean)
  let cwd
  try {
    cwd = mkdtempSync(join(tmpdir(), 'swiotlb-lab-model-'))
    const source = join(HERE, model)
    await run('spin', [...defines.map((flag) => `-D${flag}`), '-a', source], cwd)
    const options = ['-O2', '-w', '-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${LIMIT_MIB}`]
    await run('gcc', [...options, '-o', 'pan', 'pan.c'], cwd)
    const started = performance.now()
    // It exits with 0 whatever it finds.
    const output = await run(join(cwd, 'pan'), [`-m${DEEPEST}`, '-w22'], cwd)
    return { output, seconds: (performance.now() - started) / 1000 }
  } catch (error) {
    return { failure: error.message, output: '' }
  } finally {
    if (cwd) rmSync(cwd, { recursive: true, force: true })
  }
}

const figure = (output, pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN)

/** The size of the state space, as the verifier counted it. */
function sizeOf({ output, seconds }) {
  const states = figure(output, /([\d.e+]+) states, stored/)
  const transitions = figure(output, /([\d.e+]+) transitions/)
  const depth = figure(output, /depth reached (\d+)/)
  const mib = figure(output, /([\d.e+]+)\s+total actual memory usage/)
  return `${states} states, ${transitions} transitions, depth ${depth}; ${mib} MiB, ${seconds.toFixed(1)} s`
}

/** Null, or why this is no proof. */
function faultOf({ failure, output }) {
  if (failure) return failure
  const violated = /pan:\d+: (.*)/.exec(output)
  if (violated) return violated[1]
  if (/Search not completed|max search depth too small|out of memory/.test(output)) {
    return 'the search did not come to its end'
  }
  return /errors: 0\b/.test(output) ? null : `the verifier gave no answer: ${output}`
}

const given = process.argv.slice(2)
const short = given[0] === '--short'
if (short) given.shift()
const names = given.length > 0 ? given : Object.keys(models)
const unknown = names.find((name) => !Object.hasOwn(models, name))
if (unknown !== undefined) {
  console.error(
    `check.mjs: ${unknown}: expected --short in front, and ${Object.keys(models).join(' or ')}`,
  )
  process.exit(2)
}
const missing = missingTool()
if (missing) {
  console.log(`skipped: ${missing} is not installed`)
  process.exit(SKIPPED)
}

const work = names.flatMap((name) => {
  const { model, configurations, guards } = models[name]
  const isLeft = ([, , length]) => short && length === LONG
  for (const [what] of configurations.filter(isLeft)) console.log(`left out  ${name}: ${what}`)
  const searched = configurations.filter((one) => !isLeft(one))
  return [
    ...searched.map(([what, flags]) => async () => {
      const result = await search(model, flags)
      const fault = faultOf(result)
      return [fault === null, `${name}: ${what} (${flags || 'as it is'})`, fault ?? sizeOf(result)]
    }),
    ...guards.map(([guard, flags, breaks, meaning]) => async () => {
      const result = await search(model, `${guard} ${flags}`)
      const found = /pan:\d+: (.*)/.exec(result.output)?.[1]
      const words = found ? `found: ${found}` : (result.failure ?? 'the model still holds')
      return [breaks.test(result.output), `${name}: ${guard}, ${meaning}`, words]
    }),
  ]
})

const all = work.length
let done = 0
let failed = 0
async function worker() {
  for (let next = work.shift(); next && !ended.signal.aborted; next = work.shift()) {
    const [good, what, words] = await next()
    if (ended.signal.aborted) return
    done++
    if (!good) failed++
    console.log(`${good ? 'ok    ' : 'FAILED'}  ${done} of ${all}  ${what}: ${words}`)
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
if (!ended.signal.aborted) process.exit(failed === 0 ? 0 : 1)
