#!/usr/bin/env bash
# Jupyter's own runner, to execute the notebooks as their readers do: nbconvert in .cache/jupyter, from PyPI, all versions pinned.
# Usage of the result: JUPYTER_PATH=notebooks/kernel .cache/jupyter/bin/jupyter nbconvert --execute ...
set -euo pipefail
cd "$(dirname "$0")/.."

PACKAGES=(nbconvert==7.17.2 nbclient==0.11.0 nbformat==5.11.1 jupyter_client==8.10.0 jupyter_core==5.9.1)

venv=.cache/jupyter
# Written last: an installation that was cut off, or of other versions, is made anew.
stamp="$venv/installed.txt"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "${PACKAGES[*]}" ]; then
  exit 0
fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${PACKAGES[@]}"
echo "${PACKAGES[*]}" > "$stamp"
