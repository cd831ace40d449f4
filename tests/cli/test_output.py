"""What is printed: in encodings that lack signs, into streams that fail, in colour on a terminal and nowhere else."""

import errno
import io
import json
import re
import sys
from dataclasses import replace

import pytest

from derivations import CrossEntropy, derive, ledger
from derivations.cli import main, output
from derivations.display.certificate import certificate_text
from derivations.display.colour import Colour
from derivations.display.derivation import derivation_text

ESCAPES = re.compile(r"\x1b\[\d+m")
SHOWN = [["list"], ["show", "adam"], ["show", "cross-entropy", "--wrt", "weight", "--lang", "zh"], ["--help"]]


class Device(io.RawIOBase):
    """Takes so many bytes, and then fails."""

    def __init__(self, error, room=0):
        self.error, self.room = error, room

    def writable(self):
        return True

    def write(self, data):
        if self.error is None:
            return len(data)
        if len(data) > self.room:
            raise OSError(self.error, "full" if self.error == errno.ENOSPC else "gone")
        self.room -= len(data)
        return len(data)


def printed(arguments, encoding, monkeypatch):
    """What the command prints in an encoding."""
    raw = io.BytesIO()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    code = main(arguments)
    text = raw.getvalue().decode(encoding)
    monkeypatch.undo()
    return code, text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp936", "latin-1"])
@pytest.mark.parametrize("arguments", SHOWN, ids=" ".join)
def test_an_encoding_that_lacks_signs_is_no_error(arguments, encoding, monkeypatch):
    code, text = printed(arguments, encoding, monkeypatch)
    assert code == 0
    expected = printed(arguments, "utf-8", monkeypatch)[1]
    assert len(text.splitlines()) == len(expected.splitlines())
    assert ("?" in text) == ("zh" in arguments and encoding != "cp936")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp936"])
@pytest.mark.parametrize("arguments", [["show", "adam"], ["show", "mse", "--lang", "zh"], ["list"]], ids=" ".join)
def test_json_is_the_same_value_in_any_encoding(arguments, encoding, monkeypatch):
    code, text = printed([*arguments, "--json"], encoding, monkeypatch)
    assert code == 0
    assert json.loads(text) == json.loads(printed([*arguments, "--json"], "utf-8", monkeypatch)[1])


@pytest.mark.parametrize(
    ("sign", "ascii"),
    [
        ("∂L/∂W", "dL/dW"),
        ("Σ_n G[n,c]·X[n,m]", "sum_n G[n,c]*X[n,m]"),
        ("γ·λ ≥ −ε", "gamma*lambda >= -epsilon"),
        ("m̂[t]", "m_hat[t]"),
        ("ḡ", "g_bar"),
        ("β₁ᵗ", "beta1^t"),
        ("✓ 50 digits", "ok: 50 digits"),
        ("━━╌", "==-"),
        ("一致。", "???"),
        ("\udcff", "?"),  # a byte of a file's name that is no character
    ],
)
def test_signs_and_what_stands_for_them(sign, ascii):
    assert output.printable(sign, "ascii") == ascii
    assert output.printable(sign, "utf-8") == (sign if sign != "\udcff" else "?")


def test_a_wrong_word_that_cannot_be_printed_is_still_answered(monkeypatch):
    code, text = printed(["show", "交叉熵"], "ascii", monkeypatch)
    assert code == 2
    assert text.startswith("derivations: '???' is not something that can be shown. Accepted: mse,")


@pytest.mark.parametrize("stream", [None, io.StringIO()], ids=["none", "closed"])
@pytest.mark.parametrize(("arguments", "code"), [(["list"], 0), (["list", "--json"], 0), (["shwo"], 2)])
def test_without_streams_only_the_code_is_left(stream, arguments, code, monkeypatch):
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(arguments) == code


@pytest.mark.parametrize("room", [0, 100])
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["--version"], ["--help", "--lang", "zh"]])
def test_a_full_device_is_one_line_and_1(arguments, room, monkeypatch, capsys):
    if arguments == ["--version"] and room:
        room = 5
    device = Device(errno.ENOSPC, room)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(device, 64), encoding="utf-8"))
    assert main(arguments) == 1
    says = "derivations：没能做完：full。\n" if "zh" in arguments else "derivations: not finished: full.\n"
    assert capsys.readouterr().err == says
    device.error = None  # so that closing the stream does not fail


def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch, capsys):
    device = Device(errno.EPIPE)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(device, 64), encoding="utf-8"))
    assert main(["show", "cross-entropy", "--wrt", "weight"]) == 0
    assert capsys.readouterr().err == ""
    device.error = None


def test_nobody_is_told_when_stderr_fails_too(monkeypatch, capsys):
    device = Device(errno.ENOSPC)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BufferedWriter(device, 64), encoding="utf-8"))
    assert main(["shwo"]) == 2
    device.error = None


@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "mse"], ["--help"], ["certify", "--dtype", "float32"], ["shwo"]]
)
def test_colour_on_a_terminal_changes_no_word(arguments, on_a_terminal, monkeypatch, capsys):
    screen = on_a_terminal()
    main(arguments)
    coloured = screen.getvalue()
    assert ESCAPES.search(coloured)
    monkeypatch.undo()
    main(arguments)
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    without = ESCAPES.sub("", coloured)
    bar = re.compile(r"\r[━╌]+ \d+/\d+")
    assert bar.sub("", without).removeprefix("\n" if bar.search(without) else "") == said.err + said.out


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("NO_COLOR", "0"), ("TERM", "dumb")])
def test_no_colour_where_it_is_not_wanted(name, value, on_a_terminal, monkeypatch):
    monkeypatch.setenv(name, value)
    screen = on_a_terminal()
    assert main(["show", "mse"]) == 0
    assert main(["shwo"]) == 2
    assert "\x1b" not in screen.getvalue()


def test_an_empty_no_color_means_nothing(on_a_terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    screen = on_a_terminal()
    assert main(["show", "mse"]) == 0
    assert "\x1b" in screen.getvalue()


def test_json_has_no_colour(on_a_terminal):
    screen = on_a_terminal()
    assert main(["show", "mse", "--json"]) == 0
    assert "\x1b" not in screen.getvalue()
    assert json.loads(screen.getvalue())


def test_verdicts_have_the_colours_of_what_they_say():
    on = Colour(on=True)
    derivation = derive(CrossEntropy())
    text = derivation_text(derivation, "en", on)
    assert text.startswith(f"\x1b[1m{derivation.title['en']}\x1b[0m\n")
    assert "\x1b[32m✓ exact rationals\x1b[0m" in text
    assert ESCAPES.sub("", text) == derivation_text(derivation, "en") == str(derivation)
    certificate = ledger.run(sizes=((3, 2, 4),), dtypes=(ledger.torch.float32,)).certificates[0]
    agrees, *rest = certificate.rows
    certificate = replace(certificate, rows=(agrees, replace(agrees, sharpest=1.0), *rest))
    text = certificate_text(certificate, "en", on)
    assert "\x1b[32magrees\x1b[0m" in text
    assert "\x1b[33mcannot tell\x1b[0m" in text
    assert ESCAPES.sub("", text) == certificate_text(certificate, "en") == str(certificate)


def test_a_progress_bar_is_drawn_on_a_terminal_and_ends_its_line(on_a_terminal):
    screen = on_a_terminal()

    def interrupted():
        with output.progress() as progress:
            progress(1, 3)
            progress(2, 3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    plain = ESCAPES.sub("", screen.getvalue())
    assert plain == f"\r{'━' * 10}{'╌' * 20} 1/3\r{'━' * 20}{'╌' * 10} 2/3\n"


def test_a_progress_bar_is_not_drawn_elsewhere(capsys):
    with output.progress() as progress:
        progress(1, 3)
    assert capsys.readouterr() == ("", "")
