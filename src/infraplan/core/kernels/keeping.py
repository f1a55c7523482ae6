"""How machine code is kept: with a checksum at the end of each file, in a folder that may be read-only.

The compiler's own way to keep code trusts what it finds: a file cut short is a traceback, a changed one may be a crash.
Imported when a kernel is compiled or loaded.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import caching

from infraplan.core.kernels import store

log = logging.getLogger(__name__)

_DIGEST_BYTES = hashlib.sha256().digest_size


class _Place(caching._CacheLocator):
    """The folder of this version: its name says which source files the code was made of."""

    def __init__(self, function: Any, file: str) -> None:
        self._py_file = file  # the compiler names it in warnings
        self._line = function.__code__.co_firstlineno
        self._module = function.__module__

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        Path(self.get_cache_path()).mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        """Return the folder of the function."""
        return str(store.open_folder() / self._module)

    def get_source_stamp(self) -> str:
        """Return which sources the code was made of."""
        return f"{store.open_folder().name} {_digest(self._py_file)}"

    def get_disambiguator(self) -> str:
        """Return what tells functions of one name apart."""
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Place:
        """Return the place of a function."""
        return cls(py_func, py_file)


class _Code(caching.CompileResultCacheImpl):
    """What is kept of a function."""

    _locator_classes = (_Place,)  # type: ignore[assignment]


class _Files(caching.IndexDataCacheFile):
    """Index and code of a function, each with its checksum."""

    def _load_index(self) -> Any:
        return super()._load_index() if _is_whole(Path(self._index_path)) else {}  # type: ignore[no-untyped-call]

    def _load_data(self, name: str) -> Any:
        path = Path(self._data_path(name))  # type: ignore[no-untyped-call]
        if not _is_whole(path):
            raise FileNotFoundError(path)
        return super()._load_data(name)  # type: ignore[no-untyped-call]

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        content = io.BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + _sign(Path(filepath), content.getvalue()))


class KeptCode(caching.FunctionCache):
    """The code of one function on disk; what cannot be read is made again, what cannot be written is not kept."""

    _impl_class = _Code

    def __init__(self, function: Any) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code of a signature; None if it has to be compiled."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001  of another version or machine: the compiler names no kinds
            log.info("kept code of %s is dropped: %s", self._name, error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code of a signature."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            _warn_once(str(error.strerror or error))


def _is_whole(path: Path) -> bool:
    """Say whether a file ends with its checksum; one that does not is removed."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    if _sign(path, content[:-_DIGEST_BYTES]) == content[-_DIGEST_BYTES:]:
        return True
    log.info("%s is not whole and is made again", path)
    with suppress(OSError):
        path.unlink()
    return False


def _sign(path: Path, content: bytes) -> bytes:
    """Return the checksum of a file; its name counts, so that no kernel is taken for another one."""
    return hashlib.sha256(f"{path.parent.name}/{path.name}".encode() + b"\0" + content).digest()


@cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


_warned: set[str] = set()


def _warn_once(why: str) -> None:
    if not _warned:
        log.warning("compiled code cannot be kept (%s): it is compiled again each time", why)
    _warned.add(why)
