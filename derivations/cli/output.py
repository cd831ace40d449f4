"""What the command prints: in any encoding, with colour and a bar on a terminal, and on devices that may fail."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from .language import either

if TYPE_CHECKING:
    from ..display.colour import Colour

#: What to print where an encoding lacks a sign; Greek letters are spelled out, and indices go on the line.
PLAINER = {
    **{"∂": "d", "Σ": "sum", "λ": "lambda", "√": "sqrt", "·": "*", "×": "x", "−": "-", "–": "-", "—": "-", "…": "..."},
    **{"≥": ">=", "≤": "<=", "≠": "!=", "⟺": "<=>", "→": "->", "∞": "inf", "✓": "ok:", "✗": "not ok:"},
    **{"\u0302": "_hat", "\u0303": "_tilde", "\u0304": "_bar", "━": "=", "╌": "-"},
    **{"‘": "'", "’": "'", "“": '"', "”": '"'},
}


def write(text: str, stream: TextIO | None, end: str = "\n") -> None:
    """Print to a stream, if there is one. Raises OSError when it takes no more."""
    if stream is not None and not stream.closed:
        stream.write(printable(text + end, stream.encoding or "utf-8"))


def say(text: str) -> None:
    """A message on stderr; there is nobody left to tell when that fails."""
    with suppress(OSError):
        write(text, sys.stderr)


def complain(sentence: str, lang: str) -> None:
    """On stderr, and whose sentence it is."""
    say(colour(sys.stderr).bad(either(lang, "derivations：", "derivations: ")) + sentence)


def printable(text: str, encoding: str) -> str:
    """The text with plainer signs for those that the encoding lacks, so that ∂L/∂W is dL/dW at the worst."""
    if _takes(encoding, text):
        return text
    return "".join(sign if _takes(encoding, sign) else _plainer(sign, encoding) for sign in text)


def _plainer(sign: str, encoding: str) -> str:
    if sign in PLAINER:
        return PLAINER[sign]
    parts = unicodedata.normalize("NFKD", sign)
    if parts != sign:
        raised = unicodedata.decomposition(sign).startswith("<super>")
        return ("^" if raised else "") + printable(parts, encoding)
    name = unicodedata.name(sign, "")
    return name.rpartition(" ")[2].lower() if name.startswith("GREEK ") else "?"


def _takes(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def as_json(value: Any, encoding: str = "utf-8", indent: int | None = 1) -> str:
    """As JSON, with escapes where the encoding lacks a sign: it stays the same value."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if _takes(encoding, text) else json.dumps(value, indent=indent)


def write_json(value: Any, stream: TextIO | None, indent: int | None = 1) -> None:
    write(as_json(value, getattr(stream, "encoding", None) or "utf-8", indent), stream)


def colour(stream: TextIO | None) -> Colour:
    """On a terminal, unless NO_COLOR says otherwise (https://no-color.org)."""
    from ..display.colour import Colour  # with it comes SymPy, which has been loaded by then

    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Colour(wanted and is_terminal(stream) and _knows_colour(stream))


def is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _knows_colour(stream: TextIO | None) -> bool:
    """Terminals do; consoles of Windows when asked."""
    if sys.platform != "win32" or stream is None:
        return True
    import ctypes
    import msvcrt

    virtual_terminal, mode = 4, ctypes.c_ulong()
    console, handle = ctypes.windll.kernel32, ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
    found = console.GetConsoleMode(handle, ctypes.byref(mode))
    return bool(found and console.SetConsoleMode(handle, mode.value | virtual_terminal))


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, and nothing in a pipe. What is said next begins on a line of its own, however this ends."""
    drawn = False

    def show(done: int, of: int) -> None:
        nonlocal drawn
        if is_terminal(sys.stderr):
            drawn, filled = True, 30 * done // of
            bar = colour(sys.stderr).name("━" * filled) + colour(sys.stderr).quiet("╌" * (30 - filled))
            write(f"\r{bar} {done}/{of}", sys.stderr, end="")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if drawn:
            say("")


def flush() -> None:
    """Raises OSError when what was printed cannot be written, while that can still be said."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def abandon() -> None:
    """Drop what a stream cannot take; the interpreter would try again as it ends, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
