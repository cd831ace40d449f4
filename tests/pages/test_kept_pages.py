"""What a build keeps for the next: only what changed is rendered again, and nothing stale or broken is published."""

import json
import random
import shutil
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from small_sites import ENVIRONMENT, RECORD, ROOT, Site, code, new_site, prose

CELLS = (
    code(RECORD, "x = 0.5"),
    prose("# 题\n\n是 {{ x }}，$x^2$。\n\n## Part", "# Title\n\nIt is {{ x }}, $x^2$.\n\n## Part"),
)


def published(site):
    """Every file of the site."""
    folder = site.root / "site"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rendered(site):
    """Which notebooks mkdocs-jupyter was given by the last build, `zh` and `en`."""
    folder = site.root / ".cache" / "notebooks"
    return {
        language for language, path in (("zh", "index.ipynb"), ("en", "en/index.ipynb")) if (folder / path).exists()
    }


def forget(site):
    for path in (site.root / ".cache" / "notebooks").rglob("*.ipynb"):
        path.unlink()


def build(site):
    forget(site)
    assert site.build_here() == []


@pytest.fixture(scope="module")
def first(tmp_path_factory, npm_packages):
    """A site that was built, for tests to copy."""
    site = new_site(tmp_path_factory.mktemp("first"))
    config = site.root / "mkdocs.yml"
    overrides = f"custom_dir: {ROOT / 'docs' / 'overrides'}, name: material"
    config.write_text(config.read_text(encoding="utf-8").replace("name: material", overrides), encoding="utf-8")
    site.write(*CELLS)
    build(site)
    assert rendered(site) == {"zh", "en"}
    return site


@pytest.fixture
def kept(first, tmp_path):
    """A site that was built."""
    shutil.copytree(first.root, tmp_path / "project", symlinks=True)
    return Site(tmp_path / "project")


def test_what_did_not_change_is_not_rendered_again_and_comes_out_the_same(kept):
    before = published(kept)
    build(kept)
    assert rendered(kept) == set()
    assert published(kept) == before


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("是 {{ x }}", "就是 {{ x }}", {"zh"}),
        ("It is", "That is", {"en"}),
        ("x = 0.5", "x = 0.25", {"zh", "en"}),
        ("$x^2$。", "$x^3$。", {"zh"}),
    ],
)
def test_what_changed_is_rendered_again(kept, old, new, again):
    cells = [cell.replace(old, new) for cell in CELLS]
    assert cells != list(CELLS)
    kept.write(*cells)
    build(kept)
    assert rendered(kept) == again
    afterwards = published(kept)
    for path in (kept.root / ".cache").rglob("*"):
        if path.is_file():
            path.unlink()
    build(kept)
    assert rendered(kept) == {"zh", "en"}
    assert published(kept) == afterwards


def test_the_anchors_of_the_other_language_are_new(kept):
    kept.write(CELLS[0], CELLS[1].replace("# ## Part", "# ## Piece", 1))
    build(kept)
    assert rendered(kept) == {"zh"}
    kept_page = BeautifulSoup(kept.page("en/index.html"), "html.parser")
    assert json.loads(kept_page.select_one(".gl-switch")["data-anchors"]) == {"title": "_1", "part": "piece"}


def test_the_navigation_of_kept_pages_is_new(kept):
    config = kept.root / "mkdocs.yml"
    (kept.root / "docs" / "more.md").write_text("# More\n", encoding="utf-8")
    (kept.root / "docs" / "en").mkdir()
    (kept.root / "docs" / "en" / "more.md").write_text("# More in English\n", encoding="utf-8")
    config.write_text(
        config.read_text(encoding="utf-8")
        .replace("zh: [index.py]", "zh: [index.py, more.md]")
        .replace("en: [en/index.py]", "en: [en/index.py, en/more.md]"),
        encoding="utf-8",
    )
    build(kept)
    assert "More in English" in kept.page("en/index.html")
    assert "More in English" not in kept.page()
    (kept.root / "docs" / "en" / "more.md").write_text("# Even more\n", encoding="utf-8")
    build(kept)
    assert rendered(kept) == set()
    assert "Even more" in kept.page("en/index.html")


def test_a_page_that_warns_warns_at_every_build(kept):
    kept.write(*CELLS, prose("[一](none.py)", "[one](none.py)"))
    for _ in range(2):
        assert len([said for said in kept.build_here() if "contains a link 'none.py'" in said]) == 2


def test_a_broken_anchor_is_found_on_kept_pages(kept):
    linking = prose("[一](en/index.py#part)", "[one](index.py#part)")
    kept.write(*CELLS, linking)
    build(kept)
    kept.write(CELLS[0], CELLS[1].replace("It is {{ x }}, $x^2$.\n# \n# ## Part", "It is {{ x }}."), linking)
    for _ in range(2):
        assert [said.split()[2] for said in kept.build_here()] == ["'index.py'", "'en/index.py'"]


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_cache_is_repaired(kept, seed):
    before, chance = published(kept), random.Random(seed)
    for path in sorted((kept.root / ".cache").rglob("*")):
        if not path.is_file():
            continue
        content = bytearray(path.read_bytes())
        kind = chance.choice(["flip", "cut", "empty", "gone", "whole"])
        if kind == "flip":
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        elif kind == "gone":
            path.unlink()
            continue
        path.write_bytes(content[: {"cut": len(content) // 2, "empty": 0}.get(kind, len(content))])
    for _ in range(2):
        build(kept)
        assert published(kept) == before


def test_a_killed_build_leaves_nothing_that_shows(kept):
    before = published(kept)
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(kept.root / "site")]
    for last_words in ("running", "Documentation built"):
        for path in (kept.root / ".cache").rglob("*"):
            if path.is_file():
                path.unlink()
        with subprocess.Popen(command, cwd=kept.root, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if last_words in line:
                    break
            process.kill()
        build(kept)
        assert published(kept) == before
