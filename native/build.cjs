'use strict'
// Builds the addon with node-gyp: only what changed, or everything with --clean.
// Against the headers beside this very Node where they are (official archives, nvm,
// containers and distribution packages have them in <prefix>/include/node), so that
// nothing is downloaded.
const { spawnSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')

function localHeaders() {
  const prefix = path.resolve(process.execPath, '..', '..')
  let text
  try {
    text = readFileSync(path.join(prefix, 'include/node/node_version.h'), 'utf8')
  } catch {
    return undefined
  }
  const part = (name) => text.match(new RegExp(`#define NODE_${name}_VERSION (\\d+)`))?.[1]
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.')
  return version === process.versions.node ? prefix : undefined
}

// The project's own node-gyp in a checkout, npm's where this package is a dependency.
function nodeGyp() {
  try {
    return require.resolve('node-gyp/bin/node-gyp.js')
  } catch (error) {
    if (process.env.npm_config_node_gyp) return process.env.npm_config_node_gyp
    throw error
  }
}

const unknown = process.argv.slice(2).filter((arg) => arg !== '--clean' && arg !== '--debug')
if (unknown.length > 0) {
  console.error(`native/build.cjs: unknown argument ${unknown[0]}; expected --clean or --debug`)
  process.exit(2)
}
// node-gyp takes one command a call here: `configure` keeps what is built, `rebuild` does not.
const commands = process.argv.includes('--clean') ? ['rebuild'] : ['configure', 'build']
const options = []
const headers = process.env.npm_config_nodedir ? undefined : localHeaders()
if (headers) options.push(`--nodedir=${headers}`)
if (process.argv.includes('--debug')) options.push('--debug')
for (const command of commands) {
  const args = [nodeGyp(), command, '--jobs=max', ...options]
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
