"""Which browser is driven, and how it is started: the machine's own, so that none need be downloaded."""

import os
import shutil
from collections.abc import Mapping

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
#: Where a browser may be, best first: a command, or a place on macOS and Windows.
CANDIDATES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
    "msedge",
    "microsoft-edge",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
)
NO_BROWSER = (
    "no browser: install Chrome or Chromium (on Debian: apt-get install chromium fonts-noto-cjk), or give the path of "
    "one in the environment variable CHROME_PATH"
)


def launch_options(environment: Mapping[str, str]) -> dict[str, object]:
    """What Playwright's `launch` needs to start the browser that `find_browser` finds."""
    return {"executable_path": find_browser(environment), "chromium_sandbox": False, "args": FLAGS}


def find_browser(environment: Mapping[str, str]) -> str:
    """The program that CHROME_PATH or CHROME names, or else the first candidate there is.

    Raises LookupError where there is none, and ValueError where the environment names something else.
    """
    for variable in ("CHROME_PATH", "CHROME"):
        if named := environment.get(variable):
            if not shutil.which(named):
                raise ValueError(f"{variable} is {named!r}, which is no program: give the path of Chrome or Chromium.")
            return named
    for candidate in CANDIDATES:
        if found := shutil.which(os.path.expandvars(candidate), path=environment.get("PATH")):
            return found
    raise LookupError(NO_BROWSER)
