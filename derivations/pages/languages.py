"""The site's two languages: where their pages live, and how a thing written for both becomes a thing for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Language:
    """A language of the site: its BCP 47 code, its name for itself, and the folder its pages live under."""

    code: str
    name: str
    prefix: str
    how_to_run: str
    """The first cell of every notebook a reader downloads; `{install}` stands for the commands."""
    in_a_clone: str
    """A comment on the command that installs from a clone."""
    derived_above: str
    """What stands in the place of a derivation that the page shows further up; `{what}` stands for its name."""

    def run_this(self, repo_url: str | None) -> str:
        """How to make a notebook's imports work: from the repository, or where it has no address, from a clone."""
        if repo_url:
            command = f'pip install "gradient-ledger[torch] @ git+{repo_url}"'
        else:
            command = f'pip install -e ".[torch]"  # {self.in_a_clone}'
        return self.how_to_run.format(install=command)


ZH = Language(
    code="zh",
    name="中文",
    prefix="",
    how_to_run="""\
> **怎么运行这个笔记本**：先安装本项目。
>
> ```bash
> {install}
> ```
>
> 然后在同一个环境里打开这个文件，从上到下运行。页面上的每个数字都是这样算出来的。""",
    in_a_clone="在本项目的克隆里，根目录下",
    derived_above="{what}（上文已推导）",
)
EN = Language(
    code="en",
    name="English",
    prefix="en/",
    how_to_run="""\
> **How to run this notebook.** First install this project:
>
> ```bash
> {install}
> ```
>
> Then open this file in the same environment and run it from top to bottom. That is how every number on the page was
> computed.""",
    in_a_clone="in a clone of this project, at its root",
    derived_above="{what} (derived above)",
)
LANGUAGES = (ZH, EN)
CODES = frozenset(language.code for language in LANGUAGES)


def language_of(uri: str) -> Language:
    """The language of a source or page, by its folder: everything outside `en/` is Chinese."""
    return EN if uri.startswith(EN.prefix) else ZH


def counterpart(uri: str, language: Language) -> str:
    """The uri of the same source or page in `language`."""
    return language.prefix + uri.removeprefix(language_of(uri).prefix)


def localise(value: Any, language: Language) -> Any:
    """A copy of nested data in which every `{zh: …, en: …}` mapping is replaced by its half for `language`.

    >>> localise({"toggle": {"name": {"zh": "深色", "en": "Dark"}}}, EN)
    {'toggle': {'name': 'Dark'}}
    """
    if isinstance(value, Mapping):
        if value.keys() == CODES:
            return value[language.code]
        return {key: localise(item, language) for key, item in value.items()}
    if isinstance(value, list):
        return [localise(item, language) for item in value]
    return value
