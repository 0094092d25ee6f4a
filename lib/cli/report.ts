/** `report`: results that were printed with --json, as one page for a browser. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { InputError } from '../data/errors.js'
import { countOf, formatBytes } from '../data/units.js'
import { wrap } from '../report/words.js'
import { notes } from './options/help.js'
import { STDIN } from './options/input.js'
import type { Io } from './options/io.js'
import { readTexts, refuseShards } from './options/mistaken.js'
import { checkOutputFile, keepInputs, sameFile, writeOutputFile } from './options/output-file.js'

interface Flags {
  readonly out: string
  readonly base?: string
  readonly title?: string
  readonly json?: boolean
}

const WHAT = 'the page'

const AFTER = `
The page is one file: it needs no network and no scripts, and each picture has its numbers as a table,
as CSV and as JSON. A file that is there already is replaced. docs/report.md says how to read it.

With --base the page begins with what changed of each cost, with its interval, and of each mark. Both
results must be of one kind and of one scenario or trace, and where they were timed, of one host.`

/** Twice the same would be taken for two results. */
function checkEachOnce(files: readonly string[]): void {
  const twice = files.find((file, i) =>
    files.slice(0, i).some((other) => other === file || sameFile(other, file)),
  )
  if (twice === undefined) return
  throw new InputError(`${twice === STDIN ? 'stdin' : twice}: given twice; expected each file once`)
}

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('results as one page for a browser: pictures, with their numbers')
    .argument('<file...>', 'what compare, run, ... printed with --json; - is stdin')
    .requiredOption('--out <file>', 'where the page goes, as page.html')
    .option('--base <file>', 'the same result of before: what changed since then')
    .option('--title <text>', 'of the page (default: what is in it)')
    .option('--json', 'one JSON document on stdout: what is on the page')
    .addHelpText('after', notes(AFTER))
    .action(async (files: string[], { out, base, title, json }: Flags) => {
      if (base !== undefined && files.length > 1) {
        throw new InputError('--base: expected one file that is compared with it')
      }
      const all = base === undefined ? files : [base, ...files]
      checkEachOnce(all)
      keepInputs(out, all)
      checkOutputFile(out, WHAT)
      // Drawing takes libraries that no other command needs.
      const [{ makePage }, { readDocuments }] = await Promise.all([
        import('../report/page/page.js'),
        import('../report/page/documents/document.js'),
      ])
      const texts = await readTexts(all, io)
      refuseShards(texts)
      const read = texts.map(({ name, text }) => readDocuments(name, text))
      const before = base === undefined ? undefined : read.shift()
      const documents = read.flat()
      const page = makePage(documents, { title, made: io.made, base: before })
      const replaced = existsSync(out)
      writeOutputFile(out, page.text, WHAT)
      const bytes = Buffer.byteLength(page.text)
      if (json) return io.printJson('report', { out, replaced, bytes, figures: page.figures })
      io.print(
        wrap(
          `${out}: ${countOf(page.figures.length, 'picture')} of ${countOf(documents.length, 'result')}, ` +
            `${formatBytes(bytes)}${replaced ? '; it replaced the file that was there' : ''}`,
        ),
      )
    })
}
