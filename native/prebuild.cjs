'use strict'
// Puts addons into prebuilds/, so that the package is installed without a compiler: for both
// processors, with both C libraries. Made on x86-64 with glibc; the others are linked from the
// objects that the C tests of that processor and C library are linked from.
//   prebuild.cjs [TARGET...]  makes them: all, or those that are named
//   prebuild.cjs --check      exits 1 when one is missing, or made of other sources than these
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const noteFile = path.join(root, 'prebuilds/sources.json')

const targets = {
  'x64-glibc': { strip: 'strip' },
  'x64-musl': { toolchain: 'musl', options: ['-DLAB_PLAIN_ONLY=ON'], strip: 'strip' },
  'arm64-glibc': { toolchain: 'arm64', strip: 'aarch64-linux-gnu-strip' },
  'arm64-musl': {
    toolchain: 'arm64-musl',
    before: ['sh', 'native/cross/musl-arm64.sh', 'build-arm64-musl/root'],
    strip: 'aarch64-linux-gnu-strip',
  },
}

function fail(message) {
  console.error(`prebuild.cjs: ${message}`)
  process.exit(1)
}

function run([command, ...args]) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error || status !== 0) fail(`${command}: ${error?.message ?? `ended with ${status}`}`)
}

/** node-gyp-build finds it there, and tells the C library from its name. */
function placeOf(target) {
  const [arch, libc] = target.split('-')
  return path.join(root, `prebuilds/linux-${arch}/swiotlb-lab.${libc}.node`)
}

/** Of everything that an addon is made of. */
function digest() {
  const hash = createHash('sha256')
  const files = fs
    .readdirSync(path.join(root, 'native'), { recursive: true })
    .filter((name) => !/^(instances|tests)(\/|$)/.test(name))
    .map((name) => path.join('native', name))
    .filter((name) => fs.statSync(path.join(root, name)).isFile())
  for (const name of [...files, 'binding.gyp', 'CMakeLists.txt'].sort()) {
    hash.update(`${name}\0`).update(fs.readFileSync(path.join(root, name)))
  }
  return hash.digest('hex')
}

const notes = () => (fs.existsSync(noteFile) ? JSON.parse(fs.readFileSync(noteFile, 'utf8')) : {})

function make(target) {
  const { toolchain, options = [], before, strip } = targets[target]
  let made = 'build/Release/swiotlb_lab.node'
  if (toolchain) {
    const folder = `build-${toolchain}`
    const file = `-DCMAKE_TOOLCHAIN_FILE=native/cross/${toolchain}.cmake`
    if (before) run(before)
    run(['cmake', '-S', '.', '-B', folder, file, '-DLAB_ADDON=ON', '-DLAB_WERROR=ON', ...options])
    run(['cmake', '--build', folder, '-j2', '--target', 'swiotlb_lab'])
    made = `${folder}/swiotlb_lab.node`
  } else {
    if (process.arch !== 'x64') fail(`made on x64, not on ${process.arch}`)
    run([process.execPath, 'native/build.cjs'])
  }
  const place = placeOf(target)
  fs.mkdirSync(path.dirname(place), { recursive: true })
  run([strip, '-o', place, made])
  fs.chmodSync(place, 0o755)
  fs.writeFileSync(noteFile, `${JSON.stringify({ ...notes(), [target]: digest() }, null, 2)}\n`)
  console.log(`${path.relative(root, place)}: ${fs.statSync(place).size} bytes`)
}

function check() {
  const now = digest()
  const known = notes()
  const missing = Object.keys(targets).filter((target) => !fs.existsSync(placeOf(target)))
  const stale = Object.keys(targets).filter(
    (target) => !missing.includes(target) && known[target] !== now,
  )
  if (missing.length > 0) fail(`not made: ${missing.join(', ')}; to make all: npm run prebuilds`)
  if (stale.length > 0) {
    fail(`made of other sources: ${stale.join(', ')}; to make all: npm run prebuilds`)
  }
}

const args = process.argv.slice(2)
const unknown = args.filter((arg) => !Object.hasOwn(targets, arg) && arg !== '--check')
if (unknown.length > 0 || (args.includes('--check') && args.length > 1)) {
  console.error(`prebuild.cjs: expected --check, or any of ${Object.keys(targets).join(', ')}`)
  process.exit(2)
}
if (args[0] === '--check') check()
else for (const target of args.length > 0 ? args : Object.keys(targets)) make(target)
