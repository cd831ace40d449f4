"""What an index shows of this package. All else is in pyproject.toml.

README.md links to files of the repository, and no index has those. With REPO_URL, the repository's address, its links
are made absolute; without it, they become plain text, and a picture goes.
"""

import os
import re
from pathlib import Path

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)]*)\)")
"""A link or a picture whose address is a path."""


def on_an_index(readme: str, repository: str) -> str:
    """`readme` without links that lead nowhere from there."""

    def absolute(link: re.Match[str]) -> str:
        picture, text, path = link.groups()
        if not repository:
            return "" if picture else text
        return f"{picture}[{text}]({repository}/{'raw' if picture else 'blob'}/HEAD/{path})"

    return LINK.sub(absolute, readme)


def addresses(repository: str) -> dict[str, str]:
    """The project's addresses, where they are known."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Issues": f"{repository}/issues",
        "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
    } | ({"Documentation": site} if (site := os.environ.get("SITE_URL")) else {})


if __name__ == "__main__":
    from setuptools import setup

    repository = os.environ.get("REPO_URL", "").rstrip("/")
    setup(
        long_description=on_an_index(Path("README.md").read_text(encoding="utf-8"), repository),
        long_description_content_type="text/markdown",
        project_urls=addresses(repository),
    )
