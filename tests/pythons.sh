#!/usr/bin/env bash
# Builds the wheel and tries it on the other supported Pythons of this machine, each in a fresh environment with the pinned
# requirements: the quick part of the tests on all of them, and on the newest the wheel by itself in an empty folder.
# Needs the package `build`, of the interpreter that PYTHON names (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
supported="3.11 3.12 3.13 3.14"
# what needs no compiled kernel: those are compiled, and a plan is made, on the newest only
quick="tests/test_tables.py tests/test_assumptions.py tests/test_study.py tests/test_processes.py
  tests/test_links.py tests/test_messages.py tests/test_hydraulics.py"
tools="pytest hypothesis jsonschema"
unset PYTHONPATH
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# a shim on the path may stand for a Python that is not selected: only what runs and says the right version counts
find_python() {
  local candidate
  for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/"python$1"; do
    if [ -x "$candidate" ] && [ "$("$candidate" -c 'import ensurepip, sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$1" ]; then
      echo "$candidate"
      return
    fi
  done
}

try() {
  local version="$1" interpreter="$2" venv="$scratch/$1"
  "$interpreter" -m venv "$venv"
  # shellcheck disable=SC2086
  "$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check -c "$scratch/pins.txt" "$scratch"/dist/*.whl $tools
  local alone=""
  if [ "$version" = "$newest" ]; then
    mkdir "$scratch/empty"
    (cd "$scratch/empty" && exec "$venv/bin/python" "$root/tests/installed.py") &
    alone=$!
  fi
  # shellcheck disable=SC2086
  "$venv/bin/python" -m pytest -p no:cacheprovider $quick
  if [ -n "$alone" ]; then wait "$alone"; fi
}

root="$PWD"
own="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
found="" missing="" newest=""
for version in $supported; do
  if [ "$version" != "$own" ]; then
    if [ -n "$(find_python "$version")" ]; then found="$found $version" newest="$version"; else missing="$missing $version"; fi
  fi
done
if [ -z "$found" ]; then found="$own" newest="$own"; fi
echo "Python $own runs the whole suite; the quick part runs on:$found; not on this machine:${missing:- none}"

grep -hv '^-e' requirements.txt requirements-dev.txt >"$scratch/pins.txt"
"$python" -m build --outdir "$scratch/dist" . >"$scratch/build.log" 2>&1 || { cat "$scratch/build.log"; exit 1; }
jobs=()
for version in $found; do
  interpreter="$(find_python "$version")"
  try "$version" "${interpreter:-$python}" >"$scratch/$version.log" 2>&1 &
  jobs+=("$!:$version")
done
failed=0
for job in "${jobs[@]}"; do
  outcome=works
  wait "${job%%:*}" || { outcome=FAILS failed=1; cat "$scratch/${job##*:}.log"; }
  echo "Python ${job##*:}: $outcome; $(tail -n 1 "$scratch/${job##*:}.log")"
done
exit "$failed"
