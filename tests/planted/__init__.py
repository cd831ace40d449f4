"""Mistakes planted one at a time in judge, bound, certificate and their like, each with the test that must then fail.

A check that nobody checks is worth nothing: each row here takes one out, or loosens it, and a test must fail. The rows
stand in the modules beside this one; `make planted` plants them all, `make planted WORDS="label kappa"` those whose
description holds one of the words. A row whose text is no longer in its file is an error of tests/test_planted.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What is wrong; in which file, what stands there once and what is planted instead; and the test that must fail."""

    what: str
    path: str
    right: str
    wrong: str
    test: str


def mistakes_in(path: str, tests: str, *rows: tuple[str, str, str, str]) -> tuple[Mistake, ...]:
    """Mistakes in one file that tests in one other file find: what, right, wrong, and the name of the test."""
    return tuple(Mistake(what, path, right, wrong, f"{tests}::{test}") for what, right, wrong, test in rows)
