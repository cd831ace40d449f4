"""What one process has derived, another reads; and nothing else than that."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

import derivations as dv
from derivations import handed_on
from derivations.losses.mse import MSE
from derivations.subject import carried_out

SUBJECTS = [
    (dv.CrossEntropy(weight=True), "outputs", {}),
    (dv.CrossEntropy(weight=True), "weight", {"bias": False}),
    (dv.MSE(reduction="sum"), "outputs", {}),
    (dv.AdamW(), "unrolled", {"steps": 2}),
]


#: Without what this process remembers, and what test processes hand on to each other.
ANEW = carried_out.__wrapped__


@pytest.mark.parametrize(("asked", "wrt", "options"), SUBJECTS, ids=str)
def test_what_was_left_is_read_and_is_the_same(asked, wrt, options, tmp_path, monkeypatch):
    monkeypatch.setenv(handed_on.LEAVE, str(tmp_path))
    left = ANEW(asked, wrt, **options)
    assert len(list(tmp_path.iterdir())) >= 1
    monkeypatch.delenv(handed_on.LEAVE)
    monkeypatch.setattr(type(asked), "derivation", None)  # nobody derives it now
    monkeypatch.setenv(handed_on.READ, str(tmp_path))
    read = ANEW(asked, wrt, **options)
    assert (read.left, read.result, read.context) == (left.left, left.result, left.context)
    assert [step.expr for step in read.steps] == [step.expr for step in left.steps]


@pytest.mark.parametrize("other", [(dv.MSE(), "outputs", {}), (dv.MSE(reduction="sum"), "targets", {})], ids=str)
def test_another_question_has_another_answer(other, tmp_path):
    folder = handed_on.Folder(tmp_path)
    asked = dv.MSE(reduction="sum"), "outputs", {}
    folder.leave(*asked, dv.derive(*asked[:2]))
    assert folder.read(*asked) is not None
    assert folder.read(*other) is None


def test_what_somebody_else_defines_is_derived_anew(tmp_path):
    @dataclass(frozen=True, kw_only=True)
    class Own(MSE):
        pass

    folder = handed_on.Folder(tmp_path)
    folder.leave(Own(), "outputs", {}, dv.derive(dv.MSE()))
    assert folder.read(Own(), "outputs", {}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_no_module_holds_is_derived_anew(tmp_path):
    @dataclass(frozen=True, kw_only=True)
    class Own(MSE):
        pass

    Own.__module__ = MSE.__module__
    folder = handed_on.Folder(tmp_path)
    folder.leave(Own(), "outputs", {}, dv.derive(dv.MSE()))
    assert folder.read(Own(), "outputs", {}) is None


def test_another_process_finds_it(tmp_path, monkeypatch):
    handed_on.Folder(tmp_path).leave(dv.MSE(), "outputs", {}, dv.derive(dv.CrossEntropy()))  # to be recognised
    monkeypatch.setenv(handed_on.READ, str(tmp_path))
    says = "import derivations as dv; print(dv.derive(dv.MSE()).title.en)"
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == dv.derive(dv.CrossEntropy()).title.en
