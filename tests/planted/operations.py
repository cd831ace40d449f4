"""Mistakes in what operations are, and in what is written and shown of them."""

from . import mistakes_in

OPERATIONS, TESTS = "derivations/operations", "tests/operations"
NUMBERS, LISTED = f"{TESTS}/test_shares_in_numbers.py", f"{TESTS}/test_operations.py"
BY_AUTOGRAD = "test_autograd_hands_on_what_was_derived"

MISTAKES = (
    *mistakes_in(
        f"{OPERATIONS}/cornered.py",
        NUMBERS,
        ("at its bounds a clamp has the slope 0", "return ([counts_at(a - lower)],)", "return ()", BY_AUTOGRAD),
        (
            "a leaky slope is 0 at 0",
            "counted = (-a,)\n\n    def of(self, a: Expr) -> Expr:\n        return plus(a)",
            "def of(self, a: Expr) -> Expr:\n        return plus(a)",
            BY_AUTOGRAD,
        ),
        (
            "of two that are equal the first counts half more",
            "(step(u) + closed_step(u)) / 2",
            "closed_step(u)",
            BY_AUTOGRAD,
        ),
    ),
    *mistakes_in(
        f"{OPERATIONS}/extremes.py",
        NUMBERS,
        (
            "of two that are equal neither is the first",
            "for each in (u, -u)],) if wrt",
            "for each in ()],) if wrt",
            BY_AUTOGRAD,
        ),
    ),
    *mistakes_in(
        f"{OPERATIONS}/normalisation.py",
        NUMBERS,
        (
            "a variance is never corrected",
            "(self.count if corrected is None else corrected)",
            "self.count",
            BY_AUTOGRAD,
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/symbols.py",
        f"{TESTS}/test_operations_derived.py",
        ("positions of windows are class labels", '"phi": J}', '"phi": C}', "test_nothing_but_the_share_passes_for_it"),
    ),
    *mistakes_in(
        "derivations/closed_form/shares.py",
        NUMBERS,
        ("the size of a share is read nowhere", "operation.numbers, like)", "operation.numbers)", BY_AUTOGRAD),
        (
            "numbers have the letters of the formula",
            "backend, operation.numbers, like)",
            "backend, {}, like)",
            BY_AUTOGRAD,
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/named_axes/terms.py",
        NUMBERS,
        ("a root needs no import", "if roots or value.has(", "if value.has(", BY_AUTOGRAD),
    ),
    *mistakes_in(
        "derivations/closed_form/named_axes/writing.py",
        NUMBERS,
        ("what is 0 everywhere is whole numbers", "else self.style.filled", "else self.style.spread", BY_AUTOGRAD),
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
