"""What a build keeps for the next: only what changed is rendered again, and nothing stale or broken is published."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from damage import DAMAGE, swap
from small_sites import ENVIRONMENT, NPM, RECORD, ROOT, Site, code, new_site, prose

from derivations.pages import cache
from derivations.pages.locks import temporary_folder, turn

CELLS = (
    code(RECORD, "x = 0.5"),
    prose("# 题\n\n是 {{ x }}，$x^2$。\n\n## Part", "# Title\n\nIt is {{ x }}, $x^2$.\n\n## Part"),
)


def published(site):
    """Every file of the site."""
    folder = site.root / "site"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rendered():
    """Which notebooks mkdocs-jupyter was given by the last build, `zh` and `en`."""
    folder = temporary_folder() / "notebooks"
    return {
        language for language, path in (("zh", "index.ipynb"), ("en", "en/index.ipynb")) if (folder / path).exists()
    }


def build(site):
    shutil.rmtree(temporary_folder() / "notebooks", ignore_errors=True)
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
    assert rendered() == {"zh", "en"}
    return site


@pytest.fixture
def kept(first, tmp_path):
    """A site that was built."""
    shutil.copytree(first.root, tmp_path / "project", symlinks=True)
    return Site(tmp_path / "project")


def test_what_did_not_change_is_not_rendered_again_and_comes_out_the_same(kept):
    before = published(kept)
    build(kept)
    assert rendered() == set()
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
    assert rendered() == again
    afterwards = published(kept)
    forget(kept)
    build(kept)
    assert rendered() == {"zh", "en"}
    assert published(kept) == afterwards


def test_the_anchors_of_the_other_language_are_new(kept):
    kept.write(CELLS[0], CELLS[1].replace("# ## Part", "# ## Piece", 1))
    build(kept)
    assert rendered() == {"zh"}
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
    assert rendered() == set()
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


FOLDERS = ("formulas", "lessons", "rendered", "sources", "texts")


def entries(site):
    """What is kept of a site without a ledger."""
    return [path for folder in FOLDERS for path in sorted((site.root / ".cache" / folder).glob("*"))]


def forget(site):
    for folder in FOLDERS:
        shutil.rmtree(site.root / ".cache" / folder)


@pytest.mark.parametrize("first_kind", range(0, len(DAMAGE), 7))
def test_a_damaged_cache_is_repaired(kept, first_kind):
    """Each entry damaged in another way. `test_page_cache` has every way for every kind of entry."""
    before, ways = published(kept), list(DAMAGE.values())
    whole = entries(kept)
    for number, path in enumerate(whole, first_kind):
        ways[number % len(ways)](path)
    for _ in range(2):
        build(kept)
        assert published(kept) == before
    assert entries(kept) == whole


def test_an_entry_under_another_s_name_is_no_page(kept):
    before = published(kept)
    for folder in FOLDERS:
        swap(kept.root / ".cache" / folder)
    build(kept)
    assert published(kept) == before


def test_a_full_disk_ends_no_build(kept, monkeypatch):
    before = published(kept)
    forget(kept)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "write_atomically", full)
    build(kept)
    assert published(kept) == before
    assert entries(kept) == []


def test_a_page_needs_no_heading(kept):
    kept.write(prose("没有标题。", "No heading."))
    build(kept)
    assert "没有标题。" in kept.page()


def test_without_a_cache_the_build_works(kept):
    """As in a checkout that only others may write to: nothing in it changes."""
    before = published(kept)
    shutil.rmtree(kept.root / ".cache")
    (kept.root / ".cache").touch()
    if not (npm := temporary_folder() / "npm").exists():
        npm.symlink_to(NPM)  # which would be installed there
    there = set(kept.root.rglob("*"))
    build(kept)
    assert published(kept) == before
    assert set(kept.root.rglob("*")) == there


@pytest.mark.parametrize("umask", [0o077, 0o027])
def test_everybody_may_read_the_site(kept, umask):
    site = kept.root / "site"
    site.chmod(0o700)
    (site / ".git").mkdir()
    (site / ".git" / "config").touch(0o600)
    before = os.umask(umask)
    try:
        build(kept)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (site, *site.rglob("*"))}
    assert {path for path, mode in modes.items() if not mode & 0o004} == {site / ".git" / "config"}
    assert {path for path, mode in modes.items() if path.is_dir() and not mode & 0o001} == set()


def start(site):
    """Begin to build a site, as a user would."""
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(site.root / "site")]
    environment = {**ENVIRONMENT, "TMPDIR": str(site.root / "tmp")}
    (site.root / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(command, cwd=site.root, env=environment, stderr=subprocess.PIPE, text=True)


def test_builds_take_turns(kept):
    """They write to one folder, which MkDocs empties first."""
    before, running = published(kept), turn(kept.root / ".cache")
    with start(kept) as process:
        while "another build of this project is running" not in (line := process.stderr.readline()):
            assert line
        assert published(kept) == before
        running.release()
        said = process.communicate()[1]
    assert process.returncode == 0, said
    assert published(kept) == before
    assert list((kept.root / "tmp").iterdir()) == []
    for _ in range(2):  # one that fails ends its turn, too
        kept.write(prose("# 题").partition('# %% [markdown] lang="en"')[0])
        with pytest.raises(SystemExit):
            kept.build_here()


def test_a_killed_build_leaves_nothing_that_shows(kept):
    before, made = published(kept), entries(kept)
    for last_words in ("running", "Documentation built"):
        forget(kept)
        with start(kept) as process:
            for line in process.stderr:
                if last_words in line:
                    break
            process.kill()
        build(kept)
        assert published(kept) == before
        assert entries(kept) == made
