/**
 * What is packed is not quite the checkout: package.json has no `prepare`, since npm counts that among
 * the install scripts of a package, and its strict setting refuses to install one that has any; and
 * dist/ is a bundle. Both are put in place for as long as npm packs, and the checkout's own are kept.
 */
import fs from 'node:fs'
import path from 'node:path'

const kept = (root) => path.join(root, 'build/checkout')

function withoutPrepare(text) {
  const manifest = JSON.parse(text)
  delete manifest.scripts.prepare
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Nobody ever reads half a file. */
function replace(file, text) {
  fs.writeFileSync(`${file}.part`, text)
  fs.renameSync(`${file}.part`, file)
}

/**
 * Puts the checkout's own back. It may be called at any time: nothing happens where nothing is kept,
 * and what an interrupted pack has left, whenever that was, is mended.
 *
 * @throws Error where package.json was changed after such a pack; nothing is touched then
 */
export function leave(root) {
  const place = kept(root)
  const [manifest, own] = [path.join(root, 'package.json'), path.join(place, 'package.json')]
  if (fs.existsSync(own)) {
    const [text, before] = [manifest, own].map((file) => fs.readFileSync(file, 'utf8'))
    if (text !== before && text !== withoutPrepare(before)) {
      throw new Error(
        `package.json was changed after a pack that was interrupted, and ${own} has it as it was ` +
          'before that one; expected one of both alone: put "prepare" back and remove the other',
      )
    }
    replace(manifest, before)
  }
  const dist = path.join(place, 'dist')
  if (fs.existsSync(dist)) {
    fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true })
    fs.renameSync(dist, path.join(root, 'dist'))
  }
  fs.rmSync(place, { recursive: true, force: true })
}

/** Puts the package's in place: @param bundled its dist/, which is moved there. */
export function enter(root, bundled) {
  leave(root)
  const place = kept(root)
  const manifest = path.join(root, 'package.json')
  const text = fs.readFileSync(manifest, 'utf8')
  fs.mkdirSync(place, { recursive: true })
  replace(path.join(place, 'package.json'), text)
  fs.renameSync(path.join(root, 'dist'), path.join(place, 'dist'))
  fs.renameSync(bundled, path.join(root, 'dist'))
  replace(manifest, withoutPrepare(text))
}
