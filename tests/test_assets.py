"""The cache of third-party browser files: where it comes from, what it refuses."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from infraplan.core import cache
from infraplan.core.errors import ExportError
from infraplan.reports import assets

FILES = {
    "toy/toy.js": b"var toy = 1;\n//# sourceMappingURL=toy.js.map",
    "toy/toy.css": b'a { background: url("images/dot.png") } b { behavior: url(#default#VML) }',
    "toy/images/dot.png": b"\x89PNG",
}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A manifest of three tiny files and an empty cache; returns the cache folder."""
    manifest = assets.Manifest(
        packages=(assets.Package("toy", "1.0", "MIT", "(c) nobody"),),
        wheel=assets.Wheel("toywheel", "2.0", "MIT", {"toy": "toywheel/static"}),
        digests={name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    )
    monkeypatch.setattr(assets, "read_manifest", lambda: manifest)
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return tmp_path / "vendor"


def serve(files: dict[str, bytes], commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for both package clients: write the archive that they would have fetched."""

    def run(command: list[str], folder: Path) -> None:
        commands.append(command)
        if "pack" in command:
            target = Path(command[command.index("--pack-destination") + 1])
            with tarfile.open(target / "toy-1.0.tgz", "w:gz") as archive:
                for name, content in files.items():
                    member = tarfile.TarInfo(name.replace("toy/", "package/dist/", 1))
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        else:
            target = Path(command[command.index("--dest") + 1])
            with zipfile.ZipFile(target / "toywheel-2.0-py3-none-any.whl", "w") as archive:
                for name, content in files.items():
                    archive.writestr(name.replace("toy/", "toywheel/static/", 1), content)

    monkeypatch.setattr(assets, "_run", run)


@pytest.mark.parametrize("npm", ["/bin/npm", None])
def test_fill_uses_npm_and_else_pip(toy: Path, monkeypatch: pytest.MonkeyPatch, npm: str | None) -> None:
    commands: list[list[str]] = []
    serve(FILES, commands, monkeypatch)
    monkeypatch.setattr(assets.shutil, "which", lambda _: npm)
    assert not assets.installed()
    assert assets.fill() == toy
    assert assets.installed()
    assert ("pack" in commands[0], "download" in commands[0]) == ((True, False) if npm else (False, True))
    assets.fill()
    assert len(commands) == 1, "a full cache is not fetched again"


def test_first_use_fills_and_text_is_ready_for_a_page(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(FILES, [], monkeypatch)
    assert assets.script("toy/toy.js") == "var toy = 1;"
    css = assets.stylesheet("toy/toy.css")
    assert "url(data:image/png;base64,iVBORw==)" in css
    assert "url(#default#VML)" in css
    assert assets.data_url("toy/toy.js") == "data:text/javascript;base64,dmFyIHRveSA9IDE7"


def test_no_client_tells_what_to_run(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], folder: Path) -> None:
        raise subprocess.TimeoutExpired(command, 180)

    monkeypatch.setattr(assets, "_run", fail)
    with pytest.raises(ExportError, match=r"python -m infraplan\.reports\.assets") as caught:
        assets.script("toy/toy.js")
    assert str(toy) in str(caught.value)
    assert not toy.exists(), "nothing half-written"


def test_foreign_files_are_refused(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve({**FILES, "toy/toy.js": b"steal()"}, [], monkeypatch)
    with pytest.raises(ExportError, match=r"toy/toy\.js.*SHA-256 differs"):
        assets.fill()
    assert not assets.installed()
    assert not toy.exists()


def test_changed_cache_is_refused_then_repaired(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(FILES, [], monkeypatch)
    assets.fill()
    (toy / "toy/toy.js").write_bytes(b"steal()")
    assert not assets.installed()
    with pytest.raises(ExportError, match="SHA-256 differs"):
        assets.script("toy/toy.js")
    assets.fill()
    assert assets.script("toy/toy.js") == "var toy = 1;"


def test_unknown_name_lists_the_known_ones(toy: Path) -> None:
    with pytest.raises(ExportError, match=r"toy/toy\.js"):
        assets.script("jquery.js")


def test_install_static_copies_images_too(toy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(FILES, [], monkeypatch)
    folder = tmp_path / "static/vendor"
    written = {path.relative_to(folder).as_posix(): path.read_bytes() for path in assets.install_static(folder)}
    assert written == FILES


def test_every_listed_file_belongs_to_a_package_with_a_free_licence() -> None:
    manifest = assets.read_manifest()
    names = {package.name for package in manifest.packages}
    assert {name.partition("/")[0] for name in manifest.digests} == names == set(manifest.wheel.folders)
    assert {package.licence for package in manifest.packages} <= {"MIT", "BSD-2-Clause", "BSD-3-Clause"}


def test_real_cache_holds_leaflet() -> None:
    assets.fill()
    assert assets.installed()
    assert "Leaflet 1.9.4" in assets.script("leaflet/leaflet.js")
    assert "url(images/layers" not in assets.stylesheet("leaflet/leaflet.css")
