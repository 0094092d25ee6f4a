// The long job of booted kernels with a stand-in for what it runs: what it counts, and what it ends with.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()

const ENDED = 'per-area: 768 is under what was in use; but its promise ended with a'

/** Names the trackers; says of a growing pool that a promise had ended, in two lines or kept in a file. */
const NODE = `#!/bin/sh
case $* in
--input-type*) echo off,reserve ;;
*plain-lock*) echo 'WARNING: inconsistent lock state' && exit 1 ;;
*keep.js*--dynamic*)
	echo '{ "why": "${ENDED} transient pool" }' >${scratch}/kept.json
	echo 'kept: ${scratch}/kept.json; npm run figures puts it into README.md'
	;;
*--dynamic*) echo '${ENDED}' && echo '  transient pool' ;;
*--slots*) exit $FULL ;;
esac
`

function job(options: readonly string[], full: number, others: readonly string[] = []) {
  const bin = join(scratch, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'node'), NODE, { mode: 0o755 })
  const args = ['kernel-patch/kernel.sh', ...options, scratch, join(scratch, 'work'), ...others]
  const { status, stdout } = spawnSync('sh', args, {
    encoding: 'utf8',
    env: { ...process.env, FULL: `${full}`, PATH: `${bin}${delimiter}${process.env['PATH']}` },
  })
  return { status, lines: stdout.trim().split('\n') }
}

describe('the long job', () => {
  test.each([[[]], [['--keep']]])('counts apart a promise that ended %p', (options) => {
    const { status, lines } = job(options, 0)
    expect(status).toBe(0)
    expect(lines).toContain('ok   growing, but for promises that had ended: 1')
    expect(lines.slice(-2)).toEqual([
      'boots whose promise ended with a transient pool, which count neither way: 2',
      '8 passed, 0 failed',
    ])
  })

  test('ends with 1 where one way did', () => {
    const { status, lines } = job([], 1)
    expect(status).toBe(1)
    expect(lines).toContain('FAIL static, full at times')
    expect(lines.at(-1)).toBe('7 passed, 1 failed')
  })

  test('compiles in other kernels, and ends with 1 where one has no place', () => {
    const { status, lines } = job([], 0, [scratch])
    expect(status).toBe(1)
    expect(lines).toContain(`FAIL compiled in ${basename(scratch)}`)
    expect(lines.at(-1)).toBe('8 passed, 1 failed')
  })
})
