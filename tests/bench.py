"""What things cost, for `make bench`: minima of interleaved runs in one process. Trust the ratios."""

from __future__ import annotations

import itertools
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import torch
from adversary.batches import SUMS
from adversary.trial import Tally, campaign
from sympy import Expr, Symbol
from sympy.core.cache import clear_cache
from test_closed_form import case
from torch import Tensor, nn

from derivations import assert_gradient, curvature, diagnose, explain, ledger
from derivations.derivation import Derivation
from derivations.explanation import Explanation
from derivations.index_calculus.judging.judge import Judge, forget
from derivations.index_calculus.judging.samples import choices_of
from derivations.index_calculus.judging.scalars import Scalars
from derivations.index_calculus.symbols import C, D, N
from derivations.losses import MSE, CrossEntropy, Loss
from derivations.optimizers import SGD, AdamW
from derivations.subject import carried_out, derive
from derivations.torch_bridge.accounts.evaluate import planned
from derivations.torch_bridge.accounts.printed import compiled

Sizes = tuple[int, ...]
TORCH = {MSE: nn.MSELoss, CrossEntropy: nn.CrossEntropyLoss}
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


def imports() -> None:
    """In processes of their own, taken in turn: medians, with Python's own start in each."""
    statements = ("import sympy", "import derivations", "import derivations; derivations.derive")
    times: dict[str, list[float]] = {statement: [] for statement in statements}
    for statement in statements * 15:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        times[statement].append(time.perf_counter() - start)
    theirs, *ours = (median(each) for each in times.values())
    print(f"import sympy {theirs:.2f} s")
    for statement, seconds in zip(statements[1:], ours, strict=True):
        print(f"  {statement:38} {seconds / theirs:5.2f} of it")


def derivations() -> None:
    print("derivation, for any N, D, C                  rules alone    judged as well")
    for subject, wrt, compute in kinds():
        alone, judged = minimum(partial(anew, partial(replay, compute())), partial(anew, compute), repeat=3)
        print(f"{subject!s:32} {wrt:12} {alone:7.3f} s {judged:11.2f} s")


def anew(compute: Callable[[], object]) -> None:
    """Without what SymPy and the judge remember from the time before."""
    clear_cache()
    forget()
    compute()


def replay(derivation: Derivation) -> None:
    current = derivation.left
    for micro in (micro for step in derivation.steps for micro in step.micros):
        current, _ = micro.rule(current, derivation.context)


def kinds() -> Iterator[tuple[object, str, Callable[[], Derivation]]]:
    """A derivation of each kind, carried out anew at each call."""
    for loss in (MSE(), CrossEntropy()):
        for wrt in loss.wrt:
            yield loss, wrt, partial(carried_out.__wrapped__, loss, wrt)
        yield loss, "Hessian", partial(curvature._hessian.__wrapped__, loss, "weight", True)
        yield loss, "convexity", partial(curvature._convexity.__wrapped__, loss)
    loss = CrossEntropy(weight=True, ignore_index=True, label_smoothing=True, extra_dimensions=True)
    yield "… with every option", "outputs", partial(carried_out.__wrapped__, loss, "outputs")
    for optimizer in (SGD(momentum=True), AdamW(weight_decay=True, amsgrad=True)):
        yield optimizer, "update", partial(carried_out.__wrapped__, optimizer, "update")


def against_scalars() -> None:
    """One derivation serves every size; SymPy's `diff` of the written-out loss must be asked for each entry of W."""
    print("∂L/∂W for a model of (N, D, C): derived and judged · SymPy's diff in scalars · their ratio")
    for loss in (MSE(), CrossEntropy()):
        for numbers in ((5, 10, 2), (10, 10, 3), (8192, 512, 100)):
            criterion, model = TORCH[type(loss)](), nn.Linear(*numbers[1:])
            derived = partial(anew, lambda model=model, criterion=criterion: explained(model, criterion))
            if numbers[0] > 10:
                [ours] = minimum(derived, repeat=3)
                print(f"  {loss!s:20} {numbers!s:16} {ours:6.2f} s · not tried: {numbers[1] * numbers[2]} entries")
                continue
            ours, theirs = minimum(derived, partial(anew, partial(gradient_in_scalars, loss, numbers)), repeat=3)
            print(f"  {loss!s:20} {numbers!s:16} {ours:6.2f} s · {theirs:6.2f} s · 1 : {theirs / ours:.1f}")


def explained(model: nn.Linear, criterion: nn.Module) -> Derivation:
    carried_out.cache_clear()
    return explain(model, criterion).derivation("weight")


def gradient_in_scalars(loss: Loss, numbers: Sizes) -> list[Expr]:
    """∂L/∂W entry by entry, each a formula in N·D + C·D + … symbols."""
    context = derive(loss, "weight").context
    evaluate = Judge(context).draws.one(dict(zip((N, D, C), numbers, strict=True)), ())
    scalars = Scalars(evaluate.sizes, context)
    scalars.values = evaluate.values
    known: dict[Symbol, Expr] = {}

    def written_out(symbol: Symbol) -> Expr:
        """In terms of entries that are given."""
        if symbol not in known:
            formula = scalars.formula(symbol)
            known[symbol] = (
                symbol
                if formula is None
                else formula.xreplace({each: written_out(each) for each in formula.free_symbols})
            )
        return known[symbol]

    written = written_out(scalars.symbol(("L", ())))
    return [written.diff(symbol) for symbol in written.free_symbols if symbol.name.startswith("W_")]


def judging() -> None:
    derivation = derive(CrossEntropy(), "weight")
    micro = derivation.steps[-1].micros[-1]
    print("judging the last line of ∂L/∂W: at the sizes (N, D, C) that are always used, and at others")
    for choices in (choices_of(3), ((4, 3, 2),), ((8, 7, 5),), ((16, 15, 11),)):

        def once(choices: Sequence[Sizes] = choices) -> None:
            Judge(derivation.context)(micro.before, micro.after, choices=choices)

        [seconds] = minimum(once, repeat=3)
        print(f"  {', '.join(map(str, choices)):24} {seconds * 1000:8.1f} ms")


def closed_forms() -> None:
    print(
        "closed form ÷ autograd (forward + backward), same tensors, one thread; beside it the two matrix products alone"
    )
    torch.set_num_threads(1)
    for criterion in (nn.MSELoss(), nn.CrossEntropyLoss()):
        for dtype in (torch.float32, torch.float64):
            for rows, features, classes in SIZES:
                explanation, inputs, targets = case(criterion, dtype, rows, features, classes)
                model = explanation.setup.model
                function = compiled(planned(explanation.setup, explanation.setup.parameters)).run
                arrays = (inputs, model.weight.detach(), model.bias.detach(), targets)
                outputs = torch.empty(rows, classes, dtype=dtype)

                def autograd(model=model, criterion=criterion, inputs=inputs, targets=targets) -> None:
                    torch.autograd.grad(criterion(model(inputs), targets), list(model.parameters()))

                def closed(function=function, arrays=arrays) -> None:
                    with torch.no_grad():
                        function(*arrays)

                def floor(inputs=inputs, weight=arrays[1], outputs=outputs) -> None:
                    torch.matmul(inputs, weight.T, out=outputs)
                    outputs.T @ inputs

                repeat = 7 if rows > 5000 else 60
                ours, theirs, least = minimum(closed, autograd, floor, repeat=repeat)
                size = f"({rows}, {features}, {classes})"
                name = type(criterion).__name__
                print(f"  {name:17} {str(dtype)[6:]:8} {size:16} {ours / theirs:5.2f}   floor {least / theirs:5.2f}")


def deviations() -> None:
    """How much of its bound rounding uses, at worst: what the bound is worth."""
    print("largest deviation of closed form and autograd: in eps·κ, and as a part of the bound")
    magnitudes = (1e-6, 1e-2, 1.0, 30.0, 1e3)
    for dtype in ledger.ALL_DTYPES:
        runs, units, part = 0, 0.0, 0.0
        for entry, sizes, magnitude in itertools.product(ledger.entries(), ((7, 4, 3), (300, 7, 40)), magnitudes):
            certificate = ledger.certified(entry, sizes, dtype, runs, magnitude)[1]
            runs, units = runs + 1, max(units, certificate.worst)
            part = max(part, *(row.part for row in certificate.rows))
        print(f"  {str(dtype)[6:]:9} {runs} runs   {units:6.2f} eps·κ   {part:5.2f} of the bound")


def adversaries() -> None:
    """Whole gradients evaluated as badly as may be, at more sizes and with more ways than the tests have."""
    print("adversarial evaluations: entries · told sharply · outside of the bound · largest part of a bound")
    small = ((5, 7, 4), (3, 300, 40), (300, 7, 4))
    long = ((2, 4096, 3), (4096, 3, 2), (2, 2, 4096))
    longest = ((1, 65536, 1), (65536, 1, 1), (1, 1, 65536))
    for dtype, wide in itertools.product((torch.float32, torch.bfloat16, torch.float16), (False, True)):
        if wide and dtype == torch.float32:
            continue
        tally = Tally()
        for sizes, seed in itertools.product(small, range(2)):
            tally += campaign(sizes, dtype, seed, 4, wide)
        for sizes in long:
            tally += campaign(sizes, dtype, 0, 1, wide)
        for sizes in longest:
            tally += campaign(sizes, dtype, 0, 1, wide, SUMS)
        name = f"{str(dtype)[6:]}{', sums in float32' if wide else ''}"
        print(f"  {name:26} {tally.tried:12,} {tally.sharp:12,} {tally.outside:6,}   {tally.part:.3f} by {tally.by}")


def diagnoses() -> None:
    """In seconds of one core: a wrong factor, and noise, which every single mistake and every pair is tried on."""
    print("diagnosis of a gradient of cross-entropy with every option, float32: 1/N forgotten · unexplained")
    for rows, classes in ((7, 3), (256, 1000), (4096, 1024)):
        explanation, logits, labels, right = _wrong(rows, classes)
        noise = right.abs().max() * torch.randn(right.shape, generator=torch.Generator().manual_seed(1))
        times = [_cpu(partial(diagnose, given, explanation, logits, labels)) for given in (rows * right, noise)]
        print(f"  {f'{rows}×{classes}':10} " + " · ".join(f"{each:6.2f} s" for each in times))
    criterion = nn.CrossEntropyLoss()
    [tried] = [_cpu(partial(assert_gradient, _right, criterion))]
    print(f"  assert_gradient by default, cross-entropy: {tried:.2f} s")


def planted() -> None:
    """Every mistake of the list in the printed code of every criterion, where it changes the numbers."""
    sys.path.insert(0, str(Path(__file__).parent / "diagnosis"))
    from answers import said
    from planted_code import every

    found: dict[str, Counter[str]] = {}
    for each in every():
        explanation, inputs, targets, incoming = each.case
        told = diagnose(each.given, explanation, inputs, targets, each.wrt, incoming)
        found.setdefault(each.name.split()[0], Counter())[said(told, each.accepted)] += 1
    print("mistakes planted in printed code: what a diagnosis says of them")
    for criterion, counted in found.items():
        print(f"  {criterion:5} {counted.total():5}: {', '.join(f'{many} {what}' for what, many in counted.items())}")


def _wrong(rows: int, classes: int) -> tuple[Explanation, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(rows, classes, generator=generator, requires_grad=True)
    labels = torch.randint(0, classes, (rows,), generator=generator)
    labels[1] = -100
    criterion = nn.CrossEntropyLoss(weight=torch.rand(classes, generator=generator) + 0.5, label_smoothing=0.1)
    [right] = torch.autograd.grad(criterion(logits, labels), logits)
    return explain(None, criterion), logits.detach(), labels, right


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels)


def _cpu(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def memory() -> None:
    """The peak of each, above what is there before, in a process of its own."""
    print("peak memory, closed form ÷ autograd, float32, (N, D, C) = (65536, 64, 500)")
    for name in ("MSELoss", "CrossEntropyLoss"):
        ours, theirs = (_peak(name, way) for way in ("closed form", "autograd"))
        print(f"  {name:17} {ours / theirs:5.2f}   ({ours} and {theirs} MiB)")


def _peak(criterion: str, way: str) -> int:
    command = [sys.executable, __file__, "peak", criterion, way]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak(name: str, way: str) -> int:
    """In MiB."""
    torch.set_num_threads(1)
    criterion = getattr(nn, name)()
    explanation, inputs, targets = case(criterion, torch.float32, 65536, 64, 500)
    model = explanation.setup.model
    function = compiled(planned(explanation.setup, explanation.setup.parameters)).run
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if way == "autograd":
        torch.autograd.grad(criterion(model(inputs), targets), list(model.parameters()))
    else:
        with torch.no_grad():
            function(inputs, model.weight, model.bias, targets)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        print(peak(*sys.argv[2:]))
        sys.exit()
    imports()
    derivations()
    judging()
    against_scalars()
    closed_forms()
    diagnoses()
    planted()
    memory()
    deviations()
    adversaries()
