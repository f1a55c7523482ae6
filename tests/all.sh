#!/usr/bin/env bash
# Installs infraplan with its tests in a virtual environment of its own and runs everything: format, lint, types, tests (they build
# the site of the documentation, too).
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${INFRAPLAN_TEST_VENV:-.venv}"
python3 -m venv "$venv"
bin="$venv/bin"
[ -d "$bin" ] || bin="$venv/Scripts"
"$bin/python" -m pip install --quiet --no-compile --disable-pip-version-check -r requirements.txt -r requirements-dev.txt \
  -r requirements-docs.txt
"$bin/python" -m infraplan.reports.assets
# compiled once, beside the checks, and not by every worker of the tests
"$bin/python" -c "from infraplan.core import kernels; kernels.load_all()" &
compiling=$!
"$bin/ruff" format --check .
"$bin/ruff" check .
"$bin/mypy"
wait "$compiling"
"$bin/python" -m pytest --numprocesses auto --dist loadfile "$@"
