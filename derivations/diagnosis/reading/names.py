"""What formulas call things: the words that a reader of mathematics keeps whole, and the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: Letters that stand alone, so that NC is N times C, and XW is X times W.
LETTERS = frozenset("NCDKBMTmXWZPYGQSALbyzpwxgtqv")
#: Index letters by what they usually run over.
USUAL = {**dict.fromkeys("nil", "N"), **dict.fromkeys("cjkh", "C"), **dict.fromkeys("dmr", "D")}
#: Letters of indices in formulas without braces: p_nj has two of them, z_max has none.
INDICES = frozenset("nilmdrcjkhstp")

GREEK = {
    "sigma": "sigma",
    "varsigma": "sigma",
    "epsilon": "epsilon",
    "varepsilon": "epsilon",
    "alpha": "alpha",
    "mu": "mu",
    "delta": "delta",
    "iota": "ignore_index",
    "omega": "omega",
    "lambda": "lambda",
    "eta": "eta",
    "ell": "L",
    "σ": "sigma",
    "ς": "sigma",
    "ε": "epsilon",
    "ϵ": "epsilon",
    "α": "alpha",
    "μ": "mu",
    "µ": "mu",
    "δ": "delta",
    "ι": "ignore_index",
    "ω": "omega",
}

#: Names of several letters, as in code and in \text{…}.
WORDS = words(
    """
    Y_hat y_hat yhat Yhat y_pred y_true y_onehot onehot onehot_y one_hot_y Y_onehot one_hot logits outputs
    output pred preds prediction predictions scores probs prob probabilities labels label targets target
    inputs input bias weight weights class_weight class_weights w_y pos_weight pw eps epsilon alpha smoothing
    label_smoothing ignore_index grad_output upstream mask valid kept mu sigma delta dZ dL dz logp log_probs
    log_p log_softmax log_sigmoid num_classes batch_size size n_classes grad ones ignore
    """
)

#: Functions that a formula may apply; those of Python are in `running.functions`.
FUNCTIONS = words(
    """softmax sigmoid exp log ln sqrt onehot one_hot sum mean max min diag abs tanh sign sgn log_softmax logsoftmax
    log_sigmoid logsigmoid softplus transpose outer square maximum minimum logsumexp einsum eye matmul dot where clip
    zeros ones expit cosh sinh relu erf tr trace"""
)


def letters_of(word: str) -> list[str] | None:
    """The letters that a word is a product of, such as N and C of NC; None where it is a name of its own."""
    if word in WORDS or word in FUNCTIONS or len(word) < 2 or len(word) > 4:
        return None
    return list(word) if all(each in LETTERS for each in word) else None


def distance(a: str, b: str) -> int:
    """How many letters to change, insert or leave out."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is like this one: at most a third of its letters away; "" where none is."""
    word, longer = word[:40], sorted(each for each in known if len(each) > 1)
    best = min(longer, key=lambda each: (distance(word.lower(), each.lower()), abs(len(word) - len(each))), default="")
    near = len(word) > 1 and best and distance(word.lower(), best.lower()) <= max(1, len(word) // 3)
    return best if near else ""
