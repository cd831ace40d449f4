"""The `derivations` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .display import derivation_text
from .index_calculus.judge import Disagreement
from .linear import TENSOR_OF
from .losses import MSE, CrossEntropy, Loss
from .subject import derive
from .wording import LANGUAGES

LOSSES: dict[str, Loss] = {"mse": MSE(), "cross-entropy": CrossEntropy()}

EXAMPLES = """\
examples:
  derivations list
  derivations show cross-entropy --wrt weight --lang zh
  derivations certify
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, 1 on a disagreement, 2 on wrong use."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Disagreement as wrong:
        print(wrong, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="derivations",
        description="Gradients of linear models: derived line by line, certified against torch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = commands.add_parser("list", help="the losses and what their gradients are derived for")
    listing.set_defaults(run=_list)
    show = commands.add_parser("show", help="a derivation, line by line")
    show.add_argument("loss", choices=LOSSES)
    show.add_argument("--wrt", choices=TENSOR_OF, default="outputs", help="the tensor; outputs if left out")
    show.add_argument("--lang", choices=LANGUAGES, default="en")
    show.set_defaults(run=_show)
    certify = commands.add_parser("certify", help="every closed form against torch autograd (needs torch)")
    certify.set_defaults(run=_certify)
    return parser


def _list(options: argparse.Namespace) -> int:
    for name, loss in LOSSES.items():
        print(f"{name:<15} {loss.torch_name:<18} wrt {', '.join(TENSOR_OF)}")
    return 0


def _show(options: argparse.Namespace) -> int:
    print(derivation_text(derive(LOSSES[options.loss], options.wrt), options.lang))
    return 0


def _certify(options: argparse.Namespace) -> int:
    from .ledger import run

    ledger = run()
    for certificate in ledger.certificates:
        print(certificate)
    print(f"{ledger.comparisons} entries agree; largest deviation {ledger.worst:.2f} eps·κ")
    return 0
