"""What is looked at: a page of each kind, in both languages, on a desk and in a hand."""

#: One page of each kind: what holds for it holds for the others. In the order of a visit that begins at home.
KINDS = {
    "home": "",
    "lesson": "lessons/loss_backward/",
    "ledger": "ledger/",
    "entries of the ledger": "ledger/cross_entropy/",
    "formula sheet": "ledger/sheet/",
    "API": "api/",
    "no such page": "404.html",
}
PREFIXES = {"zh": "", "en": "en/"}
PAGES = {
    f"{kind}, {language}": f"{prefix}{uri}" for kind, uri in KINDS.items() for language, prefix in PREFIXES.items()
}

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
SCREENS = {"desktop": DESKTOP, "phone": PHONE}

UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"
