"""The cache of computed values: what is damaged is made again."""

import errno
import logging
import os
import tempfile
from pathlib import Path

import pytest
from damage import DAMAGE, swap

from derivations.pages.cache import Cache, Texts, cache_folder, digest, remove_unfinished

KEY = digest("key")


def test_a_value_comes_back_and_an_unknown_key_does_not(tmp_path):
    cache = Cache(tmp_path / "new")
    cache.put("key", {"a": ["中", 1.5, None]})
    assert Cache(tmp_path / "new").get("key") == {"a": ["中", 1.5, None]}
    assert cache.get("other") is None


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_a_missing_one(tmp_path, damage):
    """Unless it can be read after all, as by root."""
    values, texts = Cache(tmp_path / "values"), Texts(tmp_path / "texts")
    name = texts.put("正文")
    for made, folder in (
        (values.get_or_make(KEY, lambda: [1.5]), tmp_path / "values"),
        (texts.get(name), tmp_path / "texts"),
    ):
        assert made in ([1.5], "正文")
        damage(*folder.iterdir())
    readable = damage is DAMAGE["unreadable"] and os.geteuid() == 0
    assert (values.get(KEY), texts.get(name)) == (([1.5], "正文") if readable else (None, None))
    values.put(KEY, [1.5])
    texts.put("正文")
    assert (values.get(KEY), texts.get(name)) == ([1.5], "正文")
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["texts", name, "values", f"{KEY}.json"]


def test_an_entry_is_no_other_s(tmp_path):
    """Under another key, in the same folder or in one of another cache."""
    keys = [digest("one"), digest("two")]
    for key in keys:
        Cache(tmp_path).put(key, key)
    swap(tmp_path)
    assert [Cache(tmp_path).get(key) for key in keys] == [None, None]
    texts = Texts(tmp_path / "texts")
    names = [texts.put("one"), texts.put("two")]
    swap(tmp_path / "texts")
    assert [texts.get(name) for name in names] == [None, None]


def test_what_a_build_did_not_use_is_removed(tmp_path):
    """And nothing else: DERIVATIONS_CACHE may name a folder with other things in it."""
    for key in ("used", "stale"):
        Cache(tmp_path).put(digest(key), key)
    (tmp_path / "somebody's.json").touch()
    (tmp_path / digest("a folder")).mkdir()
    cache = Cache(tmp_path)
    cache.get(digest("used"))
    cache.prune()
    assert {path.name for path in tmp_path.iterdir()} == {f"{digest('used')}.json", "somebody's.json"}


def test_what_a_killed_build_had_begun_to_write_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.replace", killed)
    monkeypatch.setattr("pathlib.Path.unlink", killed)
    for folder in (Cache(tmp_path / "values"), Texts(tmp_path / "texts")):
        with pytest.raises(KeyboardInterrupt):
            folder.put(*([KEY, 1] if isinstance(folder, Cache) else ["text"]))
    monkeypatch.undo()
    Cache(tmp_path / "values").put(KEY, 1)
    others = [tmp_path / "values" / ".gitignore", tmp_path / ".gitignore"]
    for path in others:
        path.touch()
    assert len([path for path in tmp_path.rglob(".*") if path.is_file()]) == 4
    remove_unfinished(tmp_path)
    assert sorted(tmp_path.rglob(".*")) == sorted(others)
    assert Cache(tmp_path / "values").get(KEY) == 1


def killed(*_, **__):
    raise KeyboardInterrupt


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def written_to_a_full_disk(handle, *options, **more):
    os.close(handle)
    return Path("/dev/full").open(*options, **more)


@pytest.mark.parametrize(
    ("step", "fails"),
    [
        ("pathlib.Path.mkdir", full),
        ("tempfile.mkstemp", full),
        ("os.fdopen", written_to_a_full_disk),
        ("pathlib.Path.replace", full),
    ],
)
def test_what_cannot_be_kept_is_said_once_and_ends_nothing(tmp_path, monkeypatch, caplog, step, fails):
    caplog.set_level(logging.INFO)
    memory = {}
    cache, remembering = Cache(tmp_path / "values"), Cache(tmp_path / "values", memory)
    monkeypatch.setattr(step, fails)
    assert [cache.get_or_make(digest(number), lambda: 1) for number in range(3)] == [1, 1, 1]
    remembering.put(KEY, 2)
    cache.prune()
    monkeypatch.undo()
    assert cache.get(digest(0)) is None
    assert remembering.get(KEY) == 2  # by what it remembers
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    (said,) = caplog.messages
    assert said.startswith(f"derivations: nothing can be kept in {tmp_path} (No space left on device), so ")


@pytest.mark.parametrize("remember", [False, True])
def test_what_is_remembered_is_not_read_again(tmp_path, remember):
    """And is forgotten with the file, once a build does without it."""
    memory = {} if remember else None

    def folders():
        return Cache(tmp_path / "values", memory), Texts(tmp_path / "texts", memory)

    values, texts = folders()
    name = texts.put("正文")
    values.put(KEY, name)
    for path in tmp_path.rglob("*.*"):
        path.unlink()
    (tmp_path / "texts" / name).unlink()
    values, texts = folders()  # those of the next build
    assert (values.get(KEY), texts.get(name)) == ((name, "正文") if remember else (None, None))
    for folder in (*folders(), values, texts):  # first as a build does that did not use them
        folder.prune()
    values, texts = folders()
    assert (values.get(KEY), texts.get(name)) == (None, None)


def test_a_failed_write_leaves_the_old_entry_and_no_litter(tmp_path):
    cache = Cache(tmp_path)
    cache.put("key", 1)
    with pytest.raises(UnicodeEncodeError):
        cache.put("key", "\ud800")
    assert cache.get("key") == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("given", "folder"),
    [(None, ".cache"), ("", ".cache"), ("kept/here", "kept/here"), ("{tmp}/there", "../there"), ("~/home", "../home")],
)
def test_the_cache_may_stand_elsewhere(tmp_path, monkeypatch, given, folder):
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    if given is None:
        monkeypatch.delenv("DERIVATIONS_CACHE", raising=False)
    else:
        monkeypatch.setenv("DERIVATIONS_CACHE", given.format(tmp=tmp_path))
    assert cache_folder(project).resolve() == (project / folder).resolve()
    assert (project / folder).is_dir()


@pytest.mark.parametrize("given", ["{tmp}/file", "{tmp}/file/below", "~nosuchuser/cache", "/proc/{tmp}"])
def test_without_a_place_for_it_the_cache_goes_with_the_process(tmp_path, monkeypatch, caplog, given):
    caplog.set_level(logging.INFO)
    (tmp_path / "file").touch()
    given = given.format(tmp=tmp_path)
    monkeypatch.setenv("DERIVATIONS_CACHE", given)
    folders = {cache_folder(tmp_path) for _ in range(2)}
    (folder,) = folders
    assert folder.parent == Path(tempfile.gettempdir())
    Cache(folder / "values").put(KEY, 1)
    assert [said.split(" (")[0] for said in caplog.messages] == [f"derivations: nothing can be kept in {given}"]
    assert {record.levelname for record in caplog.records} == {"INFO"}  # `--strict` has warnings end a build


def test_a_folder_that_takes_no_file_is_no_cache(tmp_path, monkeypatch):
    """As on a full disk, or where everything may be read and nothing written."""
    monkeypatch.setenv("DERIVATIONS_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert cache_folder(tmp_path).parent == Path(tempfile.gettempdir())
