"""The citation file says what the package says of itself."""

from pathlib import Path

import yaml

import derivations

CITED = yaml.safe_load((Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_names_this_version():
    assert CITED["version"] == derivations.__version__
    assert CITED["license"] == "MIT"
    assert {"cff-version", "title", "authors", "message"} <= CITED.keys()
