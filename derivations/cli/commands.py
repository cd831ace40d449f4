"""What each command does, given its options; returns its exit code. Only `certify` and `ledger` load torch."""

from __future__ import annotations

import gc
import sys
import warnings
from types import ModuleType
from typing import Any

from .. import interrupts, needs
from ..derivation import Derivation
from ..display.derivation import derivation_text
from ..subject import derive
from ..verdict import CANNOT_TELL, EXIT_CODES, every
from . import output
from .arguments import Given, WrongUse
from .files import Destination
from .language import either
from .subjects import chosen, everything, flags_of, options_of


def list_(given: Given, lang: str) -> int:
    known = everything()
    rows: list[dict[str, Any]] = [
        {"name": name, "wrt": list(kind().wrt), "options": options_of(kind)} for name, kind in known.items()
    ]
    if given.get("json"):
        output.write_json(rows, sys.stdout)
        return 0
    colour = output.colour(sys.stdout)
    for row in rows:
        accepted = " ".join(flags_of(known[row["name"]]))
        name = colour.title(f"{row['name']:<16}")
        output.write(f"{name} --wrt {', '.join(row['wrt'])}", sys.stdout)
        if accepted:
            output.write(f"{'':<16} {colour.quiet(accepted)}", sys.stdout)
    return 0


def show(given: Given, lang: str) -> int:
    subject = everything()[given["subject"]]
    options, wrt = chosen(subject, given), given.get("wrt")
    try:
        made = subject(**options)
    except ValueError as wrong:
        raise WrongUse(f"这些选项不能一起用（{wrong}）", str(wrong)) from None
    try:
        derivation = derive(made, wrt)
    except ValueError as wrong:
        if wrt in (None, *made.wrt):
            raise
        zh = f"{given['subject']} 没有对 {wrt} 的推导。可用：{'、'.join(made.wrt)}。"
        raise WrongUse(zh, str(wrong)) from None
    if given.get("json"):
        output.write_json(_json(derivation, lang), sys.stdout)
    else:
        output.write(derivation_text(derivation, lang, output.colour(sys.stdout)), sys.stdout)
    return 0


def _json(derivation: Derivation, lang: str) -> dict[str, Any]:
    from ..data import as_data
    from ..display.lines import lines_of
    from ..index_calculus.printing.latex import Latex
    from ..index_calculus.printing.plain import Plain
    from ..wording import Show

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
    opinions = list(derivation.opinions)
    return {"title": derivation.title[lang], "lines": lines, "second opinions": opinions, "data": as_data(derivation)}


def _the_ledger(command: str) -> ModuleType:
    """The ledger, which needs torch. Raises ImportError that says what to do without it."""
    try:
        with interrupts.held():
            from .. import ledger
    except ModuleNotFoundError as missing:
        if missing.name not in needs.OPTIONAL:
            raise
        raise ImportError(needs.advice(f"`derivations {command}`", missing.name)) from missing
    return ledger


def certify(given: Given, lang: str) -> int:
    the = _the_ledger("certify")
    import torch

    from ..display.certificate import certificate_text

    every, dtype = given.get("all"), given.get("dtype")
    dtypes = (getattr(torch, dtype),) if dtype else the.DTYPES
    which = the.entries() if every else the.PLAIN
    sizes = the.FEW_SIZES if every else the.SIZES
    device = device_of(given.get("device", "cpu"))
    with output.progress() as progress:
        run = the.run(which, sizes, dtypes, progress, device)
    code = EXIT_CODES[run.verdict]
    if given.get("json"):
        told = {"verdict": run.verdict, "agree": run.comparisons, "gradients": run.gradients}
        of_all = {"certificates": len(run.certificates), "that cannot tell": run.unsure}
        deviation = {"largest deviation in eps·κ": round(run.worst, 2)}
        output.write_json({**told, **of_all, **deviation}, sys.stdout, indent=None)
        return code
    colour = output.colour(sys.stdout)
    for certificate in run.certificates:
        output.write(certificate_text(certificate, lang, colour), sys.stdout)
    paint = colour.unsure if code else colour.good
    agree = paint(either(lang, f"{run.comparisons} 个元素一致", f"{run.comparisons} entries agree"))
    worst = either(lang, f"；最大偏差 {run.worst:.2f} eps·κ", f"; largest deviation {run.worst:.2f} eps·κ")
    output.write(agree + worst, sys.stdout)
    if code:
        count, of = run.unsure, len(run.certificates)
        said = either(
            lang,
            f"{of} 张证书里有 {count} 张看不出对错：误差界太宽，这些数证明不了什么。--dtype float64 的误差界最窄。",
            f"{count} of {of} certificates cannot tell: their bounds are too wide for these numbers to show anything. "
            "Bounds are narrowest with --dtype float64.",
        )
        output.write(colour.unsure(said), sys.stdout)
    return code


def device_of(name: str) -> str:
    """Raises WrongUse for a device that torch does not know or does not find here."""
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):
            torch.empty(0, device=name).cpu()
    except (AssertionError, ImportError, NotImplementedError, RuntimeError) as wrong:  # which one depends on the device
        reason = str(wrong).partition("\n")[0].partition(". ")[0].rstrip(".!")
        raise WrongUse(
            f"--device {name}：{reason}。可用：cpu，和 torch 在这台机器上找到的设备。",
            f"--device {name}: {reason}. Accepted: cpu, and what torch finds here.",
        ) from None
    return name


def ledger(given: Given, lang: str) -> int:
    out = given.get("out", "-")
    destination = None if out == "-" else Destination(out)
    the = _the_ledger("ledger")
    start = "fork" if sys.platform == "linux" else "spawn"
    gc.disable()  # it would look for garbage an eighth of the time, and the process ends with its work
    try:
        with output.progress() as progress:
            manifest = the.manifest(processes=given.get("processes", 1), progress=progress, start=start)
    finally:
        gc.enable()
    verdicts = [each["verdict"] for each in manifest["entries"]]
    count, unsure, code = len(verdicts), verdicts.count(CANNOT_TELL), EXIT_CODES[every(verdicts)]
    if destination is None:
        output.write_json(manifest, sys.stdout)
        return code
    destination.write(output.as_json(manifest) + "\n")
    output.say(
        either(
            lang,
            f"{out}：{count} 种损失函数与选项的组合，" + (f"其中 {unsure} 种看不出对错" if unsure else "全部对上"),
            f"{out}: {count} criteria with their options, "
            + (f"{unsure} of them cannot be told" if unsure else "certified"),
        )
    )
    return code
