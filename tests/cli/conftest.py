"""The command is run in this process, whatever language and colours the machine is set to."""

import io
import sys

import pytest

from derivations.cli.language import VARIABLES


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in (*VARIABLES, "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def on_a_terminal(monkeypatch):
    """Call it, and what is returned stands for stdout and stderr both, as on a screen, to the end of the test."""

    def begin():
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setattr(sys, "stderr", screen)
        return screen

    return begin
