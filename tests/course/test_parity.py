"""The two halves of each pair say the same with the same things: headings, formulas, code, values, links, boxes."""

from collections import Counter

import pytest
from passages import sources

#: What must be equal in both halves, by what to call it.
SAME = {
    "headings": ("heading",),
    "formulas": ("formula", "display"),
    "code spans": ("code",),
    "fenced blocks": ("fence",),
    "values": ("value",),
    "boxes": ("box",),
    "HTML tags": ("tag",),
    "comments": ("comment",),
    "attributes": ("attributes",),
    "list items": ("item",),
    "table rows": ("row",),
}


def links(passage):
    """Targets; an anchor that a Chinese heading makes is another than the English heading's."""
    found = Counter()
    for target, count in passage.all("link").items():
        address, _, anchor = target.partition("#")
        found[target if not anchor or anchor.isascii() else f"{address}#…"] += count
    return found


def differences(zh, en):
    """What one half has and the other has not."""
    zh, en = zh.without_reference(), en.without_reference()
    compared = {name: (zh.all(*kinds), en.all(*kinds)) for name, kinds in SAME.items()}
    if levels(zh) != levels(en):
        yield f"headings: zh has {levels(zh)}, en has {levels(en)}"
    here, there = links(zh), links(en)
    for target in [each for each in here - there if each.endswith("#…")]:
        twin = next((each for each in there - here if each.startswith(target[:-1])), None)
        if twin:  # the same page, at a heading that is called otherwise
            here[target] -= 1
            there[twin] -= 1
    compared["links"] = here, there
    for name, (mine, yours) in compared.items():
        for language, extra in (("zh", mine - yours), ("en", yours - mine)):
            if extra and name != "headings":
                yield f"{name}: only in {language}: " + ", ".join(
                    f"{text} (×{count})" if count > 1 else text for text, count in extra.items()
                )


def levels(passage):
    return [piece.said for piece in passage.pieces if piece.kind == "heading"]


def problems(source):
    for pair in source.pairs:
        zh, en = (source.halves(pair)[language] for language in ("zh", "en"))
        for difference in differences(zh, en):
            yield f"{source.name}:{zh.line - 1} and :{en.line - 1}: {difference}"


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_the_two_halves_of_each_pair_have_the_same_parts(source):
    found = list(problems(source))
    assert not found, "\n" + "\n".join(found)
