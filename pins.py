"""Choose a version of everything that is installed, and write it down with the digests of its files: `make pins`.

What pyproject.toml asks for, for every system and for Python from its `requires-python` on, goes to three files:

    requirements.txt         all but the two below
    requirements-torch.txt   torch
    requirements-cuda.txt    what torch's build with CUDA needs besides

Versions stay as they are unless pyproject.toml asks for others or OPTIONS say so: `make pins OPTIONS=--upgrade`, or
`OPTIONS="--upgrade-package sympy"`. The digests of torch's builds without CUDA are those of the index that TORCH_INDEX
names; without it, those that the file has stay while torch stays.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent
EVERYTHING, TORCH, CUDA = (ROOT / f"requirements{of}.txt" for of in ("", "-torch", "-cuda"))
OF_CUDA = re.compile(r"(nvidia|cuda|triton)\b")
WRITTEN = "# Written by `make pins`; the ranges and the reason for each direct dependency stand in pyproject.toml.\n"
CPU_BUILD = re.compile(r"^#   (torch-(.+)\+cpu-\S+\.whl) (\w{64})$", re.MULTILINE)


def chosen(project: str, options: list[str]) -> list[str]:
    """Each package's line, digests and all, as uv chooses it."""
    asked = tomllib.loads(project)
    least = asked["project"]["requires-python"].removeprefix(">=")
    with tempfile.TemporaryDirectory() as folder:
        written, build = Path(folder, "written.txt"), Path(folder, "build.in")
        now = [
            re.findall(r"^\S+==\S+", file.read_text(encoding="utf-8"), re.MULTILINE)
            for file in (EVERYTHING, TORCH, CUDA)
        ]
        written.write_text("\n".join(chain(*now)), encoding="utf-8")
        build.write_text("\n".join(asked["build-system"]["requires"]), encoding="utf-8")
        command = ["uv", "pip", "compile", "pyproject.toml", str(build), "--all-extras", "--output-file", str(written)]
        for_all = ["--universal", "--python-version", least, "--fork-strategy", "fewest"]
        form = ["--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
        subprocess.run([sys.executable, "-m", *command, *for_all, *form, *options], cwd=ROOT, check=True)
        return re.findall(r"^\S.*(?:\n .*)*\n", written.read_text(encoding="utf-8"), re.MULTILINE)


def cpu_builds(version: str) -> dict[str, str]:
    """The digest of each build of torch without CUDA, by file."""
    if index := os.environ.get("TORCH_INDEX"):
        with urllib.request.urlopen(f"{index.rstrip('/')}/torch/") as page:
            listed = page.read().decode().replace("%2B", "+")
        return dict(re.findall(rf"(torch-{re.escape(version)}\+cpu-[^\s\"#]+\.whl)#sha256=(\w{{64}})", listed))
    return {name: digest for name, of, digest in CPU_BUILD.findall(TORCH.read_text(encoding="utf-8")) if of == version}


def main(options: list[str]) -> None:
    """Write the three files."""
    lines = chosen((ROOT / "pyproject.toml").read_text(encoding="utf-8"), options)
    (torch,) = (line for line in lines if line.startswith("torch=="))
    version = re.match(r"torch==(\S+)", torch)[1]
    builds = cpu_builds(version)
    if not builds:
        sys.exit(f"No build of torch {version} without CUDA is known: name its index, make pins TORCH_INDEX=…")
    named = "".join(f"#   {name} {digest}\n" for name, digest in sorted(builds.items()))
    digests = "".join(f" \\\n    --hash=sha256:{digest}" for _, digest in sorted(builds.items()))
    of_cuda = [line for line in lines if OF_CUDA.match(line)]
    EVERYTHING.write_text(
        "# Everything that `make serve` and `make test` install but torch, pinned.\n"
        + WRITTEN
        + "".join(line for line in lines if line != torch and line not in of_cuda),
        encoding="utf-8",
    )
    TORCH.write_text(
        f"# torch, pinned: the builds of the usual index, and these without CUDA from torch's own.\n{WRITTEN}{named}"
        + torch.rstrip("\n")
        + digests
        + "\n",
        encoding="utf-8",
    )
    CUDA.write_text(
        "# What torch's build with CUDA needs besides, pinned; installed only along with that build.\n"
        + WRITTEN
        + "".join(of_cuda),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
