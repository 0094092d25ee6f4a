/**
 * dist/ as the package has it, from what the compiler made of lib/: a file for each way in, and what
 * they share; and one file of types, with what is exported alone. Names of local variables are short,
 * those of functions stay, and each function has a line: a stack trace tells where in lib/ it was.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { minify } from '@swc/core'
import { rollup } from 'rollup'
import { parseAst } from 'rollup/parseAst'
import { dts } from 'rollup-plugin-dts'

/** What is started, imported or forked. */
const ENTRIES = ['index', 'cli/main', 'tracker-process/main']

/** Packages stay packages: npm installs them. */
const external = (id) => !/^[./]/.test(id)

/** Anything that it has to say is a reason not to pack. */
const onwarn = ({ message }) => {
  throw new Error(`rollup: ${message}`)
}

/** Every statement of the module begins a line. */
function inLines(code) {
  const starts = parseAst(code).body.map(({ start }) => start)
  return `${starts.map((start, i) => code.slice(start, starts[i + 1]).trim()).join('\n')}\n`
}

async function shortened(code) {
  const [, shebang, rest] = /^(#!.*\n)?([\s\S]*)$/.exec(code)
  const made = await minify(rest, {
    module: true,
    ecma: 2023,
    compress: { keep_fnames: true, keep_classnames: true },
    mangle: { toplevel: false, keep_fnames: true, keep_classnames: true },
  })
  return `${shebang ?? ''}${inLines(made.code)}`
}

function write(into, name, text) {
  const file = path.join(into, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** @param dist what the compiler made; @param into a folder that is not there yet */
export async function bundle(dist, into) {
  const input = Object.fromEntries(ENTRIES.map((name) => [name, path.join(dist, `${name}.js`)]))
  const code = await rollup({ input, external, onwarn })
  const { output } = await code.generate({ format: 'es', chunkFileNames: '[name]-[hash].js' })
  for (const part of output) write(into, part.fileName, await shortened(part.code))
  await code.close()

  const types = await rollup({
    input: path.join(dist, 'index.d.ts'),
    external,
    onwarn,
    plugins: [dts()],
  })
  const { output: typed } = await types.generate({ format: 'es' })
  write(into, 'index.d.ts', typed.map((part) => part.code).join(''))
  await types.close()
  format(path.join(into, 'index.d.ts'))
}

/** As the sources read: the compiler indents by four. */
function format(file) {
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
  const args = ['format', '--write', '--vcs-enabled=false', '--log-level=error', file]
  const { error, status } = spawnSync(process.execPath, [biome, ...args], {
    cwd: path.join(import.meta.dirname, '..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (error || status !== 0) throw new Error(`biome: ${error?.message ?? `ended with ${status}`}`)
}
