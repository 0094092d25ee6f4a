'use strict'
// The package that is packed has no `prepare`: npm counts it among the install scripts of a tarball,
// and its strict setting refuses to install one that has any. The checkout needs it.
//   packed.cjs --begin  takes it out of package.json, behind a build
//   packed.cjs --end    puts package.json back as it was
const fs = require('node:fs')
const path = require('node:path')

const file = path.resolve(__dirname, '../package.json')
const kept = path.resolve(__dirname, '../build/package.json.kept')

const mode = process.argv[2]
if (mode === '--begin') {
  const text = fs.readFileSync(file, 'utf8')
  const { prepare, ...scripts } = JSON.parse(text).scripts
  // What was packed, and not finished, has left it without.
  if (prepare !== undefined) {
    fs.mkdirSync(path.dirname(kept), { recursive: true })
    fs.writeFileSync(kept, text)
    fs.writeFileSync(file, `${JSON.stringify({ ...JSON.parse(text), scripts }, null, 2)}\n`)
  }
} else if (mode === '--end') {
  if (fs.existsSync(kept)) fs.renameSync(kept, file)
} else {
  console.error('packed.cjs: expected --begin or --end')
  process.exit(2)
}
