#!/usr/bin/env bash
# The notebooks, by our runner and by Jupyter's own, as their readers run them. Needs a built package, notebooks/kernel installed
# (npm ci --prefix notebooks/kernel) and .ci/setup-jupyter.sh. Leaves executed copies and their HTML in out/notebooks.
set -euo pipefail
cd "$(dirname "$0")/.."

node .ci/testNotebookRunner.mjs

# Most of the time one core is at work: the two runners beside each other.
node notebooks/kernel/runNotebooks.mjs notebooks/*.ipynb &
ours=$!
trap 'kill "$ours" 2> /dev/null || true' EXIT
rm -rf out/notebooks
export JUPYTER_PATH=$PWD/notebooks/kernel
jupyter=.cache/jupyter/bin/jupyter
"$jupyter" nbconvert --log-level WARN --to notebook --execute --output-dir out/notebooks notebooks/*.ipynb
"$jupyter" nbconvert --log-level WARN --to html --output-dir out/notebooks out/notebooks/*.ipynb
wait "$ours"

# What is committed: small, with its kernel named, and with its charts, so that it can be read without being run.
node -e '
const { readFileSync } = require("fs")
for (const file of process.argv.slice(1)) {
  const text = readFileSync(file, "utf8")
  const { cells, metadata } = JSON.parse(text)
  const outputs = cells.flatMap((cell) => cell.outputs ?? [])
  const fault =
    text.length > 1.5e6 ? `${text.length} bytes, more than 1.5 MB`
    : metadata.kernelspec?.name !== "tslab" ? "no kernelspec"
    : outputs.some((output) => output.output_type === "error") ? "an error among its outputs"
    : !outputs.some((output) => JSON.stringify(output).includes("data-figure")) ? "no chart among its outputs"
    : text.includes(process.cwd()) ? "the path of this machine"
    : undefined
  if (fault) { console.error(`${file}: ${fault}`); process.exitCode = 1 }
}' notebooks/*.ipynb out/notebooks/*.ipynb
