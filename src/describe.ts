/** @file Describes a value in a few words, for the "got …" of an error message. */

/** 'null', '5', '5n', "'text'", 'a function', 'an array of 3', 'an empty array', or an object's class: 'Set', 'an empty Float32Array'. */
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
      if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`
      return `${(value as { length?: unknown }).length === 0 ? 'an empty ' : ''}${value.constructor?.name || 'object'}`
    default:
      return String(value)
  }
}
