"""Third-party browser files (Leaflet): fetched once by a package client, checked and cached, never committed.

``templates/assets.toml`` lists the files, their licences and their SHA-256 digests. The first use fills the cache with
``npm pack``, or, without npm, with ``pip download`` of a permissively licensed wheel that contains the same files.
``python -m infraplan.reports.assets`` fills the cache in advance.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from infraplan.core import ExportError, Phrase, Problem, cache

log = logging.getLogger(__name__)

CLIENT_TIMEOUT_S = 180
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Package:
    """One third-party package: name, version, licence and copyright."""

    name: str
    version: str
    licence: str
    copyright: str


@dataclass(frozen=True)
class Wheel:
    """A Python wheel with the same files, for machines without npm."""

    name: str
    version: str
    licence: str
    folders: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """All packages, the fallback wheel, and the SHA-256 digest of every file by name."""

    packages: tuple[Package, ...]
    wheel: Wheel
    digests: Mapping[str, str]


@lru_cache(maxsize=1)
def read_manifest() -> Manifest:
    """Read the packaged list of third-party files."""
    text = resources.files("infraplan.reports").joinpath("templates/assets.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Manifest(
        packages=tuple(Package(**row) for row in table["package"]),
        wheel=Wheel(**table["wheel"]),
        digests={row["name"]: row["sha256"] for row in table["file"]},
    )


def find_cache() -> Path:
    """Return the folder of the cached files: ``INFRAPLAN_CACHE`` or the user's cache folder."""
    return cache.folder() / "vendor"


def installed(cache_dir: Path | None = None) -> bool:
    """Return True if every file is in the cache with the right digest."""
    folder = cache_dir or find_cache()
    return all(_matches(folder / name, digest) for name, digest in read_manifest().digests.items())


def fill(cache_dir: Path | None = None) -> Path:
    """Fetch the missing files with a package client, check them, and return the cache folder.

    Raises
    ------
    ExportError
        If no package client can fetch the files, or a fetched file is not the expected one.
    """
    folder = cache_dir or find_cache()
    if installed(folder):
        return folder
    clients: tuple[tuple[str, Callable[[Path], dict[str, bytes]]], ...] = (
        ("npm", _pack_with_npm),
        ("pip", _download_with_pip),
    )
    failures = []
    for client, fetch in clients:
        try:
            with tempfile.TemporaryDirectory(prefix="infraplan-") as scratch:
                files = fetch(Path(scratch))
        except (OSError, KeyError, subprocess.SubprocessError, tarfile.TarError, zipfile.BadZipFile) as error:
            log.info("%s could not fetch the map scripts: %s", client, error)
            failures.append(f"{client}: {error}")
            continue
        _check(files, Phrase("phrase.fetched_with", {"client": client}))
        _store(files, folder)
        log.info("map scripts fetched with %s into %s", client, folder)
        return folder
    raise ExportError(
        Problem("asset.not_fetched", {"failures": "; ".join(failures), "variable": cache.VARIABLE}, file=str(folder))
    )


def script(name: str) -> str:
    """Return the text of a cached script, for example ``leaflet/leaflet.js``; fetch it on first use."""
    # The source map is not shipped; with its reference the browser would ask for a missing file.
    return re.sub(r"\n?//# sourceMappingURL=\S+", "", _read(name).decode("utf-8"))


def stylesheet(name: str) -> str:
    """Return the text of a cached style sheet, with its images embedded."""
    folder = name.rpartition("/")[0]

    def embed(match: re.Match[str]) -> str:
        image = f"{folder}/{match[1]}"
        return f"url({data_url(image)})" if image in read_manifest().digests else match[0]

    return re.sub(r"url\(['\"]?(images/[\w.-]+)['\"]?\)", embed, _read(name).decode("utf-8"))


def data_url(name: str) -> str:
    """Return a cached file as a data URL; a style sheet contains its images."""
    suffix = Path(name).suffix
    content = {".js": script, ".css": stylesheet}[suffix](name).encode() if suffix in (".js", ".css") else None
    return encode_url(content if content is not None else _read(name), suffix=suffix)


def encode_url(content: bytes, *, suffix: str) -> str:
    """Return bytes as a base64 data URL with the media type of a file suffix."""
    return f"data:{MEDIA_TYPES[suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def cite(package_name: str) -> str:
    """Return the one-line licence notice of a package, which is written beside its code."""
    package = next(item for item in read_manifest().packages if item.name == package_name)
    return f"{package.name} {package.version}, {package.licence}, {package.copyright}"


def install_static(folder: Path) -> tuple[Path, ...]:
    """Copy the cached files into an app's static folder (ignored by git); return the paths written."""
    fill()
    files = {name: _read(name) for name in read_manifest().digests}
    _store(files, folder)
    return tuple(folder / name for name in files)


def _read(name: str) -> bytes:
    digests = read_manifest().digests
    if name not in digests:
        raise ExportError(Problem("asset.unknown", {"known": tuple(digests)}, file="assets.toml", value=name))
    path = find_cache() / name
    if not path.exists():
        fill()
    content = path.read_bytes()
    _check({name: content}, Phrase("phrase.in_folder", {"folder": str(path.parent)}), only=name)
    return content


def _matches(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _check(files: Mapping[str, bytes], origin: Phrase, *, only: str = "") -> None:
    digests = read_manifest().digests
    names = (only,) if only else tuple(digests)
    wrong = [name for name in names if hashlib.sha256(files[name]).hexdigest() != digests[name]]
    if wrong:
        raise ExportError(
            Problem("asset.altered", {"origin": origin}, file=name, value=hashlib.sha256(files[name]).hexdigest()[:12])
            for name in wrong
        )


def _store(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Rename at the end, so that two processes that fill the same cache never see half a file.
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as scratch:
            scratch.write(content)
        Path(scratch.name).replace(target)
        target.chmod(0o644)


def _names_by_package() -> Iterator[tuple[Package, list[str]]]:
    manifest = read_manifest()
    for package in manifest.packages:
        yield package, [name for name in manifest.digests if name.partition("/")[0] == package.name]


def _pack_with_npm(scratch: Path) -> dict[str, bytes]:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not on the path")
    files = {}
    for package, names in _names_by_package():
        target = scratch / package.name
        target.mkdir()
        _run([npm, "pack", f"{package.name}@{package.version}", "--pack-destination", str(target),
              "--silent", "--fetch-retries=1", "--fetch-timeout=30000"], scratch)  # fmt: skip
        with tarfile.open(next(target.glob("*.tgz"), target / "package.tgz")) as archive:
            for name in names:
                member = archive.extractfile(f"package/dist/{name.partition('/')[2]}")
                if member is None:
                    raise FileNotFoundError(f"{name} is missing in the package")
                files[name] = member.read()
    return files


def _download_with_pip(scratch: Path) -> dict[str, bytes]:
    wheel = read_manifest().wheel
    _run([sys.executable, "-m", "pip", "download", f"{wheel.name}=={wheel.version}", "--no-deps",
          "--only-binary=:all:", "--dest", str(scratch), "--quiet", "--disable-pip-version-check",
          "--retries=1", "--timeout=30"], scratch)  # fmt: skip
    files = {}
    with zipfile.ZipFile(next(scratch.glob("*.whl"), scratch / "package.whl")) as archive:
        for package, names in _names_by_package():
            for name in names:
                files[name] = archive.read(f"{wheel.folders[package.name]}/{name.partition('/')[2]}")
    return files


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=CLIENT_TIMEOUT_S, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        lines = [line for line in (error.stderr or "").strip().splitlines() if line.strip()]
        raise OSError(lines[-1] if lines else f"exit code {error.returncode}") from error


if __name__ == "__main__":
    fill()
