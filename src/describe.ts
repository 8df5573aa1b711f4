/** @file What came in place of what was expected, in the few words of an error message. */

/** 'null', '5', '5n', "'text'", 'a function', 'an empty array', or the class of an object: 'Set', 'an empty Float32Array'. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
    case 'bigint':
      return `${value}n`
    case 'function':
      return 'a function'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value) && value.length === 0) return 'an empty array'
      return `${(value as { length?: unknown }).length === 0 ? 'an empty ' : ''}${value.constructor?.name || 'object'}`
    default:
      return String(value)
  }
}
