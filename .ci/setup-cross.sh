#!/usr/bin/env bash
# What cross-compiles the native library and tries it: zig's C compiler in .cache/zig (from PyPI, pinned; 90 MB to download) and, unless there
# already, Debian's qemu-user and valgrind, which need root. `.ci/setup-cross.sh zig` leaves out these: it is all that `npm pack` needs.
set -euo pipefail
cd "$(dirname "$0")/.."

PACKAGE=ziglang==0.17.1

venv=.cache/zig
# Written last: an installation that was cut off, or of another version, is made anew.
stamp="$venv/installed.txt"
if ! { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$PACKAGE" ]; }; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$PACKAGE"
  echo "$PACKAGE" > "$stamp"
fi

if [ "${1:-}" != zig ] && ! { command -v qemu-aarch64 && command -v valgrind; } > /dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends qemu-user valgrind libc6-dbg > /dev/null
fi
