// The manual pages: made of what the help is made of, and read by groff without a complaint.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { cli } from './process.js'

const root = join(__dirname, '../..')
const { folder } = scratchFolder()
const generator = join(root, 'docs/make/man.mjs')
const plain = (page: string): string => page.replaceAll('\\-', '-').replaceAll('\\e', '\\')
const pageOf = (name: string): string => plain(readFileSync(join(folder, name), 'utf8'))
let commands: string[] = []

beforeAll(async () => {
  const { status, stderr } = spawnSync(process.execPath, [generator, folder], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { stdout } = await cli(['--help'])
  const [, listed = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(stdout) ?? []
  commands = [...listed.matchAll(/^ {2}([a-z][-a-z]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')
})

describe('the manual', () => {
  test('has a page for each command, and no other', () => {
    expect(commands.length).toBeGreaterThan(10)
    const pages = ['swiotlb-lab.1', ...commands.map((name) => `swiotlb-lab-${name}.1`)]
    expect(readdirSync(folder).sort()).toEqual(pages.sort())
  })

  test('is read by groff without a warning', () => {
    const pages = readdirSync(folder).map((name) => join(folder, name))
    const { status, stderr, error } = spawnSync(
      'groff',
      ['-man', '-Tutf8', '-ww', '-z', ...pages],
      {
        encoding: 'utf8',
      },
    )
    expect({ status, stderr, error }).toEqual({ status: 0, stderr: '', error: undefined })
  })

  test('names each option that the help names', async () => {
    for (const command of commands) {
      const { stdout } = await cli([command, '--help'])
      const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z][-a-z]*)/gm)].map(
        ([, name]) => name,
      )
      const page = pageOf(`swiotlb-lab-${command}.1`)
      expect(options.filter((option = '') => !page.includes(option))).toEqual([])
    }
  }, 120_000)

  test('has an example for each command, as one types it', () => {
    for (const command of commands) {
      expect(pageOf(`swiotlb-lab-${command}.1`)).toMatch(
        new RegExp(`\\.SH EXAMPLES\\n[^]*^ .*swiotlb-lab ${command}\\b`, 'm'),
      )
    }
  })

  test('names no place of the machine that made it', () => {
    for (const name of readdirSync(folder)) expect(pageOf(name)).not.toContain(root)
  })
})
