#!/usr/bin/env bash
# Writes the locks of the image anew, with the newest versions that pyproject.toml allows. Needs uv.
set -euo pipefail
cd "$(dirname "$0")"
lock() { # lock NAME, requirements on standard input or in files
  local name=$1
  shift
  { echo "# Written by requirements/lock.sh; change pyproject.toml or that script, not this file."
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"; } >"$name.part"
  mv "$name.part" "$name"
}
lock image.txt --extra documents ../pyproject.toml
printf 'hatchling>=1.27\nhatch-vcs>=0.5\n' | lock build.txt -
printf 'nvidia-cublas-cu12>=12.4,<13\n' | lock cuda.txt -
printf 'torch==2.13.0\n' | lock torch.txt -
