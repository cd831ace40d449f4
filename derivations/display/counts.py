"""What a certificate's verdict is called, and how many entries it is of. Needs no torch, as building pages does not."""

from __future__ import annotations

from ..verdict import AGREES, CANNOT_TELL, DISAGREES
from ..wording import Words

VERDICTS = {
    AGREES: Words("一致", "agrees"),
    DISAGREES: Words("不一致", "disagrees"),
    CANNOT_TELL: Words("看不出对错", "cannot tell"),
}


def counted(entries: int, sharp: int, lang: str, among: int | None = None) -> str:
    """How many entries were compared, of how many, and at how many of them agreement means something."""
    said = of_all(entries, among, lang)
    if lang == "zh":
        return f"{said}，" + ("误差界都够紧" if sharp == entries else f"其中 {sharp} 个误差界够紧")
    return f"{said}, {'all' if sharp == entries else sharp} sharply bounded"


def of_all(entries: int, among: int | None, lang: str) -> str:
    """How many entries were compared, of how many; `among` is None where it was all of them."""
    if among is None or among <= entries:
        return f"{entries} 个元素" if lang == "zh" else f"{entries} entries"
    return f"比较了 {among} 个元素中的 {entries} 个" if lang == "zh" else f"{entries} of {among} entries compared"
