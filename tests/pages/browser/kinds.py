"""What is looked at: a page of each kind, in both languages, on a desk and in a hand."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"

#: A page of each kind: what holds for it holds for the others. In the order of a visit that begins at home.
KINDS = {
    "home": "",
    "lesson": "lessons/loss_backward/",
    "ledger": "ledger/",
    "entries of the ledger": "ledger/bce/",
    "formula sheet": "ledger/sheet/",
    "API": "api/",
    "check your gradient": "check/",
    "no such page": "404.html",
}
PREFIXES = {"zh": "", "en": "en/"}
PAGES = {f"{kind}, {language}": PREFIXES[language] + uri for (kind, uri), language in product(KINDS.items(), PREFIXES)}
#: The rest of the course, whose pages are of the kind "lesson": what differs is what is in them.
COURSE = {
    f"{source.stem}, {language}": f"{prefix}{source.with_suffix('').as_posix()}/"
    for source in (path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.py")) if path.stem != "index")
    for language, prefix in PREFIXES.items()
    if f"{source.with_suffix('').as_posix()}/" not in KINDS.values()
}

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}


@dataclass(frozen=True)
class Look:
    """A page as somebody sees it: on which screen, and in light or dark."""

    uri: str
    screen: dict[str, int]
    scheme: str

    def show(self, page) -> None:
        """Let `page` go there."""
        page.set_viewport_size(self.screen)
        page.emulate_media(color_scheme=self.scheme)
        page.goto(self.uri)


#: Every kind of page in each language, on each screen and in each scheme, but not in all combinations of the three.
LOOKS = {
    f"{kind}, {name}": Look(prefix + uri, screen, scheme)
    for kind, uri in KINDS.items()
    for name, prefix, screen, scheme in (
        ("zh, phone, dark", "", PHONE, "dark"),
        ("en, desktop, light", "en/", DESKTOP, "light"),
    )
}

UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"
#: Scrolls past everything, as a reader would: what was out of sight is laid out when it comes into sight.
PASS_BY = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
    scrollTo(0, top)
    await frame()
  }
  scrollTo(0, 0)
  await frame()
}"""
