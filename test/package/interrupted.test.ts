// A pack that was interrupted, at any step: the checkout is as it was before, or it is said why not.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const MODULE = JSON.stringify(join(__dirname, '../../package/checkout.mjs'))
const MANIFEST = '{\n  "scripts": {\n    "build": "tsc",\n    "prepare": "npm run build"\n  }\n}\n'
const PACKED = '{\n  "scripts": {\n    "build": "tsc"\n  }\n}\n'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'swiotlb-lab-interrupted-'))
  writeFileSync(join(root, 'package.json'), MANIFEST)
  for (const [folder, text] of [
    ['dist', 'the modules'],
    ['bundled', 'the bundle'],
  ] as const) {
    mkdirSync(join(root, folder))
    writeFileSync(join(root, folder, 'index.js'), text)
  }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** @param steps calls of the module, with `root` and, for what is packed, `bundled` */
function run(steps: string): { readonly said: string; readonly stdout: string } {
  const script = `import fs from 'node:fs'; import { enter, leave } from ${MODULE}
    const [root, bundled] = ${JSON.stringify([root, join(root, 'bundled')])}; ${steps}`
  const { stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  return { said: /^Error: (.*)$/m.exec(stderr)?.[1] ?? stderr, stdout }
}

const call = (steps: string): string => run(steps).said

const now = () => ({
  manifest: readFileSync(join(root, 'package.json'), 'utf8'),
  dist: readFileSync(join(root, 'dist/index.js'), 'utf8'),
})

const before = { manifest: MANIFEST, dist: 'the modules' }

test('packed is the bundle, without prepare; behind it nothing is left', () => {
  expect(call('enter(root, bundled)')).toBe('')
  expect(now()).toEqual({ manifest: PACKED, dist: 'the bundle' })
  expect(call('leave(root)')).toBe('')
  expect(now()).toEqual(before)
  expect(existsSync(join(root, 'build/checkout'))).toBe(false)
  expect(call('leave(root)')).toBe('')
  expect(now()).toEqual(before)
})

test('the next pack begins with what the checkout had, not with what one left', () => {
  expect(call('enter(root, bundled)')).toBe('')
  expect(call('leave(root); fs.mkdirSync(bundled); enter(root, bundled); leave(root)')).toBe('')
  expect(now()).toEqual(before)
})

test('interrupted at any step, on the way in and on the way out', () => {
  const script = `
    const real = { ...fs }
    let left = Infinity
    for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync'])
      fs[name] = (...args) => {
        if (left-- === 0) throw new Error('interrupted')
        return real[name](...args)
      }
    const seen = []
    for (const out of [false, true])
      for (let calls = 0, ended = false; !ended; calls++) {
        real.mkdirSync(bundled, { recursive: true })
        real.writeFileSync(bundled + '/index.js', 'the bundle')
        if (out) enter(root, bundled)
        left = calls
        try {
          if (out) leave(root)
          else enter(root, bundled)
          ended = true
        } catch (error) {
          if (error.message !== 'interrupted') throw error
        }
        left = Infinity
        leave(root)
        seen.push([calls, fs.readFileSync(root + '/package.json', 'utf8'),
          fs.readFileSync(root + '/dist/index.js', 'utf8'), fs.existsSync(root + '/build/checkout')])
      }
    console.log(JSON.stringify(seen))`
  const { said, stdout } = run(script)
  expect(said).toBe('')
  const seen: [number, string, string, boolean][] = JSON.parse(stdout)
  // Each way has more than a few steps, and whole is the last of them.
  expect(seen.filter(([calls]) => calls > 4).length).toBeGreaterThan(2)
  for (const [, ...left] of seen) expect(left).toEqual([MANIFEST, 'the modules', false])
})

test('what was changed since is not thrown away', () => {
  expect(call('enter(root, bundled)')).toBe('')
  const changed = PACKED.replace('"tsc"', '"tsc -b"')
  writeFileSync(join(root, 'package.json'), changed)
  expect(call('leave(root)')).toMatch(/^package\.json was changed after a pack .* "prepare" back/)
  expect(now().manifest).toBe(changed)
  // As somebody has it who fetched it anew.
  writeFileSync(join(root, 'package.json'), MANIFEST)
  expect(call('leave(root)')).toBe('')
  expect(now()).toEqual(before)
})
