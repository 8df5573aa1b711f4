/** @file What the Markdown files say of the tree is still so: the files, scripts and variables that they name are there. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const DOCS = ['README.md', 'src/README.md', 'bench/README.md', 'datasets/README.md']
/** Named for readers, made by commands or by them: no files of the tree. */
const MADE = /^(out|dist|wheels)\/|^(points|centroids|labels|gpu)\.\w+$|^report\.html$|^train-|SUITE|NAME|\*/

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const folders = ['src', 'test', 'bench', 'datasets', 'notebooks', '.ci']
const files = [
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.includes('node_modules'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  ),
  ...readdirSync(root),
]
const exists = (path: string): boolean => files.some((file) => file === path || file.endsWith(`/${path}`))
/** Words in backticks, and targets of links. */
const marked = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`|\]\(([^)]+)\)/g)].flatMap((match) => (match[1] ?? match[2]).split(/[\s,]+/))

describe.each(DOCS)('%s', (doc) => {
  test('names files and folders that are there', () => {
    const paths = marked(read(doc)).filter((word) => /^[\w./-]*\w(\.(ts|js|mjs|c|cu|cuh|h|py|ipynb|json|md|png|sh|csv|gz)|\/)$/.test(word))
    const missing = paths.filter((path) => !MADE.test(path) && !exists(path.replace(/^\.\//, '').replace(/\/$/, '')))
    expect(missing).toStrictEqual([])
  })

  test('names scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...read(doc).matchAll(/npm run ([\w:]+)/g)].map((match) => match[1])
    expect(named.filter((name) => scripts[name] === undefined)).toStrictEqual([])
  })
})

test('the README files tell of every environment variable that the library reads', () => {
  const told = read('README.md') + read('src/README.md')
  const sources = files.filter((file) => /^src\/.*\.(ts|js)$/.test(file))
  const variables = sources.flatMap((file) => [...read(file).matchAll(/process\.env\.(FASTKMEANS_\w+)/g)].map((match) => match[1]))
  expect(variables.length).toBeGreaterThan(0)
  expect(variables.filter((name) => !told.includes(name))).toStrictEqual([])
})
