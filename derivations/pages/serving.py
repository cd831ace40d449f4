"""`mkdocs serve` when a build fails: the browser shows what is wrong, and the next build that succeeds replaces it.

MkDocs alone would leave every request waiting until the mistake is mended.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from mkdocs.livereload import LiveReloadServer

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
        with server._epoch_cond:
            server._epoch_cond.wait_for(lambda: server._visible_epoch == server._wanted_epoch)
            epoch = server._visible_epoch
        if problem is None:
            return answer(environ, start_response)
        page: bytes = server._inject_js_into_html(PAGE.format(problem=escape(problem)).encode(), epoch)
        start_response("500 Internal Server Error", [("Content-Type", "text/html; charset=utf-8")])
        return [page]

    server.builder = builder
    server.set_app(application)
