'use strict'
// The one list of C sources of both builds (gyp and CMake). The allocator is compiled twice
// per tracker of trackers/list.h, plain and instrumented: this writes those files and prints
// the whole list, one path a line, relative to the package. So is `off`, once more for each
// size that a tracker's areas have: a tracker is measured against the one of its size. The
// sizes are the compiler's (CC, or cc).
//   (no argument)  writes native/instances/, prints the list
//   --types        writes lib/data/trackers.generated.ts
//   --check        exits 1 when lib/data/trackers.generated.ts is not what --types would write
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const listFile = 'native/trackers/list.h'
const typesFile = 'lib/data/trackers.generated.ts'

function fail(message) {
  console.error(`sources.cjs: ${message}`)
  process.exit(1)
}

function read(file) {
  try {
    return fs.readFileSync(path.join(root, file), 'utf8')
  } catch (error) {
    return fail(`cannot read ${file}: ${error.message}`)
  }
}

// Nothing that is already right is touched, so that make compiles nothing again; a reader
// never sees half a file.
function write(file, text) {
  const full = path.join(root, file)
  if (fs.existsSync(full) && fs.readFileSync(full, 'utf8') === text) return
  const half = `${full}.${process.pid}`
  fs.writeFileSync(half, text)
  fs.renameSync(half, full)
}

/** The entries of list.h: {id, name, promise, description, byName}, in its order. */
function readTrackers() {
  const text = read(listFile)
  const skip = /(?:\s+|\/\*[\s\S]*?\*\/|\/\/.*|^#(?:.*\\\n)*.*)*/my
  const entry =
    /TRACKER(_BY_NAME)?\(\s*(\w+)\s*,\s*"([^"\\]*)"\s*,\s*"([^"\\]*)"\s*,\s*((?:"(?:[^"\\\n]|\\["\\])*"\s*)+)\)/y
  const trackers = []
  for (let at = 0; ; ) {
    skip.lastIndex = at
    skip.exec(text)
    at = skip.lastIndex
    if (at === text.length) break
    entry.lastIndex = at
    const found = entry.exec(text)
    if (!found) {
      const line = text.slice(0, at).split('\n').length
      fail(`${listFile}:${line}: expected TRACKER(id, "name", "promise", "description")`)
    }
    const [, onlyByName, id, name, promise, literals] = found
    const description = [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
      .map((part) => part[1].replace(/\\(.)/g, '$1'))
      .join('')
    if (trackers.some((other) => other.id === id || other.name === name)) {
      fail(`${listFile}: tracker ${id} ("${name}") is there twice`)
    }
    trackers.push({ id, name, promise, description, byName: onlyByName !== undefined })
    at = entry.lastIndex
  }
  if (trackers.length === 0) fail(`${listFile} names no tracker`)
  return trackers
}

/** sizeof(struct io_tlb_area) with a tracker's words in it, from the compiler. */
function areaBytes({ id }) {
  const compiler = process.env.CC || 'cc'
  const input =
    `#include "trackers/${id}.h"\n#include "swiotlb/types.h"\n` +
    'char area_bytes[sizeof(struct io_tlb_area)];\n'
  const flags = read('native/cflags').split('\n').filter(Boolean)
  const args = [...flags, '-D_GNU_SOURCE', '-Inative', '-x', 'c', '-S', '-o', '-', '-']
  // CC may be words: `ccache gcc`.
  const { error, status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `${compiler} "$@"`, 'sh', ...args],
    { cwd: root, input, encoding: 'utf8' },
  )
  if (error || status !== 0) {
    fail(`cannot ask ${compiler} for the size of ${id}'s areas: ${error?.message ?? stderr.trim()}`)
  }
  const bytes = Number(/\.size\s+area_bytes,\s*(\d+)/.exec(stdout)?.[1])
  if (!Number.isInteger(bytes)) fail(`${compiler} does not tell the size of ${id}'s areas`)
  return bytes
}

/** `off` with as many more words as make its areas as large as some tracker's. */
function baselines(trackers) {
  const off = trackers.find(({ id }) => id === 'off')
  if (!off) fail(`${listFile} has no off, which all others are measured against`)
  const plain = areaBytes(off)
  const sizes = new Set(trackers.map(areaBytes).filter((bytes) => bytes !== plain))
  return [...sizes]
    .sort((a, b) => a - b)
    .map((bytes) => ({ id: `off_${bytes}`, words: (bytes - plain) / 8 }))
}

function instance(id, file, defines) {
  return (
    '/* generated from trackers/list.h */\n' +
    defines.map((define) => `#define ${define}\n`).join('') +
    `#define TRACKER_ID ${id}\n#include "trackers/${file}.h"\n#include "swiotlb/instance.h"\n`
  )
}

function writeInstances(trackers) {
  const folder = 'native/instances'
  fs.mkdirSync(path.join(root, folder), { recursive: true })
  const larger = baselines(trackers)
  const allocators = [
    ...trackers.map(({ id }) => ({ id, file: id, defines: [] })),
    ...larger.map(({ id, words }) => ({ id, file: 'off', defines: [`OFF_AREA_WORDS ${words}`] })),
  ]
  const files = new Map(
    allocators.flatMap(({ id, file, defines }) => [
      [`${id}.c`, instance(id, file, defines)],
      [`${id}_instrumented.c`, instance(id, file, ['LAB_INSTRUMENTED 1', ...defines])],
    ]),
  )
  const list = ['off', ...larger.map(({ id }) => id)].map((id) => `BASELINE(${id})\n`)
  write(`${folder}/baselines.h`, `/* generated from trackers/list.h */\n${list.join('')}`)
  for (const [name, text] of files) write(`${folder}/${name}`, text)
  for (const name of fs.readdirSync(path.join(root, folder))) {
    if (name.endsWith('.c') && !files.has(name)) fs.rmSync(path.join(root, folder, name))
  }
  return [...files.keys()].map((name) => `${folder}/${name}`)
}

function coreSources() {
  const sources = read('native/core.sources').split('\n').filter(Boolean)
  for (const source of sources) {
    if (!fs.existsSync(path.join(root, source))) {
      fail(`native/core.sources names ${source}, which is not there`)
    }
  }
  return sources
}

function quote(text) {
  const escaped = text.replaceAll('\\', '\\\\')
  return text.includes("'") && !text.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`
}

function types(trackers) {
  const entries = trackers.map(
    ({ name, promise, description, byName }) =>
      `  {\n    name: ${quote(name)},\n    promise: ${quote(promise)},\n` +
      `    description: ${quote(description)},\n    byName: ${byName},\n  },\n`,
  )
  return (
    `// Generated from ${listFile} by \`npm run generate\`.\n\n` +
    '/** The trackers compiled into the addon, in its order; `byName` ones are run only if named. */\n' +
    `export const trackers = [\n${entries.join('')}] as const\n\n` +
    "export type TrackerName = (typeof trackers)[number]['name']\n"
  )
}

const trackers = readTrackers()
const mode = process.argv[2]
if (mode === undefined) {
  console.log([...coreSources(), ...writeInstances(trackers)].join('\n'))
} else if (mode === '--types') {
  write(typesFile, types(trackers))
} else if (mode === '--check') {
  if (read(typesFile) !== types(trackers)) fail(`${typesFile} is stale: npm run generate`)
} else {
  fail(`unknown argument ${mode}; expected --types, --check or nothing`)
}
