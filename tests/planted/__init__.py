"""Mistakes planted one at a time in judge, bound, certificate and their like, each with the test that must then fail.

A check that nobody checks is worth nothing: each row here was a check that could have been taken out unnoticed. The rows
stand in the modules beside this one; `make planted` plants them all, `python -m planted NAME …` those whose description
holds one of the words. A row whose text is no longer in its file is an error of tests/test_planted.py.
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
