/** The file `name` of the package's datasets folder, which lies as deep above src/datasets as above dist/datasets. */
export const packaged = (name: string): URL => new URL(`../../datasets/${name}`, import.meta.url)
