"""Set up `.venv`: once, and again when what is to be installed has changed.

`make` does this first; where there is no make, `python bootstrap.py` does it.

One set-up at a time: the second waits for the first. One that was interrupted, whenever that was, is done afresh, and
so is an environment whose Python is gone or which was moved. Older Pythons can read this file too, to be told which is
needed.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STATE = VENV / ".set-up"  # what was set up; empty until all of it is there
LOCK = ROOT / ".venv.lock"
HERE = os.fsencode(str(ROOT)) + b"\n"
FILES = ["requirements.txt", "requirements-torch.txt", "requirements-cuda.txt", "pyproject.toml"]
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check"]
PINNED = ["--no-deps", "--only-binary", ":all:"]
# What would have another Python's modules used, or packages put elsewhere than into the environment.
ELSEWHERE = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_DRY_RUN",
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
]

if os.name == "nt":
    import msvcrt

    def lock(file):
        """Take the lock, which the system gives back when this process ends, however it ends."""
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock(file):
        """Take the lock, which the system gives back when this process, and pip if it started that, have ended."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.set_inheritable(file.fileno(), True)


@contextlib.contextmanager
def alone():
    """Let nobody else set up this folder meanwhile."""
    with LOCK.open("a") as file:
        waiting = False
        while True:
            try:
                lock(file)
                break
            except (BlockingIOError, PermissionError):
                if not waiting:
                    say("Another set-up is at work in this folder; waiting for its end.")
                waiting = True
                time.sleep(0.5)
        yield


def say(sentence):
    """Print it before what pip prints next."""
    print(sentence, flush=True)


def run(*command):
    """Run a command; what it has to say, it says itself."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    if subprocess.run([str(each) for each in command], cwd=str(ROOT), close_fds=False, env=environment).returncode:
        sys.exit("The set-up stopped, for the reason above. Give the same command again; what was downloaded is kept.")


def ask(code):
    """What the environment's Python answers, or None if it cannot run this."""
    try:
        answer = subprocess.run([str(PYTHON), "-I", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return None if answer.returncode else answer.stdout.decode().strip()


def wanted():
    """Where the environment is, and a digest of what is to be in it."""
    content = b"\0".join((ROOT / name).read_bytes() for name in FILES)
    return HERE + hashlib.sha256(content).hexdigest().encode()


def state():
    """What was set up: nothing if that was not finished, None if somebody else made the environment."""
    return STATE.read_bytes() if STATE.exists() else None


def works():
    """Whether the environment has a Python that is new enough, and pip."""
    return ask(f"import sys, pip; print(sys.version_info >= {MINIMUM})") == "True"


def ready():
    """Whether there is nothing to do."""
    return state() == wanted() and works()


def may_stay():
    """Whether to install into the environment that is there."""
    return works() and (state() is None or state().startswith(HERE))


def check_python():
    """Stop before anything is downloaded if it would be of no use."""
    if sys.version_info < MINIMUM:
        here, least = (".".join(map(str, version[:2])) for version in (sys.version_info, MINIMUM))
        sys.exit(f"Python {least} or newer is needed, and this is {here}. Name one: make PYTHON=python3.12")
    if not importlib.util.find_spec("ensurepip"):
        sys.exit("This Python lacks its module ensurepip; on Debian and Ubuntu: apt install python3-venv")


def make_environment():
    """Make a new environment in place of what is left of another."""
    if VENV.is_symlink():
        VENV.unlink()  # and leave what it leads to
    VENV.mkdir(exist_ok=True)
    STATE.write_bytes(b"")
    for each in VENV.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(str(each))
        elif each != STATE:
            each.unlink()
    run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV)


def install():
    """Install everything, each file only with a digest that is written down."""
    run(*PIP, "install", "--require-hashes", *PINNED, "-r", "requirements.txt")
    install_torch()
    for old in ROOT.glob("*.egg-info"):  # what an older set-up said of the project; it would be found first
        shutil.rmtree(str(old))
    run(*PIP, "install", "--no-deps", "--no-build-isolation", "-e", ".")


def install_torch():
    """Install torch, from the index that TORCH_INDEX names if it does, and what that build needs.

    pip chooses by version first and checks the digest then, so that it takes a build without CUDA wherever it finds
    one: if it knew the digests when it chooses, it would take the build whose digest an index states.
    """
    pinned = (ROOT / "requirements-torch.txt").read_text(encoding="utf-8").partition("\ntorch==")[2].split()[0]
    version = "import importlib.metadata as packages; print(packages.version('torch').partition('+')[0])"
    if ask(version) != pinned:
        index = ["--index-url", os.environ["TORCH_INDEX"]] if os.environ.get("TORCH_INDEX") else []
        with tempfile.TemporaryDirectory(dir=str(VENV)) as folder:
            run(*PIP, "download", *PINNED, *index, "--dest", folder, "torch==" + pinned)
            chosen = ["--no-index", "--find-links", folder, "-r", "requirements-torch.txt"]
            run(*PIP, "install", "--require-hashes", *PINNED, *chosen)
    if ask("import importlib.metadata as packages; print('nvidia' in str(packages.requires('torch')))") == "True":
        say("This build of torch needs CUDA, which is several gigabytes; README.md says how to get one that does not.")
        run(*PIP, "install", "--require-hashes", *PINNED, "-r", "requirements-cuda.txt")


def main():
    """Set up, unless that is done."""
    if ready():
        return
    with alone():
        if ready():
            return
        if not may_stay():
            check_python()
            say("Setting up .venv. This needs the network, once.")
            make_environment()
        STATE.write_bytes(b"")
        install()
        STATE.write_bytes(wanted())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("The set-up was interrupted; the next one begins afresh.")
    except OSError as error:
        sys.exit(f"The set-up stopped: {error}.")
