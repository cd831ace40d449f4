"""What a step did wrong, in sentences that need only the mistake's details."""

from __future__ import annotations

from ...words import Words

#: Sentences that tell no more than a mistake's details.
PLAIN = {
    "last part alone": Words(
        "只剩最后一小批的梯度，像是循环里有 zero_grad()，把前面累积的清掉了。zero_grad() 要放在循环之前。",
        "Only the last part's gradient is left, as after zero_grad() in the loop, which clears what was accumulated. "
        "Call it before the loop.",
    ),
    "updated in the loop": Words(
        "参数在两次 backward() 之间变了：循环里有 optimizer.step()，后面的小批是在更新过的参数上求的梯度。"
        "step() 要放在循环之后，只调用一次。",
        "The parameters changed between one backward() and the next: optimizer.step() is in the loop, so that later "
        "parts have their gradients at updated parameters. Call step() once, after the loop.",
    ),
    "last parts alone": Words(
        "只剩最后 {parts} 小批的梯度，像是循环里每过几小批就 step()、zero_grad() 一次。"
        "最后一组若不足数，除数也要跟着变。",
        "Only the last {parts} parts' gradients are left, as where step() and zero_grad() run in the loop every few "
        "parts. A last group of fewer parts has a divisor of its own, too.",
    ),
    "first parts alone": Words(
        "只有前 {parts} 小批的梯度，后面的没有算进去。",
        "Only the gradients of the first {parts} parts are in it.",
    ),
    "part alone": Words(
        "只有第 {part} 小批的梯度，其余各小批都没有算进去。",
        "This is the gradient of part {part} alone; the other parts do not count.",
    ),
    "part missing": Words("少了第 {part} 小批。", "Part {part} is missing."),
    "running total": Words(
        "前面的小批算了好几次：循环里对累加的总损失调用了 backward()。"
        "应当对每一小批自己的损失各调用一次，或者循环之后对总损失调用一次。",
        "Earlier parts count several times: backward() of a total that grows was called in the loop. Call it on each "
        "part's own loss, or on the total once, after the loop.",
    ),
    "rank alone": Words(
        "这只是进程 {rank} 自己的梯度：进程之间没有合并（少了 all_reduce，没有用 DDP，或者 no_sync() 一直开着）。",
        "This is the gradient of rank {rank} alone: the ranks' gradients were not combined (no all_reduce, no DDP, or "
        "no_sync() to the end).",
    ),
    "precision": Words(
        "在 {dtype} 的精度内对，在模型自己的精度内不对：像是用 {dtype} 算的，例如在 autocast 里。"
        "若是有意的，请给 precision=torch.{dtype}。",
        "Right to {dtype} precision, and not to the model's own: as if computed in {dtype}, under "
        "autocast for example. If that is meant, say precision=torch.{dtype}.",
    ),
    "zero": Words(
        "梯度处处为 0：backward() 之后清零了（zero_grad(set_to_none=False)）。",
        "The gradient is 0 everywhere: cleared after backward(), by zero_grad(set_to_none=False).",
    ),
    "sign": Words("正负号反了。", "The sign is wrong: this is minus the gradient."),
}
