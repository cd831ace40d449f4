"""A web server that does what a good static host does, and remembers what it was asked for."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from small_sites import MOUNT

FOREVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
HASHED = re.compile(r"\.[0-9a-f]{8,}\.")
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".xml", ".ipynb"}


@dataclass(frozen=True)
class Asset:
    """A published file, as it is sent."""

    path: Path

    @cached_property
    def content(self) -> bytes:
        content = self.path.read_bytes()
        return gzip.compress(content) if self.path.suffix in COMPRESSED else content

    @cached_property
    def headers(self) -> dict[str, str]:
        kind, _ = mimetypes.guess_type(self.path.name)
        return {
            "Content-Type": kind or "application/octet-stream",
            "Content-Length": str(len(self.content)),
            "Cache-Control": FOREVER if HASHED.search(self.path.name) else ASK_AGAIN,
            "ETag": f'"{hashlib.sha256(self.content).hexdigest()[:16]}"',
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": "gzip"} if self.path.suffix in COMPRESSED else {}),
        }


@dataclass(frozen=True)
class Answer:
    """What was asked for, as the site's own uri, and what that cost."""

    uri: str
    status: int
    sent: int


class Host(ThreadingHTTPServer):
    """Serves a folder under MOUNT, on a free port of this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.answers: list[Answer] = []
        self._assets: dict[Path, Asset] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{MOUNT}"

    def asset(self, uri: str) -> Asset | None:
        """The file that a uri stands for, if it was published."""
        path = self.folder / uri
        path = path / "index.html" if path.is_dir() else path
        return self._assets.setdefault(path, Asset(path)) if path.is_file() else None


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Host
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        asset = self.server.asset(path.removeprefix(MOUNT)) if path.startswith(MOUNT) else None
        if asset is None:
            self._send(HTTPStatus.NOT_FOUND, self.server.asset("404.html"))
        elif self.headers["If-None-Match"] == asset.headers["ETag"]:
            self._send(HTTPStatus.NOT_MODIFIED, asset)
        else:
            self._send(HTTPStatus.OK, asset)

    def _send(self, status: HTTPStatus, asset: Asset | None) -> None:
        assert asset is not None
        self.send_response(status)
        for name, value in asset.headers.items():
            if status != HTTPStatus.NOT_MODIFIED or name != "Content-Length":
                self.send_header(name, value)
        body = b"" if status == HTTPStatus.NOT_MODIFIED else asset.content
        sent = sum(map(len, self._headers_buffer)) + len(body)
        self.end_headers()
        self.wfile.write(body)
        self.server.answers.append(Answer(self.path.removeprefix(MOUNT), status, sent))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal: `answers` has it."""
