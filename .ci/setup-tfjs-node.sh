#!/usr/bin/env bash
# Puts a working @tensorflow/tfjs-node into .cache/tfjs-node, so that the `tensorflow` backend is really tested. Its own installer needs a
# download server that is often out of reach, so libtensorflow comes from the PyPI wheel of TensorFlow, and the addon is compiled here.
# Idempotent. Linux x86-64, glibc 2.27 or newer; needs npm, a C++17 compiler, python3 with pip. Downloads 270 MB, keeps 860 MB.
# Afterwards: export FASTKMEANS_TFJS_NODE="$PWD/.cache/tfjs-node/node_modules/@tensorflow/tfjs-node"
set -euo pipefail
VERSION=4.22.0
TF_VERSION=2.21.0

mkdir -p "$(dirname "$0")/../.cache/tfjs-node"
cd "$(dirname "$0")/../.cache/tfjs-node"
package=$PWD/node_modules/@tensorflow/tfjs-node
addon=$package/lib/napi-v8/tfjs_binding.node

# A package.json of its own, or npm would save into ours. Without scripts: the installer would fail at its download.
[ -f package.json ] || echo '{ "name": "tfjs-node-for-tests", "private": true }' >package.json
[ -f "$package/package.json" ] || npm install --silent --save-exact --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$VERSION"

if [ ! -f "$package/deps/complete" ]; then
  rm -rf "$package/deps"
  mkdir -p "$package/deps/lib"
  wheel=$(mktemp -d ./wheel.XXXXXX)
  trap 'rm -rf "$wheel"' EXIT
  # The cp311 tag only chooses the file: nothing of Python is kept.
  python3 -m pip download -q --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform manylinux_2_27_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    -d "$wheel" "tensorflow-cpu==$TF_VERSION"
  python3 - "$wheel" "$package/deps" <<'PYTHON'
import glob, os, shutil, sys, zipfile

wheel, deps = sys.argv[1:]
headers = ('tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/ctstring',
           'tensorflow/include/tsl/', 'tensorflow/include/xla/tsl/c/')
archive = zipfile.ZipFile(glob.glob(wheel + '/*.whl')[0])
for name in archive.namelist():
    if name.startswith('tensorflow/libtensorflow'):
        target = os.path.join(deps, 'lib', os.path.basename(name))
    elif name.startswith(headers) and name.endswith('.h'):
        target = deps + name[len('tensorflow'):]
    else:
        continue
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.open(name) as source, open(target, 'wb') as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
PYTHON
  ln -s libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -s libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  touch "$package/deps/complete"
  rm -rf "$wheel"
fi

if [ ! -f "$addon" ]; then
  headers=$(node -p 'require("path").resolve(process.execPath, "../../include/node")')
  if [ ! -f "$headers/node_api.h" ]; then # a Node without its headers: npm has those of Node-API
    npm install --silent --no-save --ignore-scripts --no-audit --no-fund node-api-headers@1
    headers=$PWD/node_modules/node-api-headers/include
  fi
  mkdir -p "$(dirname "$addon")"
  "${CXX:-g++}" -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION \
    -I "$headers" -I "$package/deps/include" -I "$package/.." \
    "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" -o "$addon.part" \
    -L "$package/deps/lib" -ltensorflow -ltensorflow_framework '-Wl,-rpath,$ORIGIN/../../deps/lib'
  mv "$addon.part" "$addon"
fi

TF_CPP_MIN_LOG_LEVEL=2 node -e '
const util = require("util")
util.isArray ??= Array.isArray
util.isNullOrUndefined ??= (value) => value == null // tfjs-node calls it, Node 23 removed it
const tf = require(process.argv[1])
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()
if (tf.getBackend() !== "tensorflow" || String(product) !== "19,22,43,50") throw new Error(`expected 19,22,43,50, got ${product}`)
console.log(`tfjs-node ${tf.version["tfjs-core"]} works, libtensorflow ${tf.backend().binding.TF_Version}`)' "$package"
