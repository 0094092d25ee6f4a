/**
 * Before and after npm packs:
 *   packed.mjs --begin  builds, bundles, and puts what is packed in place of the checkout's own
 *   packed.mjs --end    puts the checkout's own back
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

async function begin() {
  leave(root)
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
