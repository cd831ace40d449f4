"""The `derivations` command. Only `certify` and `ledger` load torch."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from .derivation import Derivation
from .display import derivation_text
from .index_calculus.judge import Disagreement
from .losses import MSE, NLL, BCEWithLogits, CrossEntropy, L2Penalty
from .optimizers import SGD, Adam, AdamW
from .softmax import LogSoftmax, LogSumExp, Softmax
from .subject import Subject, derive
from .wording import LANGUAGES

SUBJECTS: dict[str, type[Subject]] = {
    "mse": MSE,
    "cross-entropy": CrossEntropy,
    "nll": NLL,
    "bce-with-logits": BCEWithLogits,
    "l2-penalty": L2Penalty,
    "softmax": Softmax,
    "log-softmax": LogSoftmax,
    "log-sum-exp": LogSumExp,
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
}
#: Options that are not on or off, and what they may be.
CHOICES = {"reduction": ("mean", "sum", "none"), "targets": ("indices", "probabilities")}

EXAMPLES = """\
examples:
  derivations list
  derivations show cross-entropy --label-smoothing --weight --wrt weight --lang zh
  derivations show adamw --weight-decay
  derivations certify --dtype float32
  derivations certify --all --device cuda
  derivations ledger --out ledger.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, 1 on a disagreement, 2 on wrong use."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except Disagreement as wrong:
        print(wrong, file=sys.stderr)
        return 1
    except ValueError as wrong:  # a combination of options that torch does not take, or a tensor there is not
        print(f"derivations: {wrong}", file=sys.stderr)
        return 2
    except ImportError as missing:
        print(f"derivations: {missing}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="derivations",
        description="Gradients of linear models: derived line by line, certified against torch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = _command(commands, "list", _list, "what can be shown, with its options")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = _command(commands, "show", _show, "a derivation, line by line")
    show.add_argument("subject", choices=SUBJECTS, metavar="subject", help="a name that `derivations list` prints")
    show.add_argument("--wrt", help="what to derive for; the first that `derivations list` names if left out")
    show.add_argument("--json", action="store_true", help="as JSON, with LaTeX")
    _add_options(show)
    certify = _command(commands, "certify", _certify, "closed forms against torch autograd (needs torch)")
    certify.add_argument(
        "--all", action="store_true", help="every combination of options, not the plain criteria alone"
    )
    certify.add_argument("--dtype", choices=("float64", "float32", "bfloat16", "float16"), help="one dtype only")
    certify.add_argument("--device", default="cpu", help="where torch computes, for example cuda; cpu if left out")
    certify.add_argument("--json", action="store_true", help="as JSON")
    ledger = _command(commands, "ledger", _ledger, "everything certified, as one JSON file (needs torch)")
    ledger.add_argument("--out", type=Path, help="where to write it; to the terminal or pipe if left out")
    ledger.add_argument("--processes", type=int, default=1, help="how many share the work")
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + "."
    )
    command.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of sentences")
    command.set_defaults(run=run)
    return command


def _add_options(show: argparse.ArgumentParser) -> None:
    """A flag for each option of any subject."""
    for name in _option_names():
        owners = ", ".join(key for key, subject in SUBJECTS.items() if name in _defaults(subject))
        flag = f"--{name.replace('_', '-')}"
        if name in CHOICES:
            show.add_argument(flag, dest=name, choices=CHOICES[name], help=f"for {owners}")
        else:
            show.add_argument(flag, dest=name, action="store_true", default=None, help=f"for {owners}")


def _option_names() -> list[str]:
    return sorted({name for subject in SUBJECTS.values() for name in _defaults(subject)})


def _defaults(subject: type[Subject]) -> dict[str, Any]:
    return {each.name: each.default for each in fields(subject)}  # type: ignore[arg-type]


def _list(options: argparse.Namespace) -> int:
    rows = [
        {"name": name, "wrt": list(subject().wrt), "options": list(_defaults(subject))}
        for name, subject in SUBJECTS.items()
    ]
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    for row in rows:
        flags = " ".join(f"--{each.replace('_', '-')}" for each in row["options"])
        print(f"{row['name']:<16} --wrt {', '.join(row['wrt'])}" + (f"\n{'':<16} {flags}" if flags else ""))
    return 0


def _show(options: argparse.Namespace) -> int:
    subject = SUBJECTS[options.subject]
    accepted = _defaults(subject)
    given = {name: getattr(options, name) for name in _option_names() if getattr(options, name) is not None}
    for name in given.keys() - accepted.keys():
        flags = ", ".join(f"--{each.replace('_', '-')}" for each in accepted) or "none"
        raise ValueError(f"--{name.replace('_', '-')} is not an option of {options.subject}. Accepted: {flags}.")
    derivation = derive(subject(**given), options.wrt)
    if options.json:
        print(json.dumps(_json(derivation, options.lang), ensure_ascii=False, indent=1))
    else:
        print(derivation_text(derivation, options.lang))
    return 0


def _json(derivation: Derivation, lang: str) -> dict[str, Any]:
    from .display.lines import lines_of
    from .index_calculus.latex import Latex
    from .index_calculus.plain import Plain
    from .wording import Show

    latex, plain = Latex(derivation.targets), Plain(derivation.targets, full_limits=False)
    lines = [
        {
            "latex": line.formula(latex).strip(),
            "text": line.formula(plain).strip(),
            "rules": line.chip(lang),
            "reason": line.why(lang, Show(plain)),
            "judged": line.mode,
        }
        for line in lines_of(derivation)
    ]
    return {"title": derivation.title[lang], "lines": lines, "second opinions": list(derivation.opinions)}


def _certify(options: argparse.Namespace) -> int:
    import torch

    from . import ledger
    from .display import certificate_text

    dtypes = ledger.DTYPES if options.dtype is None else (getattr(torch, options.dtype),)
    which = ledger.entries() if options.all else ledger.PLAIN
    sizes = ledger.FEW_SIZES if options.all else ledger.SIZES
    run = ledger.run(which, sizes, dtypes, _progress, _device(options.device))
    summary = {"agree": run.comparisons, "gradients": run.gradients, "largest deviation in eps·κ": round(run.worst, 2)}
    if options.json:
        print(json.dumps(summary, ensure_ascii=False))
        return 0
    for certificate in run.certificates:
        print(certificate_text(certificate, options.lang))
    if options.lang == "zh":
        print(f"{run.comparisons} 个元素一致；最大偏差 {run.worst:.2f} eps·κ")
    else:
        print(f"{run.comparisons} entries agree; largest deviation {run.worst:.2f} eps·κ")
    return 0


def _device(name: str) -> str:
    """Raises ValueError for a device that torch does not know or does not find here."""
    import torch

    try:
        torch.empty(0, device=name).cpu()
    except (AssertionError, NotImplementedError, RuntimeError) as wrong:  # which one depends on the device
        reason = str(wrong).partition("\n")[0].partition(". ")[0].rstrip(".!")
        raise ValueError(f"--device {name}: {reason}. Accepted: cpu, and what torch finds here.") from None
    return name


def _ledger(options: argparse.Namespace) -> int:
    from . import ledger

    gc.disable()  # it would look for garbage an eighth of the time, and the process ends with its work
    start = "fork" if sys.platform == "linux" else "spawn"
    manifest = ledger.manifest(processes=options.processes, progress=_progress, start=start)
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text + "\n", encoding="utf-8")
        print(f"{options.out}: {len(manifest['entries'])} criteria with their options, certified", file=sys.stderr)
    return 0


def _progress(done: int, of: int) -> None:
    """A bar on a terminal, and nothing in a pipe."""
    if sys.stderr.isatty():
        filled = 30 * done // of
        end = "\n" if done == of else ""
        print(f"\r{'━' * filled}{'╌' * (30 - filled)} {done}/{of}", end=end, file=sys.stderr, flush=True)
