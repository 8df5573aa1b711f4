#!/usr/bin/env bash
# A browser built on Chromium, for the tests of charts and of JupyterLab: the one that is there, else Debian's.
set -euo pipefail
cd "$(dirname "$0")/.."

if node -e "import('./dist/plots/browser.js').then(({ findBrowser }) => console.log(findBrowser('setup-browser')))" 2> /dev/null; then
  exit 0
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
