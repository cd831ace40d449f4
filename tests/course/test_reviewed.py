"""Whoever edits one language looks at the other: each pair of prose was compared since either half last changed."""

import subprocess
import sys
from dataclasses import replace

import pytest
from passages import ROOT, sources

from derivations.pages import review
from derivations.pages.lesson import Prose, read_lesson

SOURCE = """\
# ---
# title: {zh: 题, en: Title}
# ---

# %% [markdown] lang="zh"
# # 题
#
# 梯度有
# 自己的形状。

# %% [markdown] lang="en"
# # Title
#
# A gradient has its
# own shape.

# %%
x = 1

# %% [markdown] lang="en"
# Done.

# %% [markdown] lang="zh"
# 完。
"""


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_pair_was_reviewed_as_it_stands(source):
    waiting = [
        f"{review.COMMAND} {review.place(source.lesson, pair)}    # {review.state(pair)}"
        for pair in review.unreviewed(source.lesson)
    ]
    assert not waiting, "compare the two halves of each of these, then mark them:\n" + "\n".join(waiting)


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def places(path):
    return [
        review.place(read, pair)
        for read in [read_lesson(path.read_text(encoding="utf-8"), path.name)]
        for pair in review.unreviewed(read)
    ]


def test_one_pair_at_a_time_is_shown_and_marked(lesson):
    assert places(lesson) == ["a.py:5", "a.py:20"]
    said = review.review("a.py:13")  # a line of the second half
    assert "自己的形状。" in said
    assert "own shape." in said
    assert "a.py:20  new" in said
    assert places(lesson) == ["a.py:20"]
    assert "Every pair has been reviewed." in review.review("a.py:24")
    assert places(lesson) == []
    marked = lesson.read_text(encoding="utf-8")
    assert [line.partition(" twin=")[0] for line in marked.splitlines()] == SOURCE.splitlines()
    assert marked.count(' twin="') == 4
    assert "neither half has changed" in review.review("a.py:20")
    assert lesson.read_text(encoding="utf-8") == marked


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("形状。", "样子。", ["zh"]),
        ("own shape", "own form", ["en"]),
        ("梯度有\n# 自己", "梯度有自己", []),  # broken elsewhere
        ("has its\n# own", "has\n# its own", []),
        ("own shape.", "own shape.  ", []),
        ("# A gradient", "#\n# And more.\n#\n# A gradient", ["en"]),
    ],
)
def test_a_change_of_what_is_said_undoes_the_mark_of_that_pair_alone(lesson, old, new, changed):
    review.review("a.py:5")
    review.review("a.py:20")
    text = lesson.read_text(encoding="utf-8")
    assert old in text
    lesson.write_text(text.replace(old, new), encoding="utf-8")
    pair, _, end = read_lesson(lesson.read_text(encoding="utf-8"), "a.py").cells
    assert review.stale(pair) == changed
    assert review.stale(end) == []
    if changed:
        assert f"({changed[0]} changed)" in review.review("a.py:5")
        assert places(lesson) == []


def test_a_change_of_both_halves_is_looked_at_too(lesson):
    review.review("a.py:5")
    lesson.write_text(
        lesson.read_text(encoding="utf-8").replace("形状", "样子").replace("own shape", "own form"), encoding="utf-8"
    )
    assert "(zh and en changed)" in review.review("a.py:5")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("b.py:5", "There is no file b.py."),
        ("a.py:18", "a.py:18 is in no pair of prose cells.\nTo be reviewed, 2 in all:\n  a.py:5  new\n  a.py:20  new"),
        ("a.py:1", "a.py:1 is in no pair"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_with_a_sentence(lesson, capsys, where, message):
    assert review.main([where]) == 2
    assert message in capsys.readouterr().err
    assert lesson.read_text(encoding="utf-8") == SOURCE


def test_a_source_or_a_folder_is_listed_and_nothing_is_marked(lesson, capsys):
    assert review.main(["a.py"]) == review.main(["."]) == 0
    assert capsys.readouterr().out == "To be reviewed, 2 in all:\n  a.py:5  new\n  a.py:20  new\n" * 2
    assert review.main(["a.py:5", "a.py:20"]) == review.main(["--all"]) == 2
    assert lesson.read_text(encoding="utf-8") == SOURCE


def test_the_command_that_a_failure_names(lesson):
    command = review.COMMAND.replace("python", sys.executable, 1).split()
    done = subprocess.run(
        [*command, "a.py:5"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    assert "Marked as reviewed (new)." in done.stdout
    assert places(lesson) == ["a.py:20"]


def test_a_page_knows_nothing_of_the_marks(lesson):
    before = read_lesson(SOURCE, "a.py")
    review.review("a.py:5")
    after = read_lesson(lesson.read_text(encoding="utf-8"), "a.py")
    assert after.cells[0].twins.keys() == {"zh", "en"}
    assert before == replace(
        after, cells=tuple(replace(cell, twins={}) if isinstance(cell, Prose) else cell for cell in after.cells)
    )
