'use strict'
// The one list of C sources of both builds (gyp and CMake). The allocator is compiled twice
// per tracker of trackers/list.h, plain and instrumented: this writes those files and prints
// the whole list, one path a line, relative to the package.
//   (no argument)  writes native/instances/, prints the list
//   --types        writes lib/trackers.generated.ts
//   --check        exits 1 when lib/trackers.generated.ts is not what --types would write
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const listFile = 'native/trackers/list.h'
const typesFile = 'lib/trackers.generated.ts'

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

/** The entries of list.h: {id, name, promise, description}, in its order. */
function readTrackers() {
  const text = read(listFile)
  const skip = /(?:\s+|\/\*[\s\S]*?\*\/|\/\/.*|^#(?:.*\\\n)*.*)*/my
  const entry =
    /TRACKER\(\s*(\w+)\s*,\s*"([^"\\]*)"\s*,\s*"([^"\\]*)"\s*,\s*((?:"(?:[^"\\\n]|\\["\\])*"\s*)+)\)/y
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
    const [, id, name, promise, literals] = found
    const description = [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
      .map((part) => part[1].replace(/\\(.)/g, '$1'))
      .join('')
    if (trackers.some((other) => other.id === id || other.name === name)) {
      fail(`${listFile}: tracker ${id} ("${name}") is there twice`)
    }
    trackers.push({ id, name, promise, description })
    at = entry.lastIndex
  }
  if (trackers.length === 0) fail(`${listFile} names no tracker`)
  return trackers
}

function writeInstances(trackers) {
  const folder = 'native/instances'
  fs.mkdirSync(path.join(root, folder), { recursive: true })
  const files = new Map()
  for (const { id } of trackers) {
    for (const [suffix, define] of [
      ['', ''],
      ['_instrumented', '#define LAB_INSTRUMENTED 1\n'],
    ]) {
      files.set(
        `${id}${suffix}.c`,
        '/* generated from trackers/list.h */\n' +
          `${define}#define TRACKER_ID ${id}\n` +
          `#include "trackers/${id}.h"\n#include "swiotlb/instance.h"\n`,
      )
    }
  }
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
    ({ name, promise, description }) =>
      `  {\n    name: ${quote(name)},\n    promise: ${quote(promise)},\n` +
      `    description: ${quote(description)},\n  },\n`,
  )
  return (
    `// Generated from ${listFile} by \`npm run generate\`.\n\n` +
    '/** The trackers compiled into the addon, in its order. */\n' +
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
