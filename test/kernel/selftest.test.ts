// `export-selftest`: what the folder holds, what it does to one that is there, and that the programs of
// it pass with a kernel, and find faults that are planted in a copy of the kernel's file.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { exportSelftest } from '../../lib/index.js'
import { type KernelTree, openKernel } from '../../lib/kernel/source.js'
import { cli } from '../cli/process.js'
import { scratchFolder } from '../scratch.js'
import { TIMEOUT_MS, withKernel } from './real.js'

const ROOT = join(__dirname, '../..')
const { folder: scratch } = scratchFolder()

let folders = 0
const newFolder = (): string => join(scratch, `folder-${folders++}`)

function made(): string {
  const folder = newFolder()
  exportSelftest({ folder })
  return folder
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()

const textIn = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8')

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Where a file of the folder lies in the package. */
function sourceOf(file: string): string {
  const [first, ...rest] = file.split('/')
  if (first === 'shim') return join('kernel-shim', ...rest)
  if (first === 'lab') return join('native', ...rest)
  return join('kernel-shim/selftest', file === '.gitignore' ? 'gitignore' : file)
}

describe('a new folder', () => {
  const folder = made()

  test('has files of the package, byte for byte, and one that lists them', () => {
    const listed = filesIn(folder).filter((file) => file !== 'MADE')
    expect(listed.length).toBeGreaterThan(100)
    for (const file of listed) {
      expect([file, textIn(folder, file)]).toEqual([file, textIn(ROOT, sourceOf(file))])
    }
    const lines = listed.map((file) => `${hash(textIn(folder, file))}  ${file}`)
    expect(
      textIn(folder, 'MADE')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    ).toEqual(lines)
  })

  test('tells the version, and how it is made again', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const text = textIn(folder, 'MADE')
    expect(text).toContain(`Made by swiotlb-lab ${version}.`)
    expect(text).toContain('swiotlb-lab export-selftest DIR')
  })

  test('each file but the README says its license in its first lines', () => {
    const without = filesIn(folder).filter(
      (file) => !/SPDX-License-Identifier: GPL-2\.0-only/.test(textIn(folder, file).slice(0, 100)),
    )
    expect(without).toEqual(['README'])
  })

  test('its README names every known issue that the programs know, and no other', () => {
    const issues = /struct issue issues\[\] = \{\n(.*?)\n\};/s.exec(
      textIn(folder, 'tests/known.c'),
    )?.[1]
    const known = [...(issues ?? '').matchAll(/\{ "([a-z-]+)",/g)].map(([, name]) => name)
    const told = [...textIn(folder, 'README').matchAll(/^\d+\. ([a-z-]+): /gm)]
    expect(known.length).toBeGreaterThan(5)
    expect(told.map(([, name]) => name)).toEqual(known)
  })
})

describe('a folder that is there', () => {
  test('is filled where it is empty', () => {
    const folder = newFolder()
    mkdirSync(folder)
    expect(exportSelftest({ folder }).written).toEqual(exportSelftest({ folder: made() }).files)
  })

  test('is left alone where nothing differs', () => {
    const folder = made()
    writeFileSync(join(folder, 'mine.c'), 'int x;\n')
    expect(exportSelftest({ folder })).toMatchObject({ written: [], replaced: [], removed: [] })
    expect(textIn(folder, 'mine.c')).toBe('int x;\n')
  })

  test('gets back what was changed or lost, and is told which', () => {
    const folder = made()
    writeFileSync(join(folder, 'main.c'), 'changed\n')
    rmSync(join(folder, 'Makefile'))
    const result = exportSelftest({ folder })
    expect(result).toMatchObject({ written: ['Makefile', 'main.c'], replaced: ['main.c'] })
    expect(textIn(folder, 'main.c')).toBe(textIn(ROOT, 'kernel-shim/selftest/main.c'))
  })

  test('of another version loses what this one does not have, unless it was changed', () => {
    const folder = made()
    const old = { 'tests/old.c': 'old\n', 'tests/edited.c': 'old\n', 'gone.c': 'old\n' }
    const lines = Object.entries(old).map(([file, text]) => `${hash(text)}  ${file}\n`)
    writeFileSync(join(folder, 'MADE'), textIn(folder, 'MADE') + lines.join(''))
    writeFileSync(join(folder, 'tests/old.c'), 'old\n')
    writeFileSync(join(folder, 'tests/edited.c'), 'edited\n')
    writeFileSync(join(folder, 'tests/mine.c'), 'mine\n')
    expect(exportSelftest({ folder })).toMatchObject({
      written: ['MADE'],
      removed: ['tests/old.c'],
      left: ['tests/edited.c'],
    })
    expect(filesIn(join(folder, 'tests'))).toEqual(expect.arrayContaining(['edited.c', 'mine.c']))
    expect(existsSync(join(folder, 'tests/old.c'))).toBe(false)
  })

  test.each([
    ['is no folder', (folder: string) => writeFileSync(folder, ''), /is no folder/],
    [
      'holds something else',
      (folder: string) => {
        mkdirSync(folder)
        writeFileSync(join(folder, 'mine.c'), '')
      },
      /is not empty and has no file MADE; expected a new or empty folder/,
    ],
    [
      'has a MADE of somebody else',
      (folder: string) => {
        mkdirSync(folder)
        writeFileSync(join(folder, 'MADE'), 'cc main.c\n')
      },
      /MADE was not written by export-selftest/,
    ],
    [
      'lists a file outside of it',
      (folder: string) => {
        exportSelftest({ folder })
        const line = `${hash('')}  ../outside\n`
        writeFileSync(join(folder, 'MADE'), textIn(folder, 'MADE') + line)
      },
      /MADE was not written by export-selftest/,
    ],
    [
      'has a file of somebody else where one would go',
      (folder: string) => {
        exportSelftest({ folder })
        const made = textIn(folder, 'MADE').replace(/^.* {2}tests\/init\.c\n/m, '')
        writeFileSync(join(folder, 'MADE'), made)
        writeFileSync(join(folder, 'tests/init.c'), 'mine\n')
      },
      /tests\/init\.c is there, and MADE does not list it/,
    ],
    [
      'leads elsewhere by a link',
      (folder: string) => {
        exportSelftest({ folder })
        rmSync(join(folder, 'tests'), { recursive: true })
        const elsewhere = newFolder()
        mkdirSync(elsewhere)
        symlinkSync(elsewhere, join(folder, 'tests'))
      },
      /tests is no folder/,
    ],
  ])(
    'is refused where it %s, and nothing is written',
    async (_, prepare, words) => {
      const folder = newFolder()
      prepare(folder)
      const before = statSync(folder).isDirectory() ? filesIn(folder) : null
      const ended = await cli(['export-selftest', folder])
      expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
      expect(ended.stderr.trim().split('\n')).toHaveLength(1)
      expect(statSync(folder).isDirectory() ? filesIn(folder) : null).toEqual(before)
    },
    TIMEOUT_MS,
  )

  test(
    'a place that cannot be written ends with 3',
    async () => {
      const ended = await cli(['export-selftest', '/proc/self/nowhere'])
      expect(ended).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringMatching(
          /nowhere cannot be written \(\w+\); expected a new or empty folder/,
        ),
      })
    },
    TIMEOUT_MS,
  )
})

test(
  'the command says how the folder is built and run',
  async () => {
    const folder = newFolder()
    const { stdout } = await cli(['export-selftest', folder])
    expect(stdout).toMatch(/files? written\.\n\nTo build and run it: make -C \S+ run KERNEL=/)
    const tree = join(newFolder(), 'tools/testing/swiotlb')
    mkdirSync(join(tree, '../../../kernel/dma'), { recursive: true })
    writeFileSync(join(tree, '../../../kernel/dma/swiotlb.c'), '')
    expect((await cli(['export-selftest', tree])).stdout).toMatch(/ run\n$/)
  },
  TIMEOUT_MS,
)

interface Run {
  readonly code: number | null
  readonly output: string
}

/** Of the programs: no variable of a make or a sanitizer around this one reaches them. */
const run = (folder: string, command: string, ...args: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const { MAKEFLAGS: _, MFLAGS: __, ...env } = process.env
    execFile(command, args, { cwd: folder, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, output: out + err }),
    )
  })

const tally = ({ output }: Run): string | undefined => output.trim().split('\n').at(-1)

test(
  'a promise that a tracker breaks is found, and the same again with its seed',
  async () => {
    const folder = made()
    const list = 'TRACKER(global_atomic, "global-atomic", "exact", "")\n'
    writeFileSync(join(folder, 'lab/trackers/list.h'), list)
    const build = async (): Promise<Run> => {
      const { code, output } = await run(folder, 'make', 'trackers')
      if (code !== 0) throw new Error(output)
      return await run(folder, 'sh', 'run.sh', '3', '5000', 'trackers')
    }
    const built = await build()
    expect(tally(built)).toBe('1 passed, 0 failed')
    expect(built.output).toMatch(/\n# run in \d+ s\n1 passed/)
    const timed = await run(folder, 'make', '-s', 'trackers-run', 'SEED=3', 'OPERATIONS=5000')
    expect(timed.output).toMatch(/\n# built in \d+ s, run in \d+ s\n1 passed, 0 failed\n$/)
    const file = join(folder, 'lab/trackers/global_atomic.h')
    const text = readFileSync(file, 'utf8')
    const faulty = text.replace('new_used <= old_hiwater', 'new_used <= old_hiwater + 2')
    expect(faulty).not.toBe(text)
    writeFileSync(file, faulty)
    const found = await build()
    expect([found.code, tally(found)]).toEqual([1, '0 passed, 1 failed'])
    const [, again = ''] = /# again: (.*)/.exec(found.output) ?? []
    expect(again).toBe('./trackers --seed 3 --operations 5000 global-atomic')
    const note = /# log \d+ .*the mark is under: .*/
    const [first] = note.exec(found.output) ?? []
    expect(first).toBeDefined()
    const [program = '', ...args] = again.split(' ')
    expect((await run(folder, program, ...args)).output).toContain(first)
  },
  TIMEOUT_MS,
)

test(
  'a folder that is no kernel tree is told by the file that is missing',
  async () => {
    const folder = made()
    // As if it had been built before, for another tree.
    writeFileSync(join(folder, 'swiotlb-plain'), '')
    const { code, output } = await run(folder, 'make', 'KERNEL=/nowhere', 'swiotlb-plain')
    expect(code).not.toBe(0)
    expect(output).toContain(
      'KERNEL=/nowhere: no /nowhere/kernel/dma/swiotlb.c; expected a kernel tree',
    )
  },
  TIMEOUT_MS,
)

/** Faults that test/kernel/mutations plants in the port, as they look in the kernel's file. */
const FAULTS: readonly (readonly [name: string, find: RegExp, put: string])[] = [
  ['the search wraps one slot late', /\bindex >= (\w+)->area_nslabs/, 'index > $1->area_nslabs'],
  ['an unmap forgets the padding in front', /\bindex -= \w+->slots\[index\]\.pad_slots;/, ''],
  ['the mark is raised too late', /\bnew_used <= old_hiwater\b/, 'new_used <= old_hiwater + 2'],
]

withKernel('with a kernel', (source) => {
  const folder = newFolder()
  let kernel: KernelTree

  async function withTree(tree: string, ...programs: readonly string[]): Promise<Run> {
    const { code, output } = await run(folder, 'make', `KERNEL=${tree}`, ...programs)
    if (code !== 0) throw new Error(output)
    return await run(folder, 'sh', 'run.sh', '5', '10000', ...programs)
  }

  beforeAll(async () => {
    exportSelftest({ folder })
    const unpacked = newFolder()
    mkdirSync(unpacked)
    kernel = await openKernel(source, unpacked)
  }, TIMEOUT_MS)

  test(
    'its programs pass, with growth and without',
    async () => {
      const passed = await withTree(kernel.folder, 'swiotlb-debugfs', 'swiotlb-full')
      expect(passed.output.match(/^ *not ok .*/gm) ?? []).toEqual([])
      expect(tally(passed)).toMatch(/^[1-9]\d+ passed, 0 failed$/)
      expect(passed.output).toMatch(/ok \d+ differential: one pool: 10000 operations/)
      expect(passed.output).toMatch(/ok \d+ differential: pools that grow: 10000 operations/)
      expect(passed.output).toMatch(/ok \d+ differential: a restricted pool: 10000 operations/)
    },
    TIMEOUT_MS,
  )

  test.each(FAULTS)(
    '%s: found',
    async (_, find, put) => {
      const tree = newFolder()
      cpSync(join(kernel.folder, 'include'), join(tree, 'include'), { recursive: true })
      const file = join(tree, 'kernel/dma/swiotlb.c')
      mkdirSync(dirname(file), { recursive: true })
      expect(kernel.source.split(find)).toHaveLength(find.source.includes('(') ? 3 : 2)
      writeFileSync(file, kernel.source.replace(find, put))
      const found = await withTree(tree, 'swiotlb-debugfs')
      expect([found.code, tally(found)]).toEqual([1, expect.stringMatching(/ [1-9]\d* failed$/)])
      expect(found.output).toMatch(/# again: \.\/swiotlb-debugfs --seed 5 --operations 10000/)
    },
    TIMEOUT_MS,
  )

  test('no comment of it is in the folder, and no line of it in what is not the port', () => {
    const plain = (text: string): string[] =>
      text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())
    const code = filesIn(folder).filter((file) => /\.[ch]$/.test(file))
    const linesOf = (files: readonly string[]): ReadonlySet<string> =>
      new Set(files.flatMap((file) => plain(textIn(folder, file))))
    const [all, notPort] = [linesOf(code), linesOf(code.filter((file) => !/^lab\//.test(file)))]
    const kernels = plain(kernel.source + kernel.header)
    const comments = kernels.filter((line) => /^(?:\/\*|\*) ?\w/.test(line) && line.length > 25)
    expect(comments.length).toBeGreaterThan(100)
    expect(comments.filter((line) => all.has(line))).toEqual([])
    const long = kernels.filter((line) => line.length > 40 && !line.startsWith('#'))
    expect(long.length).toBeGreaterThan(100)
    expect(long.filter((line) => notPort.has(line))).toEqual([])
  })
})
