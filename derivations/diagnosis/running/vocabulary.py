"""What a reader may call the arrays and sizes of a problem."""

from __future__ import annotations

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Any

from ..problem import Problem
from ..reading.names import words
from ..trees import Program, Tree
from ..values.evaluate import Evaluator
from ..values.lists import Lists
from .uses import LABEL, MATRIX
from .values import Text

#: What an unknown name is told: the names of the formulas.
SHOWN = (
    *("X", "W", "b", "Z", "Q", "P", "sigma", "Y", "y", "Y_hat", "G", "A", "S", "mu", "weight", "w_y", "pos_weight"),
    *("label_smoothing", "ignore_index", "grad_output", "N", "C", "D"),
)
#: More names of what has one, whatever the criterion.
ALIASES = {
    "N": "B m M n batch_size num_samples n_samples samples bs",
    "C": "K k num_classes n_classes classes n_class",
    "D": "d num_features n_features in_features features",
    "X": "x inputs features_ data",
    "b": "bias beta",
    "Z": "z logits scores logit x1 input1 anchor student",
    "input2": "x2 other",
    "positive": "pos",
    "negative": "neg",
    "temperature": "T tau τ temp",
    "mixing": "alpha α lam λ",
    "delta": "δ",
    "gamma": "γ",
    "softcap": "cap",
    "sigma": "σ sig s_z",
    "weight": "weights class_weight class_weights w weight_ cw",
    "pos_weight": "pw q posw p_w pos_weights",
    "label_smoothing": "eps epsilon ε ϵ alpha α smoothing ls e_ label_smooth",
    "grad_output": "g upstream v grad_out dout gout grad_outputs dL dl",
    "mu": "mask valid kept keep μ valid_mask not_ignored is_valid mask_",
    "ignore_index": "ignore ignored iota ignore_label",
    "kept": "n_valid num_valid valid_count count n_kept N_valid",
    "w_y": "wy weight_y w_n sample_weight sample_weights",
    "logP": "logp log_p log_probs logprobs log_prob log_P logits_log_softmax",
}
PREDICTION = words("y_pred yhat y_hat p_hat P_hat pred_probs Y_pred a A_hat activation activations ŷ")
PROBABILITIES = words("p probs prob probabilities P softmax_Z soft_Z")
OUTPUTS = words("outputs output pred preds prediction predictions out")
LABELS = words("targets target labels label t Y_labels y_labels")
REAL = words("targets target T y t y_true Y_true labels label onehot Y_hat")
ONE_HOT = words("Y Y_hat Ŷ onehot onehot_y one_hot_y Y_onehot y_onehot one_hot Y_one_hot y_one_hot yoh Yoh")
UPSTREAM = words("dZ dz delta δ dlogits d_logits dL_dZ dLdZ grad_Z grad_logits dout dY_hat dA dscores d_scores")
#: What targets hold where the criterion makes probabilities of the outputs: of each entry, or of a row of classes.
EACH_APART, OF_CLASSES = ("UNIT", "BITS"), ("LABELS", "PROBABILITIES")
#: Beside one of these, Ŷ is the targets' one-hot; beside one of those, the prediction.
PREDICTED = {"P", "p", "probs", "softmax", "sigmoid", "sigma", "Z", "z", "logits", *OUTPUTS}
TARGETS = {"Y", "y", "Y_true", "y_true", "targets", "target", "onehot", "labels", "t"}
HATS = {"Y_hat", "y_hat", "yhat", "Ŷ", "ŷ", "Yhat"}


def vocabulary(
    problem: Problem, names: Mapping[str, Any], arrays: Lists, used: Mapping[str, Set[str]] = MappingProxyType({})
) -> dict[str, Any]:
    """Each name that a formula of this gradient may use, with its value.

    - `names`: those of a case: X, W, b, Z, the targets, the options and the sizes.
    - `used`: what the formula mentions and how (see `uses`), which tells whether Ŷ is the targets' or the
      prediction, and whether y is the labels or their one-hot.
    """
    found: dict[str, Any] = {name: arrays.array(value) for name, value in names.items()}
    evaluator = Evaluator(names, arrays)

    def of(tree: Tree) -> Any:
        return evaluator.evaluate(Program(problem.program.lines, tree)).value

    found |= {"P": of(("softmax", "Z", 1)), "logP": of(("log_softmax", "Z", 1)), "sigma": of(("sigmoid", "Z"))}
    found |= {name: of(name) for name, _ in problem.program.lines}
    if "y" in found and "ignore_index" in found:
        found["kept"] = arrays.reduce("sum", found["mu"], None)
    if "y" in found and "weight" in found:
        found["w_y"] = arrays.take(found["weight"], found["y"])
    if problem.divisor != 1:
        found["S"] = of(problem.divisor)
    if problem.targets_hold in EACH_APART:
        found["P"] = found["sigma"]
    upstream = found.pop("G", None)
    if problem.wrt in ("weight", "bias", "inputs") and upstream is not None:
        options = {each.name for each in problem.numbers}  # as Huber's delta
        found |= {name: upstream for name in ("G", *UPSTREAM) if name not in options}
    for name, others in ALIASES.items():
        if name in found and not (name == "grad_output" and not found[name].shape):
            for other in others.split():
                found.setdefault(other, found[name])
    _predictions(found, problem)
    _targets(found, used)
    return {**found, "reduction": Text(problem.reduction)}


def _predictions(found: dict[str, Any], problem: Problem) -> None:
    """What is compared with the targets: Z itself, or the probabilities that a criterion makes of it."""
    prediction = found["P"] if problem.targets_hold in (*EACH_APART, *OF_CLASSES) else found["Z"]
    outputs = found.get(problem.outputs.name, found["Z"])
    for each in PREDICTION:
        found.setdefault(each, prediction)
    for each in PROBABILITIES:
        found.setdefault(each, found["P"])
    for each in OUTPUTS:
        found.setdefault(each, outputs)
    found.setdefault("input", outputs if problem.wrt == "outputs" else found.get("X", outputs))


def _targets(found: dict[str, Any], used: Mapping[str, Set[str]]) -> None:
    """Y and y, and what Ŷ is: the targets where P is mentioned or nothing else, the prediction beside Y."""
    if "y" in found:
        labels, hot = found["y"], found["Y_hat"]
        for each in ("y", *LABELS):
            found[each] = hot if used.get(each) == {MATRIX} else labels
        for each in (*ONE_HOT, "y_true", "Y_true"):
            found[each] = labels if LABEL in used.get(each, ()) and MATRIX not in used[each] else hot
        found.setdefault("T", hot)
    elif "Y" not in found:  # targets of another kind, by a name of their own
        return
    else:
        for each in REAL:
            found.setdefault(each, found["Y"])
        found["Y_hat"] = found["Ŷ"] = found["Y"]
    targets = found["Y_hat"]
    for each in HATS:
        if PREDICTED & used.keys():
            found[each] = targets
        elif TARGETS & used.keys() or each[0] in "yŷ":
            found[each] = found["y_pred"]
