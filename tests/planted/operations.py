"""Mistakes in what operations are, and in what is written and shown of them."""

from . import mistakes_in

OPERATIONS, TESTS = "derivations/operations", "tests/operations"
SHARES, LISTED = f"{TESTS}/test_every_operation.py", f"{TESTS}/test_operations.py"
EVERY = "test_every_share_holds_and_nothing_else_would"

MISTAKES = (
    *mistakes_in(
        f"{OPERATIONS}/cornered.py",
        SHARES,
        ("at its bounds a clamp has the slope 0", "return ([counts_at(a - lower)],)", "return ()", EVERY),
        (
            "a leaky slope is 0 at 0",
            "counted = (-a,)\n\n    def of(self, a: Expr) -> Expr:\n        return plus(a)",
            "def of(self, a: Expr) -> Expr:\n        return plus(a)",
            EVERY,
        ),
        (
            "of two that are equal the first counts half more",
            "(step(u) + closed_step(u)) / 2",
            "closed_step(u)",
            EVERY,
        ),
    ),
    *mistakes_in(
        f"{OPERATIONS}/extremes.py",
        SHARES,
        (
            "of two that are equal neither is the first",
            "for each in (u, -u)],) if wrt",
            "for each in ()],) if wrt",
            EVERY,
        ),
    ),
    *mistakes_in(
        f"{OPERATIONS}/normalisation.py",
        SHARES,
        (
            "a variance is never corrected",
            "(self.count if corrected is None else corrected)",
            "self.count",
            EVERY,
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/symbols.py",
        SHARES,
        ("positions of windows are class labels", '"phi": J}', '"phi": C}', EVERY),
    ),
    *mistakes_in(
        "derivations/closed_form/shares.py",
        SHARES,
        ("the size of a share is read nowhere", "operation.numbers, like)", "operation.numbers)", EVERY),
        (
            "numbers have the letters of the formula",
            "backend, operation.numbers, like)",
            "backend, {}, like)",
            EVERY,
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/named_axes/terms.py",
        SHARES,
        ("a root needs no import", "if roots or value.has(", "if value.has(", EVERY),
    ),
    *mistakes_in(
        "derivations/closed_form/named_axes/writing.py",
        SHARES,
        ("what is 0 everywhere is whole numbers", "else self.style.filled", "else self.style.spread", EVERY),
    ),
    *mistakes_in(
        f"{OPERATIONS}/registry.py",
        LISTED,
        (
            "a second operation takes the key of the first",
            "if key in _REGISTERED:",
            "if False:",
            "test_what_is_refused_and_why",
        ),
    ),
    *mistakes_in(
        f"{OPERATIONS}/base.py",
        LISTED,
        (
            "any word chooses a formula",
            "self.choose(name, getattr(self, name), accepted)",
            "pass",
            "test_what_is_refused_and_why",
        ),
    ),
    *mistakes_in(
        "derivations/cli/subjects.py",
        "tests/cli/test_commands.py",
        (
            "an operation takes another's name",
            'f"{key}-operation" if key in taken else key: kind',
            "key: kind",
            "test_an_operation_gives_way_to_what_has_its_name",
        ),
    ),
)
