"""A stand-in Overpass server on localhost, which knows a tiny invented area and can be told to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

EXTENT = (4.0, 51.0, 4.2, 51.1)
STATED_DATE = "2031-05-17"

_NODES = {
    1: (4.01, 51.01),
    2: (4.08, 51.03),
    3: (4.15, 51.08),
    11: (4.10, 51.05),
    12: (4.12, 51.05),
    13: (4.12, 51.07),
    14: (4.10, 51.07),
    21: (4.19, 51.01),
    22: (4.30, 51.09),  # outside the extent: the motorway crosses its edge
    31: (4.05, 51.00),
    32: (4.05, 51.09),
}


def _way(way_id: int, nodes: list[int], **tags: str) -> dict[str, Any]:
    return {"type": "way", "id": way_id, "nodes": nodes, "tags": tags}


ELEMENTS: list[dict[str, Any]] = [
    *({"type": "node", "id": i, "lon": lon, "lat": lat} for i, (lon, lat) in _NODES.items()),
    {"type": "node", "id": 40, "lon": 4.02, "lat": 51.02, "tags": {"man_made": "pipeline"}},
    _way(101, [1, 2, 3], man_made="pipeline", substance="gas", operator="Toygas", name="[12]"),
    _way(102, [2, 3], man_made="pipeline", substance="water"),
    _way(201, [11, 14, 13, 12, 11], landuse="industrial", name="Toy works"),
    _way(301, [21, 22], highway="motorway", ref="T1"),
    _way(401, [31, 32], waterway="canal", name="Toy canal", CEMT="Va"),
    _way(501, [1, 3], railway="rail", usage="main"),
    _way(502, [1, 2], railway="rail", service="yard"),
    # an outline that crosses itself, as people draw them
    _way(601, [11, 13, 12, 14, 11], boundary="protected_area", name="Toy marsh"),
]


def answer(elements: list[dict[str, Any]] = ELEMENTS, **more: Any) -> tuple[int, bytes]:
    """A whole answer; ``more`` adds members such as a remark."""
    papers = {"timestamp_osm_base": f"{STATED_DATE}T04:05:06Z", "copyright": "invented"}
    return 200, json.dumps({"version": 0.6, "osm3s": papers, "elements": elements, **more}).encode()


BUSY = (429, b"<html>Too Many Requests</html>")
OVERLOADED = (504, b"<html>Gateway Timeout</html>")
WRONG_QUERY = (400, b"<html>parse error</html>")
GARBAGE = (200, b"<html>The server is probably too busy</html>")
EMPTY = answer([])
BROKEN_OFF = answer(ELEMENTS, remark="runtime error: Query timed out in 'query'")
NODES_MISSING = answer([element for element in ELEMENTS if element.get("id") != 2])


@dataclass
class StandIn:
    """Replies in turn with ``script`` and then, for ever, with its last; remembers what it was asked."""

    url: str
    script: list[tuple[int, bytes]] = field(default_factory=lambda: [answer()])
    queries: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


@contextmanager
def serve() -> Iterator[StandIn]:
    """Run the stand-in on a free port of localhost."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lines = ("Connected as: 1", "Current time: now", "Announced endpoint: none", "Rate limit: 2")
            self.reply(200, "\n".join((*lines, "2 slots available now.")).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            stand_in.queries.append(parse_qs(body)["data"][0])
            stand_in.agents.add(self.headers["User-Agent"])
            known = self.path == "/api/interpreter"
            script = stand_in.script
            self.reply(*(script.pop(0) if len(script) > 1 else script[0]) if known else (404, b""))

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in = StandIn(f"http://127.0.0.1:{server.server_port}/api")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
