"""What pages are kept by: the contents of folders, wherever those are and whenever they were written."""

import os
import shutil

import pytest

from derivations.pages import runs
from derivations.pages.contents import digest_of_folder
from derivations.pages.kept import renderer


@pytest.fixture
def package(tmp_path):
    """A package with a room, pages and what Python compiled."""
    package = tmp_path / "here" / "derivations"
    for name in ("a.py", "room/b.py", "pages/c.py", "pages/c.mjs", "room/__pycache__/b.pyc", "room/__pycache__/b.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name)
    return package


def test_only_content_counts(package, tmp_path):
    first = digest_of_folder(package)
    moved = tmp_path / "there"
    shutil.copytree(package, moved, ignore=shutil.ignore_patterns("__pycache__"))
    assert digest_of_folder(moved) == first

    before = (moved / "a.py").stat()
    (moved / "a.py").write_text("A.py")
    os.utime(moved / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest_of_folder(moved) != first
    (moved / "a.py").write_text("a.py")
    assert digest_of_folder(moved) == first
    (moved / "a.py").rename(moved / "d.py")
    assert digest_of_folder(moved) != first


def test_what_is_left_out_does_not_count(package):
    first = digest_of_folder(package, "*.py", but="pages")
    (package / "pages" / "c.py").write_text("new")
    (package / "room" / "b.json").write_text("new")
    assert digest_of_folder(package, "*.py", but="pages") == first
    (package / "room" / "pages").mkdir()
    (package / "room" / "pages" / "d.py").write_text("new")
    assert digest_of_folder(package, "*.py", but="pages") != first
    assert digest_of_folder(package / "none") == digest_of_folder(package / "neither")


def test_results_depend_on_the_package_wherever_it_is_installed_and_on_the_projects_own(package, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "INSTALLED", package)
    project = tmp_path / "project"
    project.mkdir()
    seen = [runs.surroundings(project)]

    (package / "room" / "b.py").write_text("upgraded")
    seen.append(runs.surroundings(project))
    shutil.copytree(package, project / "derivations")
    seen.append(runs.surroundings(project))
    (project / "derivations" / "a.py").write_text("of the project")
    seen.append(runs.surroundings(project))
    assert len({each["sources"] for each in seen}) == len(seen)

    (package / "pages" / "c.py").write_text("makes pages, not results")
    assert runs.surroundings(project) == seen[-1]
    moved = project.rename(tmp_path / "moved")
    assert runs.surroundings(moved) == seen[-1]


def test_pages_depend_on_what_renders_them_wherever_it_is_installed(package, tmp_path):
    first = renderer(package / "pages")
    assert renderer(shutil.copytree(package / "pages", tmp_path / "there")) == first
    (package / "pages" / "c.mjs").write_text("upgraded")
    assert renderer(package / "pages") != first
