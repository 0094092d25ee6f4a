/** How wide what is printed may be. */

/** Where a terminal does not tell its own, as over a serial line. */
const USUAL = 80
/** Less is no terminal that one could read. */
const LEAST = 20

/**
 * The columns of the terminal that stdout is. Of another output, those that COLUMNS names;
 * undefined where it names none: nothing is fitted then.
 */
export function terminalColumns(): number | undefined {
  const { isTTY, columns } = process.stdout
  const asked = Number(/^[1-9]\d{0,4}$/.exec(process.env['COLUMNS'] ?? '')?.[0])
  const told = (isTTY && columns) || asked || (isTTY ? USUAL : undefined)
  return told && Math.max(LEAST, told)
}
