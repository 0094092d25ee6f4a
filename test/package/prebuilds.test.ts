// What is packed has the addons that README promises; where they are missing, packing is refused.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const CHECKOUT = join(__dirname, '../..')
const ADDONS = [
  'x64/swiotlb-lab.glibc',
  'x64/swiotlb-lab.musl',
  'arm64/swiotlb-lab.glibc',
  'arm64/swiotlb-lab.musl',
]

/** A checkout whose build always fails: it tells whether packing came that far. */
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'swiotlb-lab-prebuilds-'))
  for (const name of ['package', 'native/prebuild.cjs', 'binding.gyp', 'CMakeLists.txt']) {
    cpSync(join(CHECKOUT, name), join(root, name), { recursive: true })
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, 'package.json'), '{ "scripts": { "prepare": "exit 5" } }\n')
  mkdirSync(join(root, 'dist'))
  writeFileSync(join(root, 'dist/index.js'), 'the modules')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function begin(without?: string) {
  const { SWIOTLB_LAB_WITHOUT_PREBUILDS: _, ...rest } = process.env
  const env = { ...rest, ...(without && { SWIOTLB_LAB_WITHOUT_PREBUILDS: without }) }
  const args = ['package/packed.mjs', '--begin']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  return { status, said: stderr.split('\n').filter((line) => line.startsWith('packed.mjs')) }
}

const REFUSED = (why: string): string =>
  `packed.mjs: the package would lack addons, ${why}; to make all: npm run prebuilds ` +
  '(SWIOTLB_LAB_WITHOUT_PREBUILDS=1 packs without them)'

test('without the addons it is refused in one sentence, and nothing is touched', () => {
  const missing = 'not made: x64-glibc, x64-musl, arm64-glibc, arm64-musl'
  expect(begin()).toEqual({ status: 1, said: [REFUSED(missing)] })
  expect(readFileSync(join(root, 'dist/index.js'), 'utf8')).toBe('the modules')
})

test('addons of other sources are refused as well', () => {
  for (const name of ADDONS) {
    const file = join(root, `prebuilds/linux-${name}.node`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
  }
  const stale = 'made of other sources: x64-glibc, x64-musl, arm64-glibc, arm64-musl'
  expect(begin()).toEqual({ status: 1, said: [REFUSED(stale)] })
})

test('who says so packs without them: then the build comes next', () => {
  expect(begin('1')).toEqual({ status: 1, said: ['packed.mjs: npm run prepare ended with 5'] })
  expect(existsSync(join(root, 'dist'))).toBe(false)
})
