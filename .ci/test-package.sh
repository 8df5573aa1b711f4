#!/usr/bin/env bash
# The package as its users get it: packed, with native libraries for every platform, installed into an empty project, and used where no compiler
# is to be found. Then without the libraries: 'auto' goes on, and says why.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/project"
for tool in node npm sh env; do ln -s "$(command -v "$tool")" "$folder/bin/$tool"; done

# The instruction set that is taken where the library is built.
isa=$(node --input-type=module -e "import { openCpu } from './dist/backends/cpu/cpu.js'; console.log((await openCpu()).name)")

npm pack --silent --pack-destination "$folder" > "$folder/packed"
tar -tf "$folder"/*.tgz | grep prebuilt
cd "$folder/project"
echo '{ "type": "module" }' > package.json
alone() { PATH="$folder/bin" "$@"; }
alone npm install --silent --no-audit --no-fund "$folder"/*.tgz

cat > train.js << 'JS'
import { FastKMeans, datasets } from 'fastkmeans'
const [device, backend, why] = process.argv.slice(2)
const { x } = await datasets.loadMnist()
const km = new FastKMeans(784, 100, { device, niter: 3, maxPointsPerCentroid: null })
try {
  await km.train(x)
  console.log(`${device}: ${km.stats.backend}, ${km.stats.why}`)
  if (!km.stats.backend.startsWith(backend) || !km.stats.why.includes(why)) throw new Error(`expected ${backend} and '${why}'`)
} catch (error) {
  if (!error.message.includes(why)) throw error
  console.log(`${device}: ${error.message}`)
}
JS
alone node train.js cpu "$isa" device
alone node train.js auto "$isa" auto
rm -r node_modules/fastkmeans/dist/prebuilt
alone node train.js cpu none 'no C compiler'
alone node train.js auto '' 'no cpu: there is no native library'
