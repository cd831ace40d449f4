"""Every criterion of torch with every combination of its options, with a linear model and alone, and data that fits."""

import functools
from dataclasses import replace

import torch
from torch import nn

from derivations import explain
from derivations.criteria import Entry, entries
from derivations.losses.declared import Values

FEATURES, CLASSES, ROWS = 4, 3, 7
#: How the names of cases begin where that is not the name of the criterion in torch.
SHORT = {
    "MSELoss": "MSE",
    "mse_loss": "MSE",
    "BCEWithLogitsLoss": "BCE",
    "NLLLoss": "NLL",
    "CrossEntropyLoss": "CE",
}

#: Numbers with which no wrong copy is right by chance: torch's own hide a factor of 1 and a margin of 0.
TELLING = {
    "SmoothL1Loss": {"beta": 0.75},
    "CosineEmbeddingLoss": {"margin": 0.25},
    "CappedCrossEntropy": {"scale": 1.25},
    "DistillationLoss": {"temperature": 3.0, "mixing": 0.3},
}


def name_of(entry: Entry) -> str:
    """Criterion, reduction, and the options that are not as torch has them where nothing is said."""
    usual = {option.name: option.default for option in entry.of.loss.declared}
    used = [name for name, value in entry.options.items() if name in usual and value != usual[name]]
    kind = [entry.targets] if entry.targets == "probabilities" else []
    return " ".join([SHORT.get(entry.criterion, entry.criterion), entry.options["reduction"], *used, *kind])


def case(entry, with_model, dtype, rows=ROWS, seed=0, telling=False):
    """An explanation, inputs, targets and the incoming vector (None but for reduction="none"), all from one seed.

    With torch's own numbers for the options, or with `telling` ones.
    """
    generator = torch.Generator().manual_seed(seed)
    if telling:
        entry = replace(entry, options={**entry.options, **TELLING.get(entry.criterion, {})})
    made = entry.make(rows, CLASSES, dtype, torch.Generator().manual_seed(1))
    model = None
    if with_model:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = nn.Linear(FEATURES, CLASSES, dtype=dtype)
        if entry.of.before is not None:
            model = nn.Sequential(model, entry.of.before.make())
    explanation = explain(model, made, targets=entry.targets)
    inputs, given = explanation.setup.random_data(rows, generator)
    if with_model and explanation.loss.of_outputs is Values.POSITIVE:  # rates, whose logarithms are numbers
        inputs = inputs.abs()
        for parameter in model.parameters():
            parameter.data = parameter.data.abs() + 0.1
    incoming = explanation.setup.random_grad_output(inputs, given, generator)
    operands = given if isinstance(given, tuple) else (given,)
    fitting = [
        _telling(value, operand, rows) for value, operand in zip(operands, explanation.loss.operands, strict=True)
    ]
    inputs, *fitting = (each.to(dtype) if each.is_floating_point() else each for each in (inputs, *fitting))
    incoming = None if incoming is None else incoming.to(dtype)
    return explanation, inputs, fitting[0] if len(fitting) == 1 else tuple(fitting), incoming


def _telling(value, operand, rows):
    if operand.values is Values.LABELS:
        return torch.arange(rows) % CLASSES  # every class, and more than one row of each
    if operand.values is Values.COUNTS:
        return value.clamp(min=1)  # with full=True torch's gradient in a target of 0 is nan
    if operand.values is Values.LOG_PROBABILITIES:
        return 0.5 + value
    return 1.5 * value if operand.values is Values.PROBABILITIES else value  # torch does not ask for rows that add to 1


#: By name, a function of the dtype that makes the case.
CASES = {
    f"{name_of(entry)}{' of a linear model' * with_model}": functools.partial(case, entry, with_model)
    for entry in entries()
    for with_model in (True, False)
}
#: By the same names, the dtypes that torch has kernels for on a CPU.
DTYPES_OF = {
    f"{name_of(entry)}{' of a linear model' * with_model}": entry.of.dtypes
    for entry in entries()
    for with_model in (True, False)
}
