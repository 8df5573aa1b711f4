#!/usr/bin/env bash
# Fashion-MNIST (60,000 images, 28×28) from Debian's package dataset-fashion-mnist, unpacked into .cache/bench; needs apt-get, not root.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .cache/bench/fashion-mnist
cd .cache/bench/fashion-mnist
apt-get download -q dataset-fashion-mnist
dpkg -x dataset-fashion-mnist_*.deb .
rm dataset-fashion-mnist_*.deb
