"""Compare every output file of two checkouts, byte by byte: for changes that must not change behaviour.

    python -m benchmarks.same_output BEFORE [AFTER] [--keep DIR] [--except KEY ...]

BEFORE and AFTER (default: this checkout) are folders of checkouts, or folders of outputs that ``--keep`` left. Runs
every command that writes or prints something, on Toyland and on the default study of each checkout, and lists the
files that differ. Time stamps of GeoPackages and PDF files are set aside. ``--except`` sets aside members of JSON
files that a change is known to move, for instance ``version`` and ``inputs_sha256`` after a table got a column.
Exits with 1 when anything else differs.
"""

from __future__ import annotations

import argparse
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS: dict[str, tuple[str, ...]] = {
    "plan": ("plan", "--out", "{out}"),
    "plan-nl-2040": ("plan", "--year", "2040", "--language", "nl", "--weights", "co2=3,cost=1", "--out", "{out}"),
    "sheets": ("sheets", "--kind", "overview", "--format", "svg", "--out", "{out}"),
    "needs": ("needs", "--totals"),
    "projects": ("projects",),
    "layers": ("layers",),
    "sources": ("sources",),
    "check": ("check",),
    "surface": ("surface", "--out", "{out}/surface.tif"),
}
OF_DEFAULT: dict[str, tuple[str, ...]] = {
    "plan-low-industry": ("plan", "--scenario", "low-industry", "--cost-model", "parker-2004", "--out", "{out}"),
    "plan-ccs-led": ("plan", "--scenario", "ccs-led", "--language", "nl", "--out", "{out}"),
    "compare": ("compare", "roadmap-2025", "electrification-led", "--out", "{out}"),
    "explain-site": ("explain", "arcelormittal-gent", "--language", "nl"),
    "explain-corridor": ("explain", "antwerp--zeeland"),
    "alternatives": ("alternatives", "albert_canal--antwerp", "--out", "{out}"),
}
OF_TOYLAND: dict[str, tuple[str, ...]] = {
    "sheets-nl": ("sheets", "--language", "nl", "--format", "svg", "--out", "{out}")
}
STAMPS = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?|/(?:CreationDate|ModDate) ?\([^)]*\)")
STAMPED = {".gpkg", ".pdf"}


def main() -> int:
    """Make the outputs of both and compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=Path(__file__).resolve().parents[1])
    parser.add_argument("--keep", type=Path, help="folder that keeps the outputs")
    parser.add_argument("--except", dest="aside", nargs="*", default=[], help="members of JSON files to set aside")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kept = wanted.keep or Path(scratch)
        folders = [
            make_outputs(side, kept / name) for side, name in ((wanted.before, "before"), (wanted.after, "after"))
        ]
        return compare(*folders, [re.compile(rb'"' + key.encode() + rb'": ?"[^"]*"') for key in wanted.aside])


def make_outputs(checkout: Path, out: Path) -> Path:
    """Run every command of a checkout; a folder of outputs is returned as it is."""
    if not (checkout / "src").is_dir():
        return checkout
    toyland = out / "study"
    run(checkout, ("new", str(toyland), "--toyland"), out / "new")
    for study, commands in (("toyland", COMMANDS | OF_TOYLAND), ("default", COMMANDS | OF_DEFAULT)):
        for name, words in commands.items():
            folder = out / study / name
            told = [word.format(out=folder) for word in words]
            run(checkout, (*told, "--study", str(toyland if study == "toyland" else checkout)), folder)
            print(f"{out.name}: {study} {name}", flush=True)
    return out


def run(checkout: Path, words: tuple[str, ...], folder: Path) -> None:
    """Run one command; what it prints is an output too."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"PYTHONPATH": str(checkout / "src"), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "infraplan", *words],
        env=os.environ | paths,
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    said = done.stdout + b"\n--\n" + done.stderr + b"\nexit %d\n" % done.returncode
    for path in (folder, folder.parent.parent, folder.parent, checkout):
        said = said.replace(str(path).encode(), b"HERE")
    (folder / "said.txt").write_bytes(said)


def compare(before: Path, after: Path, aside: list[re.Pattern[bytes]]) -> int:
    """List the files that differ, and return 1 if any does."""
    names = sorted(
        {str(path.relative_to(side)) for side in (before, after) for path in side.rglob("*") if path.is_file()}
    )
    differ = [name for name in names if read(before / name, aside) != read(after / name, aside)]
    for name in differ:
        print(f"differs: {name}")
    print(f"{len(names) - len(differ)} of {len(names)} files are equal")
    return int(bool(differ))


def read(path: Path, aside: list[re.Pattern[bytes]]) -> bytes | None:
    """Return what counts of a file; None where there is none."""
    if not path.is_file():
        return None
    content = dump(path) if path.suffix == ".gpkg" else path.read_bytes()
    if path.suffix in STAMPED:
        content = STAMPS.sub(b"", content)
    for pattern in aside if path.suffix in {".json", ".geojson"} else ():
        content = pattern.sub(b"", content)
    return content


def dump(path: Path) -> bytes:
    """Return a GeoPackage as SQL: its bytes count every write of the database."""
    with sqlite3.connect(path) as database:
        return "\n".join(database.iterdump()).encode()


if __name__ == "__main__":
    sys.exit(main())
