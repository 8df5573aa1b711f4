/** @file Options of readers and writers: names that are not known are refused. */

/** @throws TypeError for options that are no object, or hold a name that is not among `known` */
export function checkOptions(options: object, known: readonly string[], where: string): void {
  if (options === null || typeof options !== 'object')
    throw new TypeError(`${where}: expected an options object, got ${options === null ? 'null' : typeof options}`)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`${where}: expected options among ${known.join(', ')}, got '${unknown}'`)
}
