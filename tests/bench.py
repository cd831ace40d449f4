"""What things cost, for `make bench`: minima of interleaved runs in one process. Trust the ratios."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from test_closed_form import case
from torch import nn

from derivations.index_calculus.judge import judge
from derivations.losses import MSE, CrossEntropy
from derivations.subject import derive
from derivations.torch_bridge.run import compiled

SIZES = ((64, 10, 2), (1024, 128, 10), (8192, 512, 100))


def minimum(*runs: Callable[[], object], repeat: int = 15) -> list[float]:
    """The shortest time of each of `runs`, in seconds, taken in turn."""
    best = [float("inf")] * len(runs)
    for _ in range(repeat):
        for place, run in enumerate(runs):
            start = time.perf_counter()
            run()
            best[place] = min(best[place], time.perf_counter() - start)
    return best


def derivations() -> None:
    print("derivation                        rules alone   with every judgement")
    for loss in (MSE(), CrossEntropy()):
        for wrt in ("outputs", "weight", "bias", "inputs"):
            derive.__wrapped__(loss, wrt)  # the lemmas it uses are derived once

            def rules(loss=loss, wrt=wrt) -> None:
                derivation = derive(loss, wrt)
                for micro in (micro for step in derivation.steps for micro in step.micros):
                    micro.rule(micro.before, derivation.context)

            def everything(loss=loss, wrt=wrt) -> None:
                derive.__wrapped__(loss, wrt)

            alone, judged = minimum(rules, everything, repeat=3)
            print(f"{loss!s:20} ∂L/∂{wrt:8} {alone:9.3f} s {judged:15.2f} s")


def judging() -> None:
    derivation = derive(CrossEntropy(), "weight")
    micro = derivation.steps[-1].micros[-1]
    print("judging one line at (N, D, C):")
    for triple in ((4, 3, 2), (8, 6, 4)):
        [seconds] = minimum(
            lambda triple=triple: judge(micro.before, micro.after, derivation.context, triples=(triple,)), repeat=3
        )
        print(f"  {triple!s:12} {seconds * 1000:8.1f} ms")


def closed_forms() -> None:
    print("closed form ÷ autograd (forward + backward), same tensors, one thread")
    torch.set_num_threads(1)
    for criterion in (nn.MSELoss(), nn.CrossEntropyLoss()):
        for dtype in (torch.float32, torch.float64):
            for rows, features, classes in SIZES:
                explanation, inputs, targets = case(criterion, dtype, rows, features, classes)
                model = explanation.setup.model
                function = compiled(explanation.code(), "gradients")
                arrays = (inputs, model.weight.detach(), model.bias.detach(), targets)

                def autograd(model=model, criterion=criterion, inputs=inputs, targets=targets) -> None:
                    torch.autograd.grad(criterion(model(inputs), targets), list(model.parameters()))

                def closed(function=function, arrays=arrays) -> None:
                    with torch.no_grad():
                        function(*arrays)

                ours, theirs = minimum(closed, autograd, repeat=7 if rows > 5000 else 60)
                size = f"({rows}, {features}, {classes})"
                print(f"  {type(criterion).__name__:17} {str(dtype)[6:]:8} {size:16} {ours / theirs:5.2f}")


if __name__ == "__main__":
    derivations()
    judging()
    closed_forms()
