"""Trees as formulas: what is printed, brackets where they are needed, and programs with their lines."""

from pathlib import Path

import pytest
from tables import ALL_OPTIONS

from derivations.closed_form.problems import problem
from derivations.diagnosis.printing.printing import latex, plain
from derivations.diagnosis.trees import Program
from derivations.losses import MSE, BCEWithLogits, CrossEntropy
from derivations.pages import npm
from derivations.pages.cache import Cache
from derivations.pages.formulas import Formulas

FORMULAS = {
    # numbers and names
    "2.0": (2.0, "2", "2"),
    "half": (("*", 0.5, "Z"), r"\frac{1}{2} Z", "Z/2"),
    "a tenth": (("*", 0.1, "Z"), "0.1 Z", "0.1·Z"),
    "tiny": (("*", 2.5e-8, "Z"), r"2.5 \cdot 10^{-8} Z", "2.5e-08·Z"),
    "eps": (1e-12, "10^{-12}", "1e-12"),
    "numbers": (("*", 3, ("*", "Z", 4)), "12 Z", "12·Z"),
    "numbers that cancel": (("/", ("*", 2, "Z"), ("*", "N", ("*", 2, "C"))), r"\frac{1}{N C} Z", "Z/(N·C)"),
    "numbers that do not": (("/", ("*", 3, "Z"), 2), r"\frac{3}{2} Z", "3·Z/2"),
    "by nothing": (("/", ("*", 0, "Z"), 0), r"\frac{0}{0} Z", "0·Z/0"),
    "squares": (("/", ("/", "Z", ("*", "N", "C")), "N"), r"\frac{1}{N^{2} C} Z", "Z/(N^2·C)"),
    "weight": ("weight", r"\mathbf{w}", "w"),
    "pos_weight": ("pos_weight", r"\mathbf{q}", "q"),
    "label_smoothing": ("label_smoothing", r"\varepsilon", "ε"),
    "grad_output": ("grad_output", "v", "v"),
    "ignore_index": ("ignore_index", r"\iota", "ι"),
    "Y_hat": ("Y_hat", r"\hat{Y}", "Ŷ"),
    "mu": ("mu", r"\boldsymbol{\mu}", "μ"),
    "sigma": ("sigma", r"\sigma", "σ"),
    "Greek": ("σ", r"\sigma", "σ"),
    "a word": ("dlogits", r"\mathrm{dlogits}", "dlogits"),
    "a word below": ("d_logits", r"d_{\mathrm{logits}}", "d_logits"),
    "two words": ("my_logits", r"\mathrm{my\_logits}", "my_logits"),
    "a word in Chinese": ("误差", r"\text{误差}", "误差"),
    "an index": (("*", "N", "x1"), "N x_{1}", "N·x_1"),
    # sums and signs
    "a difference": (("-", "P", "Y_hat"), r"P - \hat{Y}", "P - Ŷ"),
    "of a sum": (("-", "Z", ("+", "Y", "P")), "Z - Y - P", "Z - Y - P"),
    "of a difference": (("-", "Z", ("-", "Y", "P")), "Z - Y + P", "Z - Y + P"),
    "minus minus": (("-", "Z", ("neg", "P")), "Z + P", "Z + P"),
    "minus a negative": (("-", "Z", ("*", -2, "P")), "Z + 2 P", "Z + 2·P"),
    "minus a product of a sum": (("-", "Z", ("*", 2, ("-", "P", "Y"))), "Z - 2 (P - Y)", "Z - 2·(P - Y)"),
    "minus a sum": (("neg", ("-", "P", "Y")), "-(P - Y)", "-(P - Y)"),
    "minus first": (("-", ("neg", "P"), "Y"), "-P - Y", "-P - Y"),
    "a number beside": (("-", "P", ("/", "label_smoothing", "C")), r"P - \frac{\varepsilon}{C}", "P - ε/C"),
    # products and fractions
    "one fraction": (("/", ("*", 2, ("/", "Z", "N")), "C"), r"\frac{2}{N C} Z", "2·Z/(N·C)"),
    "half of N": (("*", ("/", 1, 2), "N"), r"\frac{N}{2}", "N/2"),
    "a divisor's divisor": (("/", "Z", ("/", "N", 2)), r"\frac{2}{N} Z", "2·Z/N"),
    "a sum divides": (("/", "Z", ("+", "N", 1)), r"\frac{1}{N + 1} Z", "Z/(N + 1)"),
    "a sum times": (("*", ("-", 1, "label_smoothing"), "P"), r"(1 - \varepsilon) P", "(1 - ε)·P"),
    "entry by entry": (("*", ("-", 1, "P"), "P"), r"P \odot (1 - P)", "P ⊙ (1 - P)"),
    "an array divides": (("/", "Z", "P"), r"\frac{Z}{P}", "Z/P"),
    "1 over": (("/", 1, ("*", "P", "Y")), r"\frac{1}{P \odot Y}", "1/(P ⊙ Y)"),
    "a label's weight": (
        ("*", ("column", ("take", "weight", "y")), ("-", "P", "Y_hat")),
        r"\operatorname{diag}(\mathbf{w}_{\mathbf{y}}) (P - \hat{Y})",
        "diag(w[y]) (P - Ŷ)",
    ),
    "a column's weight": (
        ("*", ("-", "P", "Y_hat"), "weight"),
        r"(P - \hat{Y}) \operatorname{diag}(\mathbf{w})",
        "(P - Ŷ) diag(w)",
    ),
    "an outer product": (
        ("*", ("column", "mu"), "weight"),
        r"\boldsymbol{\mu} \mathbf{w}^{\top}",
        "μ wᵀ",
    ),
    "rows that add up to 1": (
        ("/", "P", ("sum_kept", "P", 1)),
        r"\operatorname{diag}(P \mathbf{1})^{-1} P",
        "P/sum(P, axis=1)",
    ),
    # matrices
    "a gradient of W": (
        ("@", ("T", ("/", ("-", "P", "Y"), "N")), "X"),
        r"\frac{1}{N} (P - Y)^{\top} X",
        "(P - Y)ᵀ X/N",
    ),
    "outputs": (("+", ("@", "X", ("T", "W")), "b"), r"X W^{\top} + \mathbf{1} \mathbf{b}^{\top}", "X Wᵀ + b"),
    "an entrywise factor": (("@", ("*", "P", "Y"), "W"), r"(P \odot Y) W", "(P ⊙ Y) W"),
    "a transpose of a product": (("T", ("@", "G", "W")), r"(G W)^{\top}", "(G W)ᵀ"),
    "a transpose of a power": (("T", ("square", "Z")), r"(Z^{\circ 2})^{\top}", "(Z^2)ᵀ"),
    "a power of a transpose": (("square", ("T", "Z")), r"(Z^{\top})^{\circ 2}", "(Zᵀ)^2"),
    "transposed twice": (("T", ("T", "G")), "G", "G"),
    "of vectors": (("@", "weight", "y"), r"\mathbf{w}^{\top} \mathbf{y}", "wᵀ y"),
    # sums over axes
    "over rows": (("sum", ("*", 2, "G"), 0), r"2 \mathbf{1}^{\top} G", "2·sum(G, axis=0)"),
    "over columns": (("sum", "G", 1), r"G \mathbf{1}", "sum(G, axis=1)"),
    "of all": (("sum", "G", None), r"\operatorname{sum}(G)", "sum(G)"),
    "of a vector": (("sum", "weight", 0), r"\operatorname{sum}(\mathbf{w})", "sum(w)"),
    "means": (("mean", "G", 0), r"\operatorname{mean}_{n}(G)", "mean(G, axis=0)"),
    "the largest": (("max", "Z", 1), r"\max_{c}(Z)", "max(Z, axis=1)"),
    # functions
    "softmax": (("softmax", "Z", 1), r"\operatorname{softmax}(Z)", "softmax(Z)"),
    "over the other axis": (("softmax", "Z", 0), r"\operatorname{softmax}(Z^{\top})^{\top}", "softmax(Zᵀ)ᵀ"),
    "log softmax": (("neg", ("log_softmax", "Z", 1)), r"-\log \operatorname{softmax}(Z)", "-log softmax(Z)"),
    "log of a factor": (("*", "Y", ("log_sigmoid", "Z")), r"Y \odot (\log \sigma(Z))", "Y ⊙ (log σ(Z))"),
    "exp": (("exp", ("neg", "Z")), r"\exp(-Z)", "exp(-Z)"),
    "abs": (("abs", ("-", "Z", "Y")), r"\lvert Z - Y \rvert", "|Z - Y|"),
    "sqrt": (("sqrt", "Z"), r"\sqrt{Z}", "√(Z)"),
    "sign": (("sign", "Z"), r"\operatorname{sign}(Z)", "sign(Z)"),
    "expm1": (("*", 2, ("expm1", "Z")), r"2 (\exp(Z) - 1)", "2·(exp(Z) - 1)"),
    "minus expm1": (("-", "P", ("expm1", "Z")), r"P - (\exp(Z) - 1)", "P - (exp(Z) - 1)"),
    "log1p": (("log1p", ("exp", "Z")), r"\log(1 + \exp(Z))", "log(1 + exp(Z))"),
    "squared": (("square", ("-", "Z", "Y")), r"(Z - Y)^{\circ 2}", "(Z - Y)^2"),
    "a power": (("^", "N", -1), "N^{-1}", "N^(-1)"),
    "a power of a power": (("^", ("^", "N", 2), 3), "(N^{2})^{3}", "(N^2)^3"),
    "kept": (("kept", "y", "ignore_index"), r"[\mathbf{y} \ne \iota]", "[y ≠ ι]"),
    "one-hot": (("onehot", "y", "C"), r"\hat{Y}", "Ŷ"),
    "shifted": (("onehot", ("+", "y", 1), "C"), r"\operatorname{onehot}(\mathbf{y} + 1)", "onehot(y + 1)"),
    "maximum": (("maximum", "Z", 0), r"\max(Z, 0)", "max(Z, 0)"),
    "or one": (("or_one", ("sum", "mu", None), "mu"), r"\operatorname{sum}(\boldsymbol{\mu})", "sum(μ)"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_each_formula(name):
    tree, in_latex, in_text = FORMULAS[name]
    assert (latex(tree), plain(tree)) == (in_latex, in_text)


def test_ranks_tell_vectors_from_matrices():
    tree = ("*", "weight", ("-", "Z", "Y"))
    assert latex(tree) == r"(Z - Y) \operatorname{diag}(\mathbf{w})"
    assert latex(tree, ranks={"weight": 2}) == r"w \odot (Z - Y)"
    assert latex(("sum", "weight", 0), ranks={"weight": 2}) == r"\mathbf{1}^{\top} w"


def test_names_that_are_one_are_left_out():
    tree = ("*", "grad_output", ("/", "Z", "N"))
    assert plain(tree) == "v·Z/N"
    assert plain(tree, ones=["grad_output"]) == "Z/N"
    assert plain("grad_output", ones=["grad_output"]) == "1"


CERTIFIED = {
    "cross-entropy": (CrossEntropy(), "outputs", r"\frac{1}{N} (P - \hat{Y})"),
    "in the weight": (CrossEntropy(), "weight", r"\frac{1}{N} (P - \hat{Y})^{\top} X"),
    "in the bias": (CrossEntropy(), "bias", r"\frac{1}{N} \mathbf{1}^{\top} (P - \hat{Y})"),
    "squares": (MSE(), "outputs", r"\frac{2}{N C} (Z - Y)"),
    "sigmoids": (BCEWithLogits(), "inputs", r"\frac{1}{N C} (\sigma - Y) W"),
    "with label smoothing": (
        CrossEntropy(label_smoothing=True),
        "outputs",
        r"\frac{1}{N} (\operatorname{diag}(A \mathbf{1}) P - A), "
        r"\quad A = \frac{\varepsilon}{C} + (1 - \varepsilon) \hat{Y}",
    ),
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_certified_programs(name):
    loss, wrt, expected = CERTIFIED[name]
    assert latex(problem(loss, wrt).program, ones=["grad_output"]) == expected


def test_s_keeps_its_name_and_says_what_it_is():
    made = problem(CrossEntropy(weight=True), "outputs").forms[0]
    assert plain(made, ones=["grad_output"]) == "diag(w[y]) (P - Ŷ)/S, S = sum(w[y])"


def test_a_line_that_is_not_what_its_name_says_is_shown():
    certified = problem(CrossEntropy(), "outputs").program
    twice = certified.with_line("P", ("softmax", ("softmax", "Z", 1), 1))
    assert plain(twice) == "v·(softmax(softmax(Z)) - Ŷ)/N"
    once = certified.with_line("Y_hat", ("onehot", ("+", "y", 1), "C"))
    assert plain(once) == "v·(P - onehot(y + 1))/N"


def test_lines_stay_lines_where_they_are_long_or_used_twice():
    long = ("+", ("*", "Z", ("exp", ("-", "Z", ("max_kept", "Z", 1)))), ("*", ("exp", "Z"), ("log", ("exp", "Y"))))
    assert plain(Program((("A", "Z"), ("B", long)), ("*", "A", "B"))) == (
        "Z ⊙ B, B = Z ⊙ exp(Z - max(Z, axis=1)) + exp(Z) ⊙ log(exp(Y))"
    )
    assert plain(Program((("A", ("exp", "Z")),), ("+", "A", ("*", "A", "A")))) == "A + A ⊙ A, A = exp(Z)"


def test_a_name_that_is_defined_again_has_a_prime():
    lines = (("x", ("exp", "Z")), ("x", ("*", "x", "x")), ("Z", ("neg", "Z")))
    assert plain(Program(lines, ("+", ("*", "x", "x"), ("*", "Z", "Z")))) == (
        "x' ⊙ x' + Z' ⊙ Z', x = exp(Z), x' = x ⊙ x, Z' = -Z"
    )


def test_what_is_not_mentioned_is_not_printed():
    assert plain(Program((("A", ("exp", "Z")), ("G", "P")), "G")) == "P"


@pytest.mark.parametrize(
    "step",
    [
        lambda tree: ("/", 1, ("+", 1, tree)),
        lambda tree: ("*", ("-", tree, "P"), "Y"),
        lambda tree: ("^", tree, 2),
        lambda tree: ("@", ("T", tree), "X"),
        lambda tree: ("*", 2, ("softmax", tree, 0)),
        lambda tree: ("-", 1, ("/", tree, "N")),
    ],
    ids=["fractions", "products", "powers", "matrices", "functions", "sums"],
)
def test_deep_trees_are_printed_without_visiting_a_node_twice(step):
    for start in ("Z", "N"):
        tree = start
        for _ in range(50):
            tree = step(tree)
        assert len(latex(tree)) < 10_000
        assert len(plain(tree)) < 10_000


NAMES = [
    "Z",
    "x",
    "x1",
    "x_1",
    "x_max",
    "m_hat",
    "alpha",
    "lambda",
    "αβ",
    "é",
    "ℝ",
    "误差",
    "d_logits",
    "_",
    "__x",
    "x_",
]


def test_katex_takes_every_formula(tmp_path):
    """Those of the table, those of every option, and whatever names a reader gives."""
    packages = npm.packages(Path(__file__).parents[2] / ".cache" / "npm")
    formulas = Formulas(packages / "katex", Cache(tmp_path))
    try:
        for tree, _, _ in FORMULAS.values():
            formulas.render(rf"\({latex(tree)}\)", "a formula")
        for loss in ALL_OPTIONS:
            for wrt in loss.wrt:
                made = problem(loss, wrt)
                for program in (made.program, *made.forms):
                    formulas.render(rf"\({latex(program)}\)", str(loss))
        for name in (*NAMES, *"abdNw"):
            for each in (name, f"{name}'"):
                formulas.render(rf"\({latex(('*', each, each))}\)", name)
    finally:
        formulas.close()
