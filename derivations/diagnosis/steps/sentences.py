"""What a step did wrong, and what to do: a sentence in both languages for each mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...words import Words
from ..mistake import Mistake
from ..wording.amounts import multiple, number
from .plain import PLAIN
from .steps import Account, factors, other_sizes

#: So many parts are listed at most; of more, the first and the last.
LISTED = 8


@dataclass(frozen=True)
class Told:
    """What sentences are told of: the parts, the norms given and expected, and how many entries were compared."""

    account: Account
    norms: tuple[float, float] | None = None
    entries: int = 0


def listed(numbers: Sequence[float]) -> str:
    """Numbers of the parts, in their order."""
    shown = [f"{each:.4g}" if each != int(each) or abs(each) >= 1e6 else str(int(each)) for each in numbers]
    if len(shown) > LISTED:
        shown = [*shown[: LISTED - 2], "…", shown[-1]]
    return ", ".join(shown)


def _zh(numbers: str) -> str:
    """With the commas of Chinese."""
    return numbers.replace("; ", "；").replace(", ", "、")


def sentence(mistake: Mistake, told: Told) -> Words:
    """What was done, and what to do."""
    if (plain := PLAIN.get(mistake.key)) is not None:
        details = dict(mistake.details)
        return Words(plain.zh.format(**details), plain.en.format(**details))
    return _SENTENCES[mistake.key](mistake, told)


def _factors(mistake: Mistake, told: Told) -> str:
    return "; ".join(listed(values) for _, values in factors(told.account, mistake))


def _most(counts: Sequence[float]) -> int:
    return max(range(len(counts)), key=counts.__getitem__)


def _mean_of_means(mistake: Mistake, told: Told) -> Words:
    account = told.account
    divisor = dict(mistake.details).get("divisor")
    if divisor is not None or not account.mean:
        zh, en = _other(divisor or "S", account)
        many = len(account.parts)
        if account.mean:
            return Words(
                f"这是 {many} 小批的平均，每一小批都除以自己的{zh}。应当除以整批的 S = {listed([account.size])}。",
                f"This is the mean of {many} parts, each divided by its own {en}. The divisor should be the whole "
                f"batch's S = {listed([account.size])}.",
            )
        return Words(
            f'这是 {many} 小批的平均，每一小批还除以了自己的{zh}；可是 reduction="sum" 什么也不除。',
            f'This is the mean of {many} parts, each divided by its own {en}; but with reduction="sum" nothing is '
            "divided.",
        )
    sizes = listed(account.sizes)
    counts = [account.size / (len(account.parts) * size) if size else 0.0 for size in account.sizes]
    most = _most(counts)
    if account.ranks > 1:
        return Words(
            f"这是均值的平均：每个进程先平均自己各小批的均值，进程之间再平均。各小批的除数 S_k 不同（{_zh(sizes)}）。"
            f"每一小批的损失（已除以本进程的小批数 K_r）要再乘以 W·K_r·S_k/S：{_zh(_factors(mistake, told))}。",
            "This is a mean of means: each rank averages its parts' means, and the ranks are averaged. The parts' "
            f"divisors S_k differ ({sizes}). Keep the division by the rank's K_r parts, and multiply each part's "
            f"loss by W·K_r·S_k/S: {_factors(mistake, told)}.",
        )
    return Words(
        f"这是各小批均值的平均。各小批的除数 S_k 不同（{_zh(sizes)}），第 {most + 1} 小批算得最重，"
        f"是应有的 {counts[most]:.3g} 倍。"
        f"每一小批的损失（已除以 K）要再乘以 K·S_k/S：{_zh(_factors(mistake, told))}。",
        f"This is the mean of the parts' means. Their divisors S_k differ ({sizes}); part {most + 1} counts most, "
        f"{counts[most]:.3g} times what it should. Keep the division by K, and multiply each part's loss by K·S_k/S: "
        f"{_factors(mistake, told)}.",
    )


def _last_part_too_much(mistake: Mistake, told: Told) -> Words:
    account = told.account
    many, last = len(account.parts), listed(account.sizes[-1:])
    return Words(
        f"最后一小批算得太重，是应有的 {float(mistake['times']):.3g} 倍：它的 S_k 只有 {last}，"
        f"别的小批是 {listed(account.sizes[:1])}，而 {many} 小批的均值同样各占 1/{many}。"
        f"每一小批的损失（已除以 K）要再乘以 K·S_k/S：{_zh(_factors(mistake, told))}。",
        f"The last part counts too much, {float(mistake['times']):.3g} times what it should: its S_k is {last}, the "
        f"others' is {listed(account.sizes[:1])}, and each mean has the same 1/{many}. Keep the division by K, and "
        f"multiply each part's loss by K·S_k/S: {_factors(mistake, told)}.",
    )


def _mean_of_ranks(mistake: Mistake, told: Told) -> Words:
    sizes = listed(told.account.of_ranks())
    return Words(
        f"这是各进程均值的平均，DDP 和 FSDP 就是这样合并的。各进程的除数 S_r 不同（{_zh(sizes)}），所以它"
        f"不是整批的均值。每个进程的损失要乘以 W·S_r/S：{_zh(_factors(mistake, told))}。",
        f"This is the mean of the ranks' means, which is how DDP and FSDP combine gradients. The ranks' divisors S_r "
        f"differ ({sizes}), so it is not the mean of the whole batch. Multiply each rank's loss by W·S_r/S: "
        f"{_factors(mistake, told)}.",
    )


def _not_averaged(mistake: Mistake, told: Told) -> Words:
    account, times = told.account, mistake["times"]
    if "each" in dict(mistake.details) and len({*account.of_ranks()}) > 1:
        sizes = listed(account.of_ranks())
        return Words(
            f"各进程的均值加起来了，没有除以 W = {times}。各进程的除数 S_r 不同（{_zh(sizes)}），"
            f"每个进程的损失要乘以 S_r/S：{_zh(_factors(mistake, told))}。",
            f"The ranks' means were added up, and not divided by W = {times}. The ranks' divisors S_r differ "
            f"({sizes}), so multiply each rank's loss by S_r/S: {_factors(mistake, told)}.",
        )
    if mistake["of"] == "ranks":
        return Words(
            f"各进程的梯度加起来了，没有除以 W = {times}。",
            f"The ranks' gradients were added up, and not divided by W = {times}.",
        )
    if "divisor" in dict(mistake.details):
        zh, en = _other(mistake["divisor"], account)
        return Words(
            f"各小批加起来了，每一小批都除以自己的{zh}；应当都除以整批的 S。",
            f"The parts were added up, each divided by its own {en}; all should be divided by the whole batch's S.",
        )
    if len({*account.sizes}) == 1 or account.ranks > 1:
        return Words(
            f"各小批的均值加起来了，没有除以小批数：少了 1/{times}。每一小批的损失要除以 {times}。",
            f"The parts' means were added up, and not averaged: 1/{times} is missing. Divide each part's loss by "
            f"{times}.",
        )
    return Words(
        f"各小批的均值加起来了，没有加权：少了 1/{times}。各小批的除数 S_k 不同（{_zh(listed(account.sizes))}），"
        f"每一小批的损失要乘以 S_k/S：{_zh(_factors(mistake, told))}。",
        f"The parts' means were added up, and not averaged: 1/{times} is missing. The parts' divisors S_k differ "
        f"({listed(account.sizes)}), so multiply each part's loss by S_k/S: {_factors(mistake, told)}.",
    )


def _averaged(mistake: Mistake, told: Told) -> Words:
    by, account = mistake["by"], told.account
    if mistake["of"] == "ranks":
        return Words(
            f"多除了一个 W = {by}：DDP 和 FSDP 会把各进程的梯度平均。损失要乘以 {by}。",
            f"Divided by W = {by} once too often: DDP and FSDP average over the ranks. Multiply the loss by {by}.",
        )
    if mistake["of"] == "steps":
        many = len(account.parts)
        return Words(
            f"除以了 {by}，而这里有 {many} 小批：损失应当除以 {many}。",
            f"Divided by {by}, and there are {many} parts: divide the loss by {many}.",
        )
    if not account.mean:
        return Words(
            f'除以了小批数 {by}，可是 reduction="sum" 求的是和：不要除。',
            f'Divided by the {by} parts, but reduction="sum" wants the sum: do not divide.',
        )
    return Words(
        f"多除了一个 K = {by}：各小批已按 S_k/S 加权，不要再除以小批数。",
        f"Divided by K = {by} once too often: the parts are weighted by S_k/S already, so do not divide by their "
        "number.",
    )


def _counted_twice(mistake: Mistake, told: Told) -> Words:
    if mistake["part"] == "all":
        return Words(
            "梯度累积了两遍：backward() 跑了两次，或者没有清掉上一步的梯度。",
            "The gradient was accumulated twice: backward() ran twice, or what an earlier step left was not cleared.",
        )
    return Words(f"第 {mistake['part']} 小批算了两次。", f"Part {mistake['part']} is counted twice.")


def _part_scale(mistake: Mistake, told: Told) -> Words:
    details = dict(mistake.details)
    if "counts" in details:
        return Words(
            f"各小批的份量不对，依次是应有的 {_zh(details['counts'])} 倍。",
            f"The parts are weighted wrongly: they count {details['counts']} times what they should.",
        )
    return Words(
        f"第 {details['part']} 小批的份量是应有的 {number(details['times'])} 倍，其余各小批都对。",
        f"Part {details['part']} counts {number(details['times'])} times what it should; the others are right.",
    )


def _weighted_by(mistake: Mistake, told: Told) -> Words:
    account = told.account
    zh, en = _other(mistake["size"], account)
    sizes, taken = listed(account.sizes), listed(other_sizes(account)[mistake["size"]])
    return Words(
        f"各小批的均值按 N_k/N 加权，N_k 是{zh}（{_zh(taken)}）；均值的除数是 S_k（{_zh(sizes)}），应当按 S_k/S 加权。"
        f"每一小批的损失要再乘以 {_zh(_factors(mistake, told))}。",
        f"Each part's mean is weighted by N_k/N, where N_k is the {en} ({taken}). What the means divide by is S_k "
        f"({sizes}), so weight them by S_k/S: multiply each part's loss, as it is now, by {_factors(mistake, told)}.",
    )


def _scaled(mistake: Mistake, told: Told) -> Words:
    times = multiple(mistake["times"])
    if "how" in dict(mistake.details):
        return Words(
            f"整个梯度是{times.zh}，恰好是 2 的幂：GradScaler 的缩放还在里面。先调用 scaler.unscale_(optimizer)。",
            f"The whole gradient is {times.en}, a power of 2: a GradScaler's scale is still in "
            "it. Call scaler.unscale_(optimizer) first.",
        )
    if told.norms is not None and told.norms[0] < told.norms[1]:
        return Words(
            f"整个梯度是{times.zh}：范数是 {told.norms[0]:.4g}，应为 {told.norms[1]:.4g}。"
            "也许是裁剪（clip_grad_norm_）过，也许是多除了什么。",
            f"The whole gradient is {times.en}: its norm is {told.norms[0]:.4g}, and should be "
            f"{told.norms[1]:.4g}. It may have been clipped (clip_grad_norm_), or divided by something.",
        )
    return Words(f"整个梯度是{times.zh}。", f"The whole gradient is {times.en}.")


def _clipped(mistake: Mistake, told: Told) -> Words:
    if mistake["how"] == "value":
        return Words(
            f"梯度被逐个元素裁剪到 ±{mistake['max_value']}（clip_grad_value_）。先核对，再裁剪。",
            f"The gradient was clipped entry by entry to ±{mistake['max_value']} (clip_grad_value_). Check it before "
            "it is clipped.",
        )
    norm, most = mistake["norm"], mistake["max_norm"]
    return Words(
        f"梯度被裁剪过（clip_grad_norm_）：范数本是 {norm}，缩到了 max_norm = {most}。先核对，再裁剪。",
        f"The gradient was clipped (clip_grad_norm_): its norm was {norm} and is now max_norm = {most}. Check it "
        "before it is clipped.",
    )


def _divisor(mistake: Mistake, told: Told) -> Words:
    right, wrong = mistake["right"], mistake["wrong"]
    size = listed([told.account.size])
    if right == "1":
        zh, en = _other(wrong, told.account)
        return Words(
            f'除以了整批的{zh}，可是 reduction="sum" 什么也不除。',
            f'Divided by the whole batch\'s {en}, but with reduction="sum" nothing is divided.',
        )
    if wrong == "1":
        return Words(
            f"没有除以 S = {size}：这是和，不是均值。", f"Not divided by S = {size}: this is the sum, not the mean."
        )
    if wrong == "K":
        many = len(told.account.parts)
        return Words(
            f"各小批的和除以了小批数 {many}，没有除以 S = {size}。",
            f"The parts' sums were divided by the number of parts, {many}, and not by S = {size}.",
        )
    zh, en = _other(wrong, told.account)
    return Words(f"除以了{zh}，应当除以 S = {size}。", f"Divided by the {en}, where S = {size} belongs.")


def _other(name: str, account: Account) -> tuple[str, str]:
    """What a divisor is called that is not S."""
    if name == "S":
        return " S", "S"
    rows, counted = (sum(getattr(part, each) for part in account.parts) for each in ("rows", "counted"))
    if name == "kept":
        return "计入的标签数（不带权重）", "number of labels that count, without their weights"
    if rows > counted:
        return "行数 N（被忽略的行也算在内）", "number of rows N, ignored ones included"
    return "行数 N，而不是元素的个数", "number of rows N, and not of entries"


_SENTENCES: dict[str, Callable[[Mistake, Told], Words]] = {
    "mean of means": _mean_of_means,
    "last part too much": _last_part_too_much,
    "mean of ranks": _mean_of_ranks,
    "not averaged": _not_averaged,
    "averaged": _averaged,
    "counted twice": _counted_twice,
    "part scale": _part_scale,
    "weighted by": _weighted_by,
    "scaled": _scaled,
    "clipped": _clipped,
    "divisor": _divisor,
}
