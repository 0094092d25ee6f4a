/** `npm run figures`: makes the figures of README.md and docs/ from the results that are kept. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../conditions.js'
import { readKept } from '../kept.js'
import { blockNames, makeBlock } from './blocks.js'
import { fill } from './fill.js'

const HELP = `usage: npm run figures -- [options]
  Rewrites what stands between <!-- figures:NAME --> and <!-- /figures --> in README.md and
  docs/ from the files in results/, and from what the package lists. NAME is one of:
  ${blockNames.join(', ')}.
  --check   rewrites nothing; ends with 1 where a file does not match the kept results
  --help    this text`

const documents = (): string[] => [
  'README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
]

class UsageError extends Error {}

function wanted(args: string[]) {
  const options = { check: { type: 'boolean' }, help: { type: 'boolean' } } as const
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function main(args: string[]): number {
  const { check = false, help = false } = wanted(args)
  if (help) {
    console.log(HELP)
    return 0
  }
  const kept = readKept()
  const stale: string[] = []
  for (const name of documents()) {
    const file = path.join(root, name)
    const before = readFileSync(file, 'utf8')
    const after = fill(name, before, (block) => makeBlock(block, kept))
    if (after === before) continue
    stale.push(name)
    if (!check) writeFileSync(file, after)
  }
  const from = `${kept.length} kept ${kept.length === 1 ? 'result' : 'results'}`
  if (stale.length === 0) console.log(`the figures are those of ${from}`)
  else if (check) console.error(`not from ${from}: ${stale.join(', ')}; run npm run figures`)
  else console.log(`rewritten from ${from}: ${stale.join(', ')}`)
  return check && stale.length > 0 ? 1 : 0
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(`figures: ${(error as Error).message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
