"""Pictures of every kind of page, for `make screenshots`: both languages, light and dark, on a desk and in a hand."""

import itertools
import os
import sys
import tempfile
import threading
from pathlib import Path

from host import Host
from kinds import DESKTOP, PAGES, PHONE
from playwright.sync_api import sync_playwright
from programs import launch_options
from small_sites import MOUNT, ROOT, build

FOLDER = ROOT / "screenshots"


def take(site: Path) -> None:
    """Write a picture of each page into FOLDER."""
    with Host(site) as host, sync_playwright() as playwright:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(**launch_options(os.environ))
        for screen, scheme in itertools.product((DESKTOP, PHONE), ("light", "dark")):
            page = browser.new_page(viewport=screen, color_scheme=scheme, reduced_motion="reduce", base_url=host.url)
            for name, uri in PAGES.items():
                page.goto(uri, wait_until="networkidle")
                page.add_style_tag(
                    content="* { content-visibility: visible !important }"
                )  # out of sight, in the picture
                file = f"{name.replace(', ', '-').replace(' ', '-')}-{scheme}-{screen['width']}.png"
                page.screenshot(path=FOLDER / file, full_page=True)
                print(FOLDER.name, file, sep=os.sep)
            page.close()
        host.shutdown()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        done = build(ROOT, Path(folder), "--strict", SITE_URL=f"https://example.org{MOUNT}")
        if done.returncode:
            sys.exit(done.stderr)
        take(Path(folder))
