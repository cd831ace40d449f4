"""What a cell prints and shows, as the outputs of a notebook's cell."""

from __future__ import annotations

import re
from typing import Any

Output = dict[str, Any]

_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)  # from a line's start, or a long line would take minutes


class Outputs:
    """The outputs of a lesson's cells, one cell after the other.

    All that goes to one stream is one output, where the first of it was printed: as readers see it who run the
    notebook, for whom standard output and standard error arrive in no certain order.
    """

    def __init__(self) -> None:
        self.cell: list[Output] = []
        self._shown: dict[str, list[Output]] = {}  # by display_id, for the lesson to update
        self._clear = False

    def begin(self) -> None:
        """Another cell."""
        self.cell = []
        self._clear = False

    def take(self, out: str, err: str, message: dict[str, Any]) -> None:
        """Take in what was printed before a message of the worker's, and the message, when it is an output."""
        self._print("stdout", out)
        self._print("stderr", err)
        kind = message.get("output_type")
        if kind == "clear_output":
            self._clear = True
            if not message["wait"]:
                self._clear_now()
        elif kind == "update_display_data":
            for output in self._shown.get(message["display_id"], []):
                output.update(data=message["data"], metadata=message["metadata"])
        elif kind:
            self._add(output := {key: message[key] for key in ("output_type", "data", "metadata")})
            if message.get("display_id"):
                self._shown.setdefault(message["display_id"], []).append(output)

    def _print(self, stream: str, text: str) -> None:
        if not text:
            return
        for output in self.cell:
            if output.get("name") == stream and not self._clear:
                break
        else:
            self._add(output := {"output_type": "stream", "name": stream, "text": ""})
        output["text"] = _OVERWRITTEN.sub("", output["text"] + text)

    def _add(self, output: Output) -> None:
        if self._clear:
            self._clear_now()
        self.cell.append(output)

    def _clear_now(self) -> None:
        self.cell.clear()
        self._clear = False
