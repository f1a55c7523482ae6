"""The Overpass server: polite requests, and checks of its answers."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import osmnx
import requests
from osmnx._errors import InsufficientResponseError

from infraplan.core import M_PER_KM, Phrase, Problem, ServiceError, Term, name_reason

log = logging.getLogger(__name__)

Extent = tuple[float, float, float, float]

CRS = "EPSG:4326"
# OSMnx keeps its settings in a module, so two fetches at a time would mix theirs
_osmnx_lock = threading.Lock()


@dataclass(frozen=True)
class Server:
    """An Overpass server and the limits of its use.

    Attributes
    ----------
    overpass_url
        Address.
    retries
        Tries after the first.
    pause_s, max_pause_s
        First and longest pause between tries [s].
    timeout_s
        Time limit without an answer [s].
    server_timeout_s
        Time limit for the server's own work [s].
    query_area_km2
        Largest area of one query [km2].
    max_area_km2
        Largest area of one request, in several queries [km2].
    """

    overpass_url: str
    retries: int
    pause_s: float
    max_pause_s: float
    timeout_s: float
    server_timeout_s: int
    query_area_km2: float
    max_area_km2: float

    @property
    def host(self) -> str:
        """Host name and port, for messages."""
        return urlsplit(self.overpass_url).netloc


class _RefusedError(Exception):
    """No usable answer from the server: whether it will stay so, and the pause [s] that the server asks for."""

    def __init__(self, why: str | Phrase, *, lasting: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.lasting = lasting
        self.wait_s = wait_s


def ask(
    theme: str, tags: Mapping[str, list[str]], extent: Extent, *, server: Server, cache: Path
) -> tuple[gpd.GeoDataFrame, bool]:
    """Ask the server for all features with one of the tags that touch the extent [deg, WGS84].

    Parameters
    ----------
    theme
        Name of the theme, for messages.
    tags
        Tags to ask for.
    extent
        West, south, east, north [deg, WGS84].
    server
        Server and limits.
    cache
        Folder for the answers of this request only.

    Returns
    -------
    features, from_cache
        Features as OSMnx returns them, and True if all came from the cache.

    Raises
    ------
    ServiceError
        If the server cannot be reached, stays busy after ``server.retries`` more tries, refuses, gives an invalid or
        incomplete answer, or has no such feature.
    """
    listener = _Listener()
    answers, failures = 0, 0
    with _osmnx_settings(server, cache, listener):
        while True:
            try:
                features = osmnx.features_from_bbox(extent, dict(tags))
                return features, listener.answers == 0
            except (requests.RequestException, _RefusedError) as error:
                # parts of the area that came are in the cache: the next try continues from there
                failures = 1 if listener.answers > answers else failures + 1
                answers = listener.answers
                _wait_or_raise(error, failures, theme=theme, server=server)
            except InsufficientResponseError as error:
                shutil.rmtree(cache, ignore_errors=True)  # so that a later try asks again
                raise nothing_found(theme, extent, server) from error
            except (json.JSONDecodeError, UnicodeDecodeError, KeyError) as error:
                problem = Problem("service.damaged_answer", file=str(cache))
                raise ServiceError(problem) from error
            except OSError as error:
                problem = Problem("service.not_kept", {"why": Term(str(error.strerror))}, str(cache))
                raise ServiceError(problem) from error


def _wait_or_raise(error: Exception, failures: int, *, theme: str, server: Server) -> None:
    """Wait for the next try, twice as long as for the last one; raise when there is none."""
    refusal = error if isinstance(error, _RefusedError) else _RefusedError(str(error))
    if isinstance(error, requests.Timeout):
        refusal = _RefusedError(Phrase("phrase.no_answer", {"seconds": server.timeout_s}))
    elif isinstance(error, requests.ConnectionError):
        refusal = _RefusedError(Phrase("phrase.server_unreachable"))
    if refusal.lasting or failures > server.retries:
        times = Phrase("phrase.one_try") if failures == 1 else Phrase("phrase.tries", {"count": failures})
        values = {"theme": theme, "host": server.host, "why": refusal.why, "times": times}
        raise ServiceError(Problem("service.not_fetched", values)) from error
    wait_s = min(max(server.pause_s * 2 ** (failures - 1), refusal.wait_s), server.max_pause_s)
    log.warning("%s: %s; trying again in %g s", server.host, refusal.why, wait_s)
    time.sleep(wait_s)


def nothing_found(theme: str, extent: Extent, server: Server) -> ServiceError:
    """Say that the server answered well, but with no feature."""
    return ServiceError(Problem("service.nothing_found", {"host": server.host, "theme": theme}, value=show(extent)))


def show(extent: Extent) -> str:
    """Format an extent for a message."""
    return ", ".join(f"{number:g}" for number in extent)


@contextmanager
def _osmnx_settings(server: Server, cache: Path, listener: _Listener) -> Iterator[None]:
    """Set the global OSMnx settings for one request, then restore them and the resolver."""
    ours = {
        "cache_folder": cache,
        "cache_only_mode": False,
        "default_crs": CRS,
        # otherwise OSMnx asks a third party for the host's address
        "doh_url_template": None,
        "http_user_agent": "infraplan (corridor screening, with OSMnx)",
        "max_query_area_size": server.query_area_km2 * M_PER_KM**2,
        # the status check hangs for a minute without network; a busy server answers 429, and then we wait
        "overpass_rate_limit": False,
        "overpass_settings": f"[out:json][timeout:{server.server_timeout_s}]",
        "overpass_url": server.overpass_url,
        "requests_kwargs": {"hooks": {"response": listener}},
        "requests_timeout": server.timeout_s,
        "use_cache": True,
    }
    with _osmnx_lock:
        theirs = {name: getattr(osmnx.settings, name) for name in ours}
        resolver = socket.getaddrinfo  # OSMnx replaces it at each request
        try:
            for name, value in ours.items():
                setattr(osmnx.settings, name, value)
            yield
        finally:
            for name, value in theirs.items():
                setattr(osmnx.settings, name, value)
            socket.getaddrinfo = resolver


class _Listener:
    """Check every answer of the server before OSMnx caches it.

    OSMnx itself repeats a query to a busy server for ever, and takes a truncated answer for a complete one.
    """

    def __init__(self) -> None:
        self.answers = 0

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        if response.is_redirect:
            return
        content = response.content  # read to the end, so that an error leaves the connection free
        _check_status(response)
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise _RefusedError(Phrase("phrase.not_json", {"start": repr(content[:40])})) from error
        _check_answer(answer)
        self.answers += 1


def _check_status(response: requests.Response) -> None:
    """Raise an error for an HTTP status of 400 or more."""
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return
    busy = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.GATEWAY_TIMEOUT)
    wished = response.headers.get("Retry-After", "")
    raise _RefusedError(
        Phrase(
            "phrase.server_busy" if busy else "phrase.server_refuses", {"status": status, "reason": response.reason}
        ),
        lasting=not busy and status < HTTPStatus.INTERNAL_SERVER_ERROR,
        wait_s=float(wished) if wished.isdecimal() else 0.0,
    )


def _check_answer(answer: Any) -> None:
    """Raise an error for an answer that is malformed or incomplete."""
    if (
        not isinstance(answer, dict)
        or not isinstance(answer.get("elements"), list)
        or not isinstance(answer.get("osm3s", {}), dict)
    ):
        raise _RefusedError(Phrase("phrase.not_overpass"))
    if "remark" in answer:
        raise _RefusedError(Phrase("phrase.incomplete", {"remark": str(answer["remark"])}))
    try:
        elements = answer["elements"]
        nodes = {e["id"]: (float(e["lon"]), float(e["lat"])) for e in elements if e["type"] == "node"}
        complete = all(e["nodes"] and nodes.keys() >= set(e["nodes"]) for e in elements if e["type"] == "way") and all(
            isinstance(e["members"], list) for e in elements if e["type"] == "relation"
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _RefusedError(Phrase("phrase.malformed", {"error": name_reason(repr(error))})) from error
    if not complete:
        raise _RefusedError(Phrase("phrase.missing_parts"))
