"""A divisor or a factor in words, with what its sizes are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...words import Words
from ..searching.ratios import Product
from .amounts import multiple, quantity

Sized = Callable[[Mapping[str, str], Mapping[str, str]], Words]


def _divisor(details: Mapping[str, str], sizes: Mapping[str, str]) -> Words:
    """1/C is missing: divided by N = 5 instead of N·C = 15."""
    right, wrong = details["right"], details["wrong"]
    of_right, of_wrong = quantity(right, sizes, wrong), quantity(wrong, sizes, right)
    missing, extra = _without(right, wrong), _without(wrong, right)
    if wrong == "1":
        told = Words(f"少了 {_one_over(right)}", f"{_one_over(right)} is missing")
        return told if of_right.en == right else Words(f"{told.zh}：{of_right.zh}", f"{told.en}: {of_right.en}")
    if right == "1":
        return Words(
            f"多了 {_one_over(wrong)}：除以了 {of_wrong.zh}，这里不该有分母",
            f"{_one_over(wrong)} is too much: divided by {of_wrong.en}, where there should be no divisor",
        )
    if extra:
        head = Words(f"多了 {_one_over(extra)}", f"{_one_over(extra)} is too much")
    elif missing:
        head = Words(f"少了 {_one_over(missing)}", f"{_one_over(missing)} is missing")
    else:
        head = Words("分母不对", "the divisor is wrong")
    return Words(
        f"{head.zh}：该除以 {of_right.zh}，却除以了 {of_wrong.zh}",
        f"{head.en}: divided by {of_wrong.en} instead of {of_right.en}",
    )


def _one_over(product: str) -> str:
    return f"1/({product})" if "·" in product else f"1/{product}"


def _without(whole: str, part: str) -> str:
    """What is left of a product without the factors of another one; nothing unless they are all in it."""
    left = Product.of(whole).over(Product.of(part))
    return "" if left.below else str(left).removeprefix("1")


def _factor(details: Mapping[str, str], sizes: Mapping[str, str]) -> Words:
    times = details["times"]
    if times.isdigit():
        return Words(f"多了系数 {times}", f"a factor {times} is too much")
    if times.startswith("1/") and times[2:].isdigit():
        return Words(f"少了系数 {times[2:]}", f"the factor {times[2:]} is missing")
    if not times[:1].isdigit() and times[:1] != "-":
        told, of_what = Words(f"多乘了 {times}", f"a factor {times} is too much"), quantity(times, sizes)
        return told if of_what.en == times else Words(f"{told.zh}：{of_what.zh}", f"{told.en}: {of_what.en}")
    of_what = multiple(times)
    return Words(f"每个元素都是{of_what.zh}", f"every entry is {of_what.en}")


OF_SIZES: dict[str, Sized] = {"divisor": _divisor, "factor": _factor}
