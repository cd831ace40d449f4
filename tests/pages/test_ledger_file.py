"""The ledger is a file of the site; when it cannot be certified there is no site."""

import json

import pytest
from mkdocs.exceptions import PluginError
from small_sites import CONFIG

from derivations.ledger import entries
from derivations.pages import ledger_run
from derivations.pages.cache import Cache
from derivations.pages.runs import surroundings


def test_the_whole_ledger_is_published(built):
    manifest = json.loads((built / "ledger.json").read_text(encoding="utf-8"))
    assert [entry["criterion"] for entry in manifest["entries"]] == [entry.criterion for entry in entries()]
    runs = [run for entry in manifest["entries"] for run in entry["runs"]]
    assert sum(row["entries"] for run in runs for row in run["rows"]) > 10_000
    assert manifest["fields"].keys() >= {"criterion", "latex", "code", "runs", "deviation", "bound"}


def program(folder, text):
    """Something that stands in for Python, and does what `text` says."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_disagreement_stops_the_build_and_is_not_kept(tmp_path, monkeypatch):
    (tmp_path / "derivations").mkdir()
    monkeypatch.setattr(ledger_run.sys, "executable", program(tmp_path, "echo 'weight[0, 0] is wrong' >&2; exit 1"))
    for _ in range(2):
        run = ledger_run.LedgerRun(tmp_path, Cache(tmp_path / "cache"), surroundings(tmp_path))
        with pytest.raises(PluginError, match=r"the ledger could not be certified\nweight\[0, 0\] is wrong"):
            run.text()


def test_what_cannot_be_told_is_published(tmp_path, monkeypatch):
    (tmp_path / "derivations").mkdir()
    monkeypatch.setattr(ledger_run.sys, "executable", program(tmp_path, "echo '{\"entries\": []}'; exit 3"))
    run = ledger_run.LedgerRun(tmp_path, Cache(tmp_path / "cache"), surroundings(tmp_path))
    assert json.loads(run.text()) == {"entries": []}


def test_it_is_run_again_only_when_the_sources_change(tmp_path, monkeypatch):
    source = tmp_path / "derivations" / "rules.py"
    source.parent.mkdir()
    source.write_text("first")
    monkeypatch.setattr(ledger_run.sys, "executable", program(tmp_path, "echo x >> runs.txt; echo '{\"entries\": []}'"))
    for text in ("first", "first", "second"):
        source.write_text(text)
        run = ledger_run.LedgerRun(tmp_path, Cache(tmp_path / "cache"), surroundings(tmp_path))
        assert json.loads(run.text()) == {"entries": []}
    assert (tmp_path / "runs.txt").read_text().split() == ["x", "x"]


def test_a_build_that_fails_leaves_no_process_behind(tmp_path, monkeypatch):
    (tmp_path / "derivations").mkdir()
    monkeypatch.setattr(ledger_run.sys, "executable", program(tmp_path, "sleep 60"))
    run = ledger_run.LedgerRun(tmp_path, Cache(tmp_path / "cache"), surroundings(tmp_path))
    process = run.process
    run.stop()
    assert process.poll() is not None


def test_a_site_that_does_not_ask_for_it_has_none(site):
    assert "ledger" not in CONFIG
    site.write('# %% [markdown] lang="zh"\n# # 题\n\n# %% [markdown] lang="en"\n# # Title\n')
    assert "the ledger" not in site.build().stderr
    assert not (site.root / "site" / "ledger.json").exists()
