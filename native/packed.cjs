'use strict'
// The package that is packed is not quite the checkout; it is made so here, behind a build.
//   packed.cjs --begin  makes it so: package.json has no `prepare`, and dist/ only what is read
//   packed.cjs --end    puts package.json back as it was; dist/ is as good either way
//
// npm counts `prepare` among the install scripts of a tarball, and its strict setting refuses to
// install one that has any. The checkout needs it.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const file = path.join(root, 'package.json')
const kept = path.join(root, 'build/package.json.kept')
const dist = path.join(root, 'dist')

/** Takes `prepare` out of package.json. */
function withoutPrepare() {
  const text = fs.readFileSync(file, 'utf8')
  const { prepare, ...scripts } = JSON.parse(text).scripts
  // What was packed, and not finished, has left it without.
  if (prepare === undefined) return
  fs.mkdirSync(path.dirname(kept), { recursive: true })
  fs.writeFileSync(kept, text)
  fs.writeFileSync(file, `${JSON.stringify({ ...JSON.parse(text), scripts }, null, 2)}\n`)
}

/** The types of what is not exported: nobody can import it. */
function withoutInnerTypes() {
  const reached = new Set()
  const open = [path.join(dist, 'index.d.ts')]
  for (const types of open) {
    if (reached.has(types)) continue
    reached.add(types)
    const text = fs.readFileSync(types, 'utf8')
    for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g))
      open.push(path.join(path.dirname(types), `${name}.d.ts`))
  }
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const full = path.join(dist, name)
    if (name.endsWith('.d.ts') && !reached.has(full)) fs.rmSync(full)
  }
}

/** As the sources read: the compiler indents by four, and leaves long lines. */
function formatted() {
  const biome = require.resolve('@biomejs/biome/bin/biome')
  const args = ['format', '--write', '--vcs-enabled=false', '--log-level=error']
  const files = fs.readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'))
  const { error, status } = spawnSync(
    process.execPath,
    [biome, ...args, ...files.map((name) => path.join('dist', name))],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (error || status !== 0) {
    console.error(`packed.cjs: biome: ${error?.message ?? `ended with ${status}`}`)
    process.exit(1)
  }
}

const mode = process.argv[2]
if (mode === '--begin') {
  withoutInnerTypes()
  formatted()
  withoutPrepare()
} else if (mode === '--end') {
  if (fs.existsSync(kept)) fs.renameSync(kept, file)
} else {
  console.error('packed.cjs: expected --begin or --end')
  process.exit(2)
}
