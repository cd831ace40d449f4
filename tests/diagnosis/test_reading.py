"""Formulas as people type them: what each is read as, and what is said of a text that is none."""

import unicodedata
from dataclasses import is_dataclass

import pytest

from derivations.diagnosis.reading import LONGEST, NotUnderstood, read
from derivations.diagnosis.reading.names import nearest
from derivations.diagnosis.reading.nodes import Node

READ = {
    # Python
    "(softmax(Z) - Y) / N": "(softmax(Z) - Y) / N",
    "2*(Z-Y)/(N*C)": "2 * (Z - Y) / (N * C)",
    "-Z**2": "-Z ** 2",
    "(-Z)**2": "(-Z) ** 2",
    "Z - (Y - P)": "Z - (Y - P)",
    "np.exp(Z) / torch.nn.functional.softmax(Z, dim=1)": "exp(Z) / softmax(Z, dim=1)",
    "P[:, None][0, 1:]": "P[:, None][0, 1:]",
    "P[np.arange(N), y] -= 1\nP / N": "P[arange(N), y] = P[arange(N), y] - 1\nP / N",
    "lambda Z, Y: Z - Y": "lambda Z, Y: Z - Y",
    "def f(Z, y=None):\n    '''d'''\n    import numpy as np\n    return Z": "def f(Z, y=None):\n    return Z",
    "G[n][c] = 1\nG": "G[n, c] = 1\nG",
    "1 if c == y[n] else 0": "1 if c == y[n] else 0",
    "(1 if N else 2) if C else 3": "(1 if N else 2) if C else 3",
    "1 if (N if C else D) else 3": "1 if (N if C else D) else 3",
    "1 if N else 2 if C else 3": "1 if N else 2 if C else 3",
    "(N == C) == D": "(N == C) == D",
    "N == (C < D)": "N == (C < D)",
    "(y is None) * 2": "(y is None) * 2",
    "(N == C) is not None": "(N == C) is not None",
    "P[[0, 1]]": "P[[0, 1]]",
    "np.einsum('nj->j', Z)": "einsum('nj->j', Z)",
    "Z.sum() * np.inf": "sum(Z) * np.inf",
    "lambda Z, eps=0.1: Z * eps": "lambda Z, eps=0.1: Z * eps",
    "def f(Z, a=1, *, b, c=2):\n    return Z": "def f(Z, a=1, *, b, c=2):\n    return Z",
    "def f(Z):\n    return {'W': Z, 'b': 1}": "def f(Z):\n    return {'W': Z, 'b': 1}",
    "for n in y:\n    pass\nZ": "for n in y:\n    pass\nZ",
    "not (Z > 0) * 1": "not (Z > 0) * 1",
    "for n, k in enumerate(y):\n    if k == 1: continue\n    G[n] = 0\nG": (
        "for (n, k) in enumerate(y):\n    if k == 1:\n        continue\n    G[n] = 0\nG"
    ),
    "x = Z^2\ny = x\ny": "x = Z ** 2\ny = x\ny",
    # what surrounds a formula, and its left side
    "  (P - Y) / N  ": "(P - Y) / N",
    "$$P - Y$$": "P - Y",
    "```python\nP - Y\n```": "P - Y",
    r"\[P - Y\]": "P - Y",
    "dL/dZ = (P - Y).T @ X": "(P - Y).T @ X",
    "∂L/∂W = Gᵀ X": "G.T · X",
    r"\frac{\partial L}{\partial Z} = P - Y": "P - Y",
    r"\nabla_W L = G^\top X": "G.T · X",
    # mathematics
    "2(Z - Y)/(NC)": "2 · (Z - Y) / (N · C)",
    "2(Z−Y)/NC": "2 · (Z - Y) / (N · C)",
    "2/(NC) (Z-Y).T @ X": "2 / (N · C) · (Z - Y).T @ X",
    "NC(Z - Y)": "N · C · (Z - Y)",
    "1/2N (Z - Y)": "1 / 2 · N · (Z - Y)",
    "2*Z^2": "2 * Z ** 2",
    r"\frac12 Z": "1 / 2 · Z",
    r"\frac1N Z": "1 / N · Z",
    r"\frac{1}{N}(P-\hat Y)^\top X": "1 / N · (P - Y_hat).T · X",
    r"XW^\top + b": "X · W.T + b",
    "G^TX": "G.T · X",
    r"G^{\mathsf T} X": "G.T · X",
    r"W^{-1}": "W ** (-1)",
    r"\left(P - Y\right) \odot M": "(P - Y) * M",
    r"\sigma(Z) \cdot Y": "sigmoid(Z) · Y",
    r"\sigma(1-\sigma)": "sigma · (1 - sigma)",
    r"\sigma(1-\sigma(Z))": "sigmoid(1 - sigmoid(Z))",
    r"\operatorname{softmax}(Z)": "softmax(Z)",
    r"\text{log\_softmax}(Z)": "log_softmax(Z)",
    r"\mathbf{Z} - \boldsymbol{Y}": "Z - Y",
    r"\operatorname{diag}(w_y)(P - Y)": "diag(w_y) · (P - Y)",
    r"G^\top \mathbf{1}_N": "G.T · ones",
    r"e^{-z_{nj}}": "exp(-z[n, j])",
    r"\exp z_{nj}": "exp(z[n, j])",
    "|Z - Y|": "abs(Z - Y)",
    r"\sqrt{Z}": "sqrt(Z)",
    r"P~\cdot~Y": "P · Y",
    r"\frac1N\left[P - Y\right]": "1 / N · (P - Y)",
    r"P - \text{one-hot}(y)": "P - one_hot(y)",
    r"\begin{aligned} G &= P - Y \\ &= Q \end{aligned}": "Q",
    "Z² − σ(Z)": "Z ** 2 - sigmoid(Z)",
    "（P − Y）／N": "(P - Y) / N",
    "(Ŷ − P) × 2": "(Y_hat - P) · 2",
    # indices
    "sum_n (p_nj - y_nj) x_nm / N": "sum_{n} (p[n, j] - y[n, j]) · x[n, m] / N",
    r"\sum_{n=1}^{N} g_{nj} x_{nm}": "sum_{n} g[n, j] · x[n, m]",
    "Σ_n g_nj x_nm - 1": "(sum_{n} g[n, j] · x[n, m]) - 1",
    "Σₙ gₙⱼ xₙₘ": "sum_{n} g[n, j] · x[n, m]",
    r"\sum_{k \neq j} p_{nk}": "sum_{k} [k != j] · p[n, k]",
    r"\delta_{j,y_n}": "[j == y[n]]",
    r"\delta_{jk}": "[j == k]",
    "p_nj - [j == y_n]": "p[n, j] - [j == y[n]]",
    r"p_{nj} - \mathbb{1}[j=y_n]": "p[n, j] - [j == y[n]]",
    r"p_{nj} - \mathbb{1}_{\{j=y_n\}}": "p[n, j] - [j == y[n]]",
    r"p_{nj} - \mathbf{1}\{y_n = j\}": "p[n, j] - [y[n] == j]",
    "1[j = y_n]": "[j == y[n]]",
    "w_{y_n} p_nj": "w[y[n]] · p[n, j]",
    "p[n, j] - δ_{j, y[n]}": "p[n, j] - [j == y[n]]",
    r"\mathrm{softmax}(z_n)_j": "softmax(z)[n, j]",
    "softmax_j(z_n)": "softmax(z)[n, j]",
    "softmax(Z)_{nj}": "softmax(Z)[n, j]",
}


@pytest.mark.parametrize("text", READ)
def test_a_formula_is_read_and_written_back(text):
    assert read(text).text == READ[text]


@pytest.mark.parametrize("text", [text for text, back in READ.items() if not set("{·=") & set(back)])
def test_what_is_written_back_in_python_is_read_the_same(text):
    back = read(text).text
    assert read(back).text == back


def tree(thing):
    """What was read, without its places."""
    if isinstance(thing, Node):
        options = tuple((name, tree(each)) for name, each in thing.options)
        return (thing.kind, tuple(map(tree, thing.parts)), thing.word, thing.number, options)
    if isinstance(thing, tuple):
        return tuple(map(tree, thing))
    return (type(thing).__name__, *map(tree, vars(thing).values())) if is_dataclass(thing) else thing


OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
#: Each operation within each other, on both sides, and more that Python has.
WITHIN = [
    *(f"(Z {one} Y) {two} P" for one in OPERATORS for two in OPERATORS),
    *(f"Z {one} (Y {two} P)" for one in OPERATORS for two in OPERATORS),
    *(f"{one}(Z {two} Y)" for one in ("-", "not ") for two in OPERATORS),
    *(f"({one}Z) {two} Y" for one in ("-", "not ") for two in OPERATORS),
    *(f"Z {two} ({one}Y)" for one in ("-", "not ") for two in OPERATORS),
    *(f"(Z if Y else P) {one} W" for one in OPERATORS),
    *(f"Z {one} (W is None)" for one in OPERATORS),
    *(f"(W is not None) {one} Z" for one in OPERATORS),
    "Z if (Y if P else W) else b",
    "(Z if Y else P) if W else b",
    "Z if Y else (P if W else b)",
    "(Z if Y else P).T",
    "(-Z)[0, 1:, ::2, ..., None]",
    "(Z if Y else P)[0]",
    "Z.sum(axis=(0 if N else 1), keepdims=True)",
    "(Z, Y)[0]",
    "P[[0]]",
    "P[[0], 1]",
]


@pytest.mark.parametrize("text", [text for text in READ if read(text).language == "python"])
def test_a_program_is_written_back_as_the_same_tree(text):
    first = read(text)
    assert tree(read(first.text).statements) == tree(first.statements)


def test_operations_within_each_other_are_written_back_as_the_same_tree():
    for text in WITHIN:
        first = read(text)
        assert first.language == "python"
        assert tree(read(first.text).statements) == tree(first.statements), (text, first.text)


LATEX = {
    "(softmax(Z) - Y) / N": r"\frac{\operatorname{softmax}\left(Z\right) - Y}{N}",
    "sum_n g_nj x_nm": r"\sum_{n} g_{n j} \, x_{n m}",
    "(P - Y).T @ X": r"\left(P - Y\right)^\top \, X",
    "(Z/N)**2": r"\left(\frac{Z}{N}\right)^{2}",
    "-(P - Ŷ)*w": r"-\left(P - \hat{Y}\right) \odot w",
    "dZ = P - Y_hat": r"P - \hat{Y}",
    "P[np.arange(N), y] -= 1\nP": "",
    "label_smoothing / C": r"\frac{\mathrm{label\_smoothing}}{C}",
}


@pytest.mark.parametrize("text", LATEX)
def test_a_formula_is_written_as_latex(text):
    assert read(text).latex == LATEX[text]


def test_a_division_that_may_mean_another_is_told():
    (note,) = read("1/2N (Z - Y)").notes
    assert "divided by 2, then times N" in note.en
    assert "/(2 N)" in note.zh
    assert not read("1/(2N) (Z - Y)").notes
    assert not read("1/N (Z - Y)").notes
    assert not read(r"\frac{1}{2N}(Z - Y)").notes


# kind, line, column, found
WRONG = {
    "(Z - Y": ("incomplete", 1, 7, ")"),
    "Z -": ("incomplete", 1, 4, ""),
    "Z + … + Y": ("syntax", 1, 5, "…"),
    "x = Z^2 + foo(*Z)\nx / N": ("grammar", 1, 15, "*Z"),
    "x = Z^2 * Y^2 - [k^2 for k in y]\nx / N": ("grammar", 1, 17, "[k^2 for k in y]"),
    "x = Z^2 + (Y^2\nx": ("syntax", 1, 11, "(Y^2"),
    "Z ? Y": ("syntax", 1, 3, "?"),
    "Z - Y)": ("syntax", 1, 6, ")"),
    r"Z - \foo{Y}": ("syntax", 1, 5, r"\foo"),
    "x = Z\nx - (Y": ("syntax", 2, 5, "(Y"),
    "[x for x in Z]": ("grammar", 1, 1, "[x for x in Z]"),
    "Z - (lambda: 1)()": ("grammar", 1, 5, "(lambda: 1)()"),
    "Z.__class__": ("grammar", 1, 1, "Z.__class__"),
    "f'{Z}'": ("grammar", 1, 1, "f'{Z}'"),
    "(Z := 1)": ("grammar", 1, 2, "Z := 1"),
    "while True:\n    pass": ("grammar", 1, 1, "while True:"),
    "def f(Z):\n    class A: pass": ("grammar", 2, 5, "class A: pass"),
    "梯度 = f(*Z)": ("grammar", 1, 8, "*Z"),
    "dL/dZ = Z - {1, 2}": ("grammar", 1, 13, "{1, 2}"),
    "1" * 400: ("number", 1, 1, "1" * 57 + "…"),
    "P · Y & Z": ("syntax", 1, 7, "&"),
    "~(Z > 0) · Y": ("syntax", 1, 1, "~"),
    "P $ Y": ("syntax", 1, 3, "$"),
    r"\delta_{j, y_{y_n}}": ("syntax", 1, 12, "y"),
    "p_{n, y_nj}": ("syntax", 1, 7, "y"),
    r"\begin{cases} P & Y \end{cases}": ("syntax", 1, 1, r"\begin"),
    "": ("empty", 0, 0, ""),
    " \n ": ("empty", 0, 0, ""),
    "# nothing": ("result", 0, 0, ""),
    "Z" * (LONGEST + 1): ("too long", 0, 0, ""),
    "(" * 500: ("too deep", 0, 0, ""),
    "Z" + " + Z" * 300: ("too deep", 1, 1, ""),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_what_is_no_formula_is_told_with_its_place(text):
    with pytest.raises(NotUnderstood) as wrong:
        read(text)
    kind, line, column, found = WRONG[text]
    assert wrong.value.kind == kind
    assert (wrong.value.line, wrong.value.column) == (line, column) or kind == "too deep"
    assert wrong.value.found == found or kind == "too deep"


@pytest.mark.parametrize(
    ("text", "said"), [("Z -", "something is missing at its end"), ("Z + … + Y", '"…" cannot be read here')]
)
def test_a_formula_is_cut_short_where_it_ends(text, said):
    with pytest.raises(NotUnderstood, match=said):
        read(text)


def test_the_message_shows_the_line_and_a_caret_and_what_is_accepted():
    with pytest.raises(NotUnderstood) as wrong:
        read("x = Z\n梯度 = x - [k for k in y]\n")
    said = str(wrong.value).split("\n")
    assert said[0] == '"[k for k in y]" is not part of what formulas may contain.'
    assert said[1:3] == ["    梯度 = x - [k for k in y]", "    \u3000\u3000" + " " * 7 + "^"]
    assert said[3].startswith("Accepted: numbers, names")
    chinese = wrong.value.text("zh")
    assert chinese.startswith("公式里不能用“[k for k in y]”。")
    assert "可以用：" in chinese


def test_a_long_line_is_cut_around_the_place():
    text = "Z + " * 60 + "{1} + " + "Z + " * 20 + "Z"
    with pytest.raises(NotUnderstood) as wrong:
        read(text.replace("Z + ", "(Z) + ", 1))
    shown, caret = wrong.value.quoted()
    assert len(shown) <= 104
    assert shown[caret.index("^")] == "{"


@pytest.mark.parametrize("given", [None, 5, b"Z", ["Z"], len])
def test_only_text_is_read(given):
    with pytest.raises(NotUnderstood, match=r"assert_gradient"):
        read(given)


def test_every_kind_is_said_in_both_languages():
    from derivations.diagnosis.reading.errors import SENTENCES

    for kind, words in SENTENCES.items():
        assert words.zh.endswith("。"), kind
        assert words.en.endswith("."), kind
        assert any("CJK" in unicodedata.name(each, "") for each in words.zh)
        assert not any("CJK" in unicodedata.name(each, "") for each in words.en)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("softmx", "softmax"),
        ("Softmax", "softmax"),
        ("lables", "labels"),
        ("zzz", ""),
        ("Q", ""),
        ("sofmtax", "softmax"),
    ],
)
def test_the_nearest_name(word, near):
    assert nearest(word, ["softmax", "labels", "Z", "log"]) == near


def test_warnings_of_the_readers_text_are_not_ours(recwarn):
    read("Z*1if 1else Y")
    assert not recwarn
