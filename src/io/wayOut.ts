/** @file Files of points in formats that only their own library reads: the command that makes a file of them that can be read here. */
import { extname } from 'node:path'
import { pathText } from './source.js'
import type { FilePath } from './source.js'

/** A line of Python that takes the two files as arguments, and the ending of what it writes. */
interface Conversion {
  code: string
  ending: string
}

const TORCH: Conversion = {
  code: "import sys, numpy, torch; numpy.save(sys.argv[2], torch.load(sys.argv[1], map_location='cpu').float().numpy())",
  ending: '.npy',
}

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  '.npz': { code: 'import sys, numpy; z = numpy.load(sys.argv[1]); numpy.save(sys.argv[2], z[z.files[0]])', ending: '.npy' },
  '.parquet': {
    code: 'import sys, pyarrow.feather as f, pyarrow.parquet as p; f.write_feather(p.read_table(sys.argv[1]), sys.argv[2])',
    ending: '.arrow',
  },
  '.pt': TORCH,
  '.pth': TORCH,
  '.bin': TORCH,
}

/** What an error adds for a file of such a format: '; convert it first: python -c "…" x.npz x.npy'. Nothing for any other name. */
export function wayOut(path: FilePath): string {
  const from = pathText(path)
  const extension = extname(from).toLowerCase()
  if (!Object.hasOwn(CONVERSIONS, extension)) return ''
  const { code, ending } = CONVERSIONS[extension]
  const to = from.slice(0, -extension.length) + ending
  return `; convert it first: python -c "${code}" ${quoted(from)} ${quoted(to)}`
}

/** A file name as a shell takes it. */
const quoted = (name: string): string => (/^[\w./:\\-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)
