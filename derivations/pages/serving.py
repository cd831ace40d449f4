"""`mkdocs serve` when it cannot serve: a port that is taken, or a build that fails.

MkDocs alone would say that the port is taken after the whole build, in a traceback; and while a build fails, it would
leave every request waiting until the mistake is mended. Here the browser shows what is wrong, and the next build that
succeeds replaces it.
"""

from __future__ import annotations

import errno
import socket
import traceback
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer

from .vendor import wait_until_built, with_reload

PAGE = """\
<!doctype html>
<html lang="zh">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>构建停了 · The build stopped</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ margin: 3rem auto; padding: 0 1rem; max-width: 60rem; font: 1rem/1.7 system-ui, sans-serif }}
  pre {{ padding: 1rem; border-left: 3px solid #c0392b; overflow-x: auto; font: .9rem/1.6 ui-monospace, monospace }}
</style>
<body>
<h1>构建停了 <span lang="en">· The build stopped</span></h1>
<pre>{problem}</pre>
<p>改好保存，这一页会自己刷新。<span lang="en">Mend it and save: this page reloads by itself.</span></p>
</body>
</html>
"""

PORTS = 65536
EXCLUSIVE = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
"""On Windows, SO_REUSEADDR would share a port with whoever has it; elsewhere it forgives a server that just ended."""


def check_address(host: str, port: int) -> None:
    """Stop, in a sentence, unless a server can listen there."""
    if error := _refusal(host, port):
        raise Abort(_why_not(host, port, error))


def check_again(server: LiveReloadServer) -> None:
    """Have `server` do the same when it begins to listen: somebody may have come first while the site was built."""
    host, port = server.server_address[:2]
    bind = server.server_bind

    def server_bind() -> None:
        try:
            bind()
        except OSError as error:
            raise Abort(_why_not(str(host), port, error)) from None

    server.server_bind = server_bind  # type: ignore[method-assign]


def _refusal(host: str, port: int) -> OSError | None:
    """Why nothing can listen there."""
    if not 0 <= port < PORTS:
        return OSError(errno.EINVAL, f"ports go up to {PORTS - 1}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, EXCLUSIVE, 1)
            probe.bind((host, port))
    except OSError as error:
        return error
    return None


def _why_not(host: str, port: int, error: OSError) -> str:
    at = f"[{host}]" if ":" in host else host
    if error.errno != errno.EADDRINUSE:
        return f"Nothing can be served at {at}:{port}: {error.strerror or error}."
    others = (*range(port + 1, PORTS), *range(1024, port))
    other = f"{at}:{next(other for other in others if not _refusal(host, other))}"
    return (
        f"Port {port} of {at} is taken, perhaps by another `make serve`. {other} is free: "
        f"make serve ADDR={other}, or mkdocs serve -a {other}"
    )


def show_problems(server: LiveReloadServer, reported: Callable[[], str | None]) -> None:
    """Have `server` send the problem of the last build, while there is one, wherever it would send a page.

    `reported` gives what went wrong when the error itself, as MkDocs raises it, says less.
    """
    build, answer = server.builder, server.serve_request
    problem: str | None = None

    def builder() -> None:
        nonlocal problem
        try:
            build()
            problem = None
        except SystemExit as error:  # MkDocs has printed it
            problem = reported() or str(error)
        except Exception as error:
            traceback.print_exc()
            problem = reported() or repr(error)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith(("/", ".html")):
            return answer(environ, start_response)
        epoch = wait_until_built(server)
        if problem is None:
            return answer(environ, start_response)
        page = with_reload(server, PAGE.format(problem=escape(problem)).encode(), epoch)
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8")])
        return [page]

    server.builder = builder
    server.set_app(application)
