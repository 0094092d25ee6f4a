/**
 * Before and after npm packs:
 *   packed.mjs --begin  builds, bundles, and puts what is packed in place of the checkout's own
 *   packed.mjs --end    puts the checkout's own back
 *
 * Without the compiled addons of these sources it does not begin, but for WITHOUT_PREBUILDS.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { bundle } from './bundle.mjs'
import { enter, leave } from './checkout.mjs'

const root = path.join(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const bundled = path.join(root, 'build/bundle')

function run(script) {
  const { status } = spawnSync('npm', ['run', script], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`npm run ${script} ended with ${status}`)
}

/** Set to 1, what there is of the addons is packed: who installs that may need a compiler. */
const WITHOUT_PREBUILDS = 'SWIOTLB_LAB_WITHOUT_PREBUILDS'

function checkPrebuilds() {
  if (process.env[WITHOUT_PREBUILDS] === '1') return
  const args = ['native/prebuild.cjs', '--check']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status === 0) return
  const why = stderr.trim().replace(/^prebuild\.cjs: /, '')
  throw new Error(
    `the package would lack addons, ${why} (${WITHOUT_PREBUILDS}=1 packs without them)`,
  )
}

async function begin() {
  leave(root)
  checkPrebuilds()
  // Of a file that lib/ has no more, nothing is packed.
  fs.rmSync(dist, { recursive: true, force: true })
  run('prepare')
  fs.rmSync(bundled, { recursive: true, force: true })
  await bundle(dist, bundled)
  enter(root, bundled)
}

const steps = { '--begin': begin, '--end': () => leave(root) }
const step = steps[process.argv[2]]
if (step === undefined) {
  console.error('packed.mjs: expected --begin or --end')
  process.exitCode = 2
} else {
  try {
    await step()
  } catch (error) {
    console.error(`packed.mjs: ${error.message}`)
    process.exitCode = 1
  }
}
