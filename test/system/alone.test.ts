// A folder that one process at a time may use: the second is told so, and the third comes in.

import { spawn } from 'node:child_process'
import { mkdtempSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { alone } from '../../lib/system/alone.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()

test('a second use at once is refused, whatever the name, and none after the first', async () => {
  const folder = mkdtempSync(join(scratch, 'work-'))
  const other = join(scratch, 'other')
  symlinkSync(folder, other)
  const said = await alone('--work', folder, () =>
    alone('--work', other, async () => 'came in').catch((error: Error) => error.message),
  )
  expect(said).toBe(
    `--work: ${other} is in use by another process; expected its end, or another folder`,
  )
  expect(await alone('--work', folder, async () => 'came in')).toBe('came in')
})

test('two folders are two', async () => {
  const [one, two] = [mkdtempSync(join(scratch, 'a-')), mkdtempSync(join(scratch, 'b-'))]
  expect(await alone('--work', one, () => alone('--work', two, async () => 1))).toBe(1)
})

test('what failed has left it', async () => {
  const folder = mkdtempSync(join(scratch, 'work-'))
  const failing = alone('--work', folder, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(await alone('--work', folder, async () => 1)).toBe(1)
})

test('a process that was killed holds nothing', async () => {
  const folder = mkdtempSync(join(scratch, 'work-'))
  const program = `
    import { alone } from '${join(process.cwd(), 'dist/system/alone.js')}'
    await alone('--work', '${folder}', async () => {
      console.log('in')
      await new Promise((resolve) => setTimeout(resolve, 60000))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await expect(alone('--work', folder, async () => 1)).rejects.toThrow('is in use')
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  expect(await alone('--work', folder, async () => 1)).toBe(1)
})
