"""The cache of computed values: what is damaged is made again."""

import json

import pytest

from derivations.pages.cache import Cache, Texts


def test_a_value_comes_back_and_an_unknown_key_does_not(tmp_path):
    cache = Cache(tmp_path / "new")
    cache.put("key", {"a": ["中", 1.5, None]})
    assert Cache(tmp_path / "new").get("key") == {"a": ["中", 1.5, None]}
    assert cache.get("other") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace("1.5", "2.5"),
        lambda text: json.dumps({"value": 1}),
    ],
)
def test_a_damaged_entry_is_a_missing_one(tmp_path, damage):
    cache = Cache(tmp_path)
    cache.put("key", [1.5])
    (entry,) = tmp_path.iterdir()
    entry.write_text(damage(entry.read_text()))
    assert cache.get("key") is None
    cache.put("key", [1.5])
    assert cache.get("key") == [1.5]


def test_what_a_build_did_not_use_is_removed(tmp_path):
    for key in ("used", "stale"):
        Cache(tmp_path).put(key, key)
    cache = Cache(tmp_path)
    cache.get("used")
    cache.prune()
    assert [path.stem for path in tmp_path.iterdir()] == ["used"]


@pytest.mark.parametrize("remember", [False, True])
def test_what_is_remembered_is_not_read_again(tmp_path, remember):
    """And is forgotten with the file, once a build does without it."""
    memory = {} if remember else None

    def folders():
        return Cache(tmp_path / "values", memory), Texts(tmp_path / "texts", memory)

    values, texts = folders()
    name = texts.put("正文")
    values.put("key", name)
    for path in tmp_path.rglob("*.*"):
        path.unlink()
    (tmp_path / "texts" / name).unlink()
    values, texts = folders()  # those of the next build
    assert (values.get("key"), texts.get(name)) == ((name, "正文") if remember else (None, None))
    for folder in (*folders(), values, texts):  # first as a build does that did not use them
        folder.prune()
    values, texts = folders()
    assert (values.get("key"), texts.get(name)) == (None, None)


def test_a_failed_write_leaves_the_old_entry_and_no_litter(tmp_path):
    cache = Cache(tmp_path)
    cache.put("key", 1)
    with pytest.raises(UnicodeEncodeError):
        cache.put("key", "\ud800")
    assert cache.get("key") == 1
    assert len(list(tmp_path.iterdir())) == 1
