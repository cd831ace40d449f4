"""Ctrl-C ends the command in one line, at whatever it was; so do a process killed and a device that is full."""

import gc
import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import pytest

from derivations import ledger
from derivations.cli import main


@pytest.mark.parametrize(("lang", "says"), [("zh", "derivations：已中断。\n"), ("en", "derivations: interrupted.\n")])
def test_at_work(lang, says, monkeypatch, capsys):
    def interrupted(**options):
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "manifest", interrupted)
    assert main(["ledger", "--lang", lang]) == 130
    assert capsys.readouterr() == ("", says)
    assert gc.isenabled()


def test_while_it_is_loaded(monkeypatch, capsys):
    class Interrupting:
        def find_spec(self, name, path=None, target=None):
            if name == "derivations.cli.run":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "derivations.cli.run", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert main(["list"]) == 130
    assert capsys.readouterr() == ("", "derivations: interrupted.\n")


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be held")
@pytest.mark.parametrize(("command", "module"), [("list", "derivations.cli.run"), ("certify", "derivations.ledger")])
def test_nobody_swallows_it_while_modules_are_loaded(command, module, monkeypatch, capsys):
    class Swallowing:
        def find_spec(self, name, path=None, target=None):
            if name == module:
                with suppress(KeyboardInterrupt):
                    signal.raise_signal(signal.SIGINT)

    package, _, name = module.rpartition(".")
    monkeypatch.delattr(sys.modules[package], name, raising=False)
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Swallowing(), *sys.meta_path])
    assert main([command]) == 130
    assert capsys.readouterr() == ("", "derivations: interrupted.\n")


@pytest.mark.parametrize(("lang", "says"), [("zh", "有一个分担工作的进程被外部结束"), ("en", "was ended from outside")])
def test_a_process_that_was_killed_is_one_line_and_1(lang, says, monkeypatch, capsys):
    def broken(**options):
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    monkeypatch.setattr(ledger, "manifest", broken)
    assert main(["ledger", "--lang", lang]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "--processes 1" in said
    assert said.count("\n") == 1


def command(code, **streams):
    """The command as a process of its own, whose `run` is the code given."""
    program = (
        "import sys, types\n"
        "from derivations.cli import main, output\n"
        "def run(arguments, lang):\n"
        f"    {code}\n"
        "    return 0\n"
        "sys.modules['derivations.cli.run'] = types.SimpleNamespace(run=run)\n"
        "sys.argv = ['derivations']\n"
        "sys.exit(main())\n"
    )
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": ""}
    return subprocess.run(
        [sys.executable, "-c", program],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        env=environment,
        **streams,
    )


def test_the_process_dies_of_the_signal_so_that_a_loop_around_it_ends():
    ended = command("raise KeyboardInterrupt", stdout=subprocess.PIPE)
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == "derivations: interrupted.\n"


def test_the_interpreter_does_not_complain_of_a_full_device_once_more():
    with Path("/dev/full").open("w") as full:
        ended = command("output.write('x', sys.stdout)", stdout=full)
        assert (ended.returncode, ended.stderr) == (1, "derivations: not finished: No space left on device.\n")


def test_nor_of_a_reader_that_has_gone():
    read, write = os.pipe()
    os.close(read)
    ended = command("output.write('x', sys.stdout)", stdout=write)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")
