"""What the numbers of a diagnosis, of a trial and of a step are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...words import Words

#: A number that is not here goes by its own name.
LABELS = {
    "read": Words("读作", "read as"),
    "wrt": Words("对谁求导", "gradient in"),
    "ratio": Words("比值", "ratio"),
    "entry": Words("最差的元素", "worst entry"),
    "index": Words("最差的元素", "worst entry"),
    "expected": Words("应当是", "expected"),
    "given": Words("给的是", "given"),
    "got": Words("给的是", "given"),
    "bound": Words("误差界", "bound"),
    "wrong": Words("错了几个", "wrong entries"),
    "sizes": Words("大小", "sizes"),
    "precision": Words("精度", "precision"),
    "side": Words("错的是", "wrong side"),
    "pairs": Words("两个错误的组合，试了", "pairs of mistakes tried"),
    "failed": Words("诊断没有做完", "the diagnosis failed"),
    "S_k": Words("各小批的 S_k", "S_k of the parts"),
    "S_r": Words("各进程的 S_r", "S_r of the ranks"),
    "counts": Words("各小批算了几次（应当是 1）", "how often each part counts (should be 1)"),
    "factors": Words("损失要乘以", "factors to apply"),
    "norm": Words("范数", "norms"),
    "trial": Words("试的是", "trial"),
    "called": Words("这样调用", "called with"),
    "all_expected": Words("应当是（全部）", "all expected"),
    "all_given": Words("给的是（全部）", "all given"),
    "rerun": Words("重跑", "rerun"),
}


def labelled(numbers: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """What each is called, and what it is; without those that are not known."""
    for name, value in numbers.items():
        if value is not None and value != "":
            shown = f"{value:.6g}" if isinstance(value, float) else str(value)
            yield (LABELS[name][lang] if name in LABELS else name), shown
