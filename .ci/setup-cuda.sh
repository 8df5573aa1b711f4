#!/usr/bin/env bash
# Puts NVIDIA's compiler into .cache/cuda: nvcc 13.0, which the committed PTX is made with, and ptxas 12.4, the oldest that has to take it
# (its language version is the one that build.ts claims). From PyPI's wheels, without a toolkit or a driver. Idempotent. Linux x86-64;
# needs python3 with venv and a C++ compiler. Afterwards: export NVCC="$PWD/.cache/cuda/nvcc" PTXAS="$PWD/.cache/cuda/ptxas"
set -euo pipefail
mkdir -p "$(dirname "$0")/../.cache/cuda"
cd "$(dirname "$0")/../.cache/cuda"
[ ! -f complete ] || exit 0

rm -rf venv old nvcc ptxas
python3 -m venv venv
venv/bin/pip install -q nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.96 \
  nvidia-cuda-cccl==13.0.85
venv/bin/pip install -q --no-deps --target old nvidia-cuda-nvcc-cu12==12.4.131
# A script, no link: nvcc looks for its headers beside the path that it was called by.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(echo "$PWD"/venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc)" >nvcc
chmod +x nvcc
ln -sfn "$PWD/old/nvidia/cuda_nvcc/bin/ptxas" ptxas
touch complete
