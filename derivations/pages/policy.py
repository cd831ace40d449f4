"""The Content-Security-Policy of a page: everything from this site, and only the inline scripts that were built in."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from jinja2 import Environment

PLACE = "content-security-policy-of-this-page"
"""What stands where the policy belongs until the page, on which it depends, is finished."""
ASKED_FOR = "config.extra.policy"
"""How a template says where that is."""

SCRIPT = re.compile(r"(<script\b.*?)(?:</script|\Z)", re.IGNORECASE | re.DOTALL)
NOT_EXECUTED = "application/json"


class _InlineScripts(HTMLParser):
    """Collects the text of the inline scripts that a browser would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(reversed(attrs))  # of two attributes with one name, the first counts
        if self.cdata_elem == "script" or tag == "script":
            self._inside = "src" not in given and given.get("type") != NOT_EXECUTED
            if self._inside:
                self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False


def has_policy(environment: Environment) -> bool:
    """Whether a theme's templates give their pages a policy; those of other themes need not."""
    loader = environment.loader
    assert loader is not None
    return any(ASKED_FOR in loader.get_source(environment, name)[0] for name in environment.list_templates(["html"]))


def with_policy(html: str, serving: bool = False) -> str:
    """`html` with its policy in the place the template left for it.

    `mkdocs serve` adds an inline script of its own to every page it sends; while `serving`, inline scripts are allowed.
    """
    if PLACE not in html:
        return html
    return html.replace(PLACE, policy([] if serving else _inline_scripts(html), serving), 1)


def policy(scripts: list[str], serving: bool = False) -> str:
    """The policy for a page with these inline scripts."""
    allowed = ["'unsafe-inline'"] if serving else sorted({f"'sha256-{_sha256(script)}'" for script in scripts})
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *allowed],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _inline_scripts(html: str) -> list[str]:
    """Those of the templates: `blocked` lets nothing else bring any.

    Only what begins like a script is parsed: the formulas of a page are tens of thousands of tags.
    """
    found: list[str] = []
    for script in SCRIPT.findall(html):
        parser = _InlineScripts()
        parser.feed(f"{script}</script>")
        parser.close()
        found += parser.found
    return found


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
