"""Where `--out` writes: known to work before the work begins, and the old file is there until the new one is whole."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from .arguments import WrongUse


class Destination:
    """A file to be written when the work is done. Raises WrongUse where that could not succeed, and changes nothing."""

    def __init__(self, given: str) -> None:
        self.given = given
        try:
            self.mode = self._mode()
            # What a link leads to is replaced, not the link; but /dev/stdout is no link to a file.
            self.path = Path(os.path.realpath(given) if self.replaces else given)
            self.beside = self.path.with_name(f".{os.getpid()}.ledger.tmp")
            if self.mode is not None and not os.access(self.path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            if self.replaces:
                self.beside.open("xb").close()
                self.beside.unlink()
        except OSError as wrong:
            reason = wrong.strerror
            raise WrongUse(
                f"--out {given}：写不进去（{reason}）。", f"--out {given}: cannot be written ({reason})."
            ) from None

    def _mode(self) -> int | None:
        """That of what is there; None for nothing. Raises WrongUse where no file can be."""
        given, folder = self.given, Path(os.path.realpath(self.given)).parent
        try:
            mode = Path(given).stat().st_mode
        except FileNotFoundError:
            mode = None
        if given.endswith(("/", os.sep)) or (mode is not None and stat.S_ISDIR(mode)):
            raise WrongUse(
                f"--out {given}：这是文件夹，请写上文件名。", f"--out {given}: this is a folder; name a file in it."
            )
        if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
            raise WrongUse(
                f"--out {given}：这既不是文件，也不是终端或管道。", f"--out {given}: this is no file, terminal or pipe."
            )
        if mode is None and not folder.is_dir():
            raise WrongUse(
                f"--out {given}：没有文件夹 {folder}，请先建好。",
                f"--out {given}: there is no folder {folder}; make it first.",
            )
        return mode

    @property
    def replaces(self) -> bool:
        """A file is replaced; a device or a pipe is written to."""
        return self.mode is None or stat.S_ISREG(self.mode)

    def write(self, text: str) -> None:
        """Raises OSError where the device is full, and leaves the file that was there."""
        try:
            if not self.replaces:
                self.path.write_text(text, encoding="utf-8")
                return
            self.beside.write_text(text, encoding="utf-8")
            if self.mode is not None:
                self.beside.chmod(stat.S_IMODE(self.mode))
            self.beside.replace(self.path)
        except OSError as wrong:
            raise OSError(wrong.errno, wrong.strerror, self.given) from None
        finally:
            with suppress(OSError):
                self.beside.unlink()
