// Whatever README and the papers point to is there: files, folders, headings; and they leave none of
// the house's rooms out.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { cli } from '../cli/process.js'
import { codeOf, documents, outsideFences, read, root } from './documents.js'

/** Folders that are made, and not kept: what is in them may not be there. */
const made = read('.gitignore')
  .split('\n')
  .filter((line) => line.endsWith('/'))
  .map((line) => line.slice(0, -1))

/** Where a path of this repository begins, as seen from its root. */
const rooms = readdirSync(root).filter(
  (name) => name !== '.git' && !made.includes(name) && statSync(join(root, name)).isDirectory(),
)

/** Names that stand for others: VERB.ts, mine.h, *. */
const PLACEHOLDER = /[A-Z]{3,}|^mine\b|\*/

/** `a/{b,c}/` as `a/b/` and `a/c/`. */
function expanded(path: string): string[] {
  const found = /^(.*)\{([^}]*)\}(.*)$/.exec(path)
  if (!found) return [path]
  const [, before = '', choices = '', behind = ''] = found
  return choices.split(',').flatMap((one) => expanded(before + one + behind))
}

/** The part of a path that names something by itself: all before the first placeholder. */
function knownPart(path: string): string {
  const parts = path.split('/')
  const at = parts.findIndex(
    (part, i) => PLACEHOLDER.test(part) && !(i === 0 && parts.length === 1),
  )
  return parts.slice(0, at < 0 ? parts.length : at).join('/')
}

/** What is there, or what it is made from: dist/ from lib/. */
function isThere(path: string): boolean {
  if (existsSync(join(root, path))) return true
  if (path.startsWith('dist/')) {
    return existsSync(join(root, path.replace(/^dist\//, 'lib/').replace(/\.js$/, '.ts')))
  }
  return made.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** Paths from the root that a line of code names. */
function pathsIn(code: string): string[] {
  return code
    .split(/[\s"'`()<>|=;]+/)
    .map((word) => word.replace(/^\.\//, '').replace(/[.,:!?]+$/, ''))
    .filter((word) => word.includes('/') && !word.includes('://'))
    .flatMap(expanded)
    .filter((word) => [...rooms, 'dist'].includes(word.split('/')[0] as string))
    .map(knownPart)
}

/** Targets of links within the repository. */
const linksIn = (text: string): string[] =>
  [...outsideFences(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))

/** As a page shows it: lower case, without marks, blanks as dashes. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-')

const anchorsIn = (text: string): string[] =>
  [...outsideFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** What is wrong with a link of a document. */
function linkFault(file: string, target: string): string[] {
  const [path = '', anchor] = target.split('#')
  const full = path === '' ? join(root, file) : join(root, dirname(file), path)
  if (!existsSync(full)) return [`no file: ${target}`]
  if (anchor === undefined || anchorsIn(readFileSync(full, 'utf8')).includes(anchor)) return []
  return [`no heading: ${target}`]
}

const pathFaults = (text: string): string[] =>
  codeOf(text)
    .flatMap(pathsIn)
    .filter((path) => !isThere(path))

describe('the papers', () => {
  test.each(documents)('%s: links lead to files and headings', (file) => {
    expect(linksIn(read(file)).flatMap((target) => linkFault(file, target))).toEqual([])
  })

  test.each(documents)('%s: files and folders that it names as code are there', (file) => {
    expect(pathFaults(read(file))).toEqual([])
  })

  test('are found from README, each in one step', () => {
    const linked = linksIn(read('README.md')).map((target) => target.split('#')[0])
    const papers = documents.filter((file) => file !== 'README.md')
    expect(papers.filter((file) => !linked.includes(file))).toEqual([])
  })

  test('ship with the package, but for those that tell of a checkout', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] }
    // What npm takes by itself.
    const shipped = ['README.md', ...files.filter((one) => !one.startsWith('!'))]
    const lost = documents.filter(
      (file) =>
        files.includes(`!${file}`) || !shipped.some((one) => `${file}/`.startsWith(`${one}/`)),
    )
    // What the second says of the library, its types say, too.
    expect(lost.sort()).toEqual(['CONTRIBUTING.md', 'docs/api.md', 'docs/architecture.md'])
  })
})

describe('docs/architecture.md', () => {
  const house = read('docs/architecture.md')
  const folders = (of: string): string[] =>
    readdirSync(join(root, of), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !made.includes(`${of}/${entry.name}`))
      .map((entry) => `${of}/${entry.name}/`)

  test.each(['lib', 'native', 'native/virtual', 'test'])('names each folder of %s', (of) => {
    // Data is no test, and the folders of native/tests/ are named one by one.
    const all = folders(of).filter((one) => one !== 'test/data/' && one !== 'native/tests/')
    expect(all.length).toBeGreaterThan(2)
    const named = (folder: string): boolean =>
      house.includes(folder) || house.includes(`\`${basename(folder)}/\``)
    expect(all.filter((folder) => !named(folder))).toEqual([])
  })

  test('draws the folders of lib/ in the order in which arrows go down', () => {
    const [, levels = ''] =
      /const LEVELS = \[\n(.*?)\n\]/s.exec(read('.dependency-cruiser.mjs')) ?? []
    const order = [...levels.matchAll(/'([^'\n]+)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.endsWith('.ts'))
    const [, picture = ''] = /## In one picture\n+```text\n(.*?)```/s.exec(house) ?? []
    const drawn = [...picture.matchAll(/\blib\/([a-z-]+)\//g)].map(([, name]) => name)
    expect(order).toContain('measure')
    expect([...new Set(drawn)]).toEqual(order)
  })

  describe('each command has a line, with its file and what prints it', () => {
    let commands: string[]
    beforeAll(async () => {
      const { stdout } = await cli(['--help'])
      const [, list = ''] = stdout.split('\nCommands:\n')
      commands = [...list.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name as string)
      commands = commands.filter((name) => name !== 'help')
    }, 60_000)

    test('and there is no other line', () => {
      const lines = [...house.matchAll(/^\| `([a-z-]+)` +\| \[([^\]]+)\]/gm)]
      expect(commands).toContain('compare')
      expect(lines.map(([, name]) => name).sort()).toEqual([...commands].sort())
      expect(lines.map(([, , file]) => file)).toEqual(lines.map(([, name]) => `lib/cli/${name}.ts`))
    })
  })
})

describe('the test itself finds', () => {
  test.each([
    ['a path in a span', 'see `lib/nowhere/a.ts`', ['lib/nowhere/a.ts']],
    ['a path in a fence', '```\nlib/run -> test/cli/\n```\n', ['lib/run']],
    ['what a brace hides', '`lib/report/{text,html}/`', ['lib/report/html/']],
    ['the folder of a name that stands for others', '`lib/clo/VERB.ts`', ['lib/clo']],
    ['what is built from nothing', '`node dist/cli/none.js`', ['dist/cli/none.js']],
  ])('%s', (_, text, faults) => {
    expect(pathFaults(text)).toEqual(faults)
  })

  test('nothing wrong with what is there, is made, or is of a kernel', () => {
    const text =
      '`lib/cli/VERB.ts`, `native/trackers/mine.h`, `test/data/captures/*/trace.txt.gz`, ' +
      '`node dist/cli/main.js`, `native/instances/off.c`, `kernel/dma/swiotlb.c`, `lib/report/{text,parts}/`'
    expect(pathFaults(text)).toEqual([])
  })

  test('a link to a file or a heading that is not there', () => {
    expect(linkFault('docs/method.md', '../nowhere.md')).toEqual(['no file: ../nowhere.md'])
    expect(linkFault('docs/method.md', '#nothing')).toEqual(['no heading: #nothing'])
    expect(linkFault('docs/method.md', '#the-three-engines')).toEqual([])
  })
})
