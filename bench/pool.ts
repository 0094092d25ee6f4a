/** `npm run pool -- FILE FILE...`: the tries of several kept runs of the benchmark together. */
import path from 'node:path'
import { hostWords } from './conditions.js'
import { readOne } from './kept.js'
import { countWords, poolRuns } from './pooled.js'
import { figuresText, seriesText } from './text.js'

const HELP = `usage: npm run pool -- FILE FILE...
  Pools the tries of kept runs of the benchmark (npm run bench -- ... --save): of one commit, one
  host and the same parts. Every try of every file counts.
Ends with 0 also when a goal is missed, with 2 on files that do not belong together.`

function main(files: readonly string[]): number {
  if (files.length === 0 || files[0] === '--help') {
    console.log(HELP)
    return files.length === 0 ? 2 : 0
  }
  const runs = files.map((name) => {
    const kept = readOne(name)
    if (kept.kind !== 'bench') throw new Error(`${name}: a ${kept.kind}, expected a bench`)
    return { file: path.basename(name), kept }
  })
  const parts = poolRuns(runs)
  for (const { file, kept } of runs)
    console.log(`${file}: ${kept.date}, commit ${kept.source.commit}`)
  console.log(hostWords(runs[0]!.kept.host))
  for (const { name, question, figures } of parts) {
    console.log(`\n== ${name}: ${question}`)
    console.log(figuresText(figures))
    if (figures.some(({ series }) => series !== undefined)) console.log(`\n${seriesText(figures)}`)
    for (const line of countWords(figures)) console.log(line)
  }
  return 0
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(`pool: ${(error as Error).message}`)
  process.exitCode = 2
}
