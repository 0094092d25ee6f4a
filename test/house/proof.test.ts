// The proof's runner, ended while it runs: nothing of it stays.

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { alive, until } from '../processes.js'
import { scratchFolder } from '../scratch.js'

jest.setTimeout(60_000)

const scratch = scratchFolder()
const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
})

const folderOf = (name: string): string => {
  const folder = join(scratch.folder, name)
  mkdirSync(folder)
  return folder
}

/** A program that starts another and waits for it, as compilers do. */
function standIn(folder: string, name: string, pids: string): void {
  const text = [
    '#!/bin/sh',
    '[ "$1" = --version ] && exit 0',
    'sleep 120 &',
    `: > ${pids}/$!`,
    'echo > "$TMPDIR/left"',
    'wait',
    '',
  ].join('\n')
  chmodSync(scratch.file(join(folder, name), text), 0o755)
}

test.each([
  ['npm', ['run', '-s', 'proof', 'reserve']],
  ['node', ['proof/check.mjs', 'reserve']],
] as const)('ended by SIGTERM, %s leaves no folder and no process', async (program, args) => {
  const pids = folderOf(`${program}-pids`)
  const tmp = folderOf(`${program}-tmp`)
  folderOf(program)
  for (const name of ['spin', 'gcc']) standIn(program, name, pids)
  const path = `${join(scratch.folder, program)}${delimiter}${process.env['PATH'] ?? ''}`
  const child = spawn(program, args, {
    env: { ...process.env, PATH: path, TMPDIR: tmp },
    stdio: 'ignore',
  })
  started.push(child)
  const ended = new Promise((resolve) => child.once('close', resolve))
  await until('a compiler', () => readdirSync(pids).length > 0)
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
  await until('no folder', () => !readdirSync(tmp).some((name) => /-model-|^left$/.test(name)))
  await until('no process', () => !readdirSync(pids).some(alive))
})
