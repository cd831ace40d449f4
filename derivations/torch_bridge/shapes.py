"""The shapes of tensors, as annotations say them; for a type checker each is a Tensor.

Axes have the formulas' letters: N rows (samples, and positions), C classes or columns, D features. A star stands for
any number of dimensions; the same name in one signature, or in the fields of one class, stands for the same ones: all
that is `Like` there has one shape. A plain `Tensor` may have any. After equinox and jaxtyping.
"""

from __future__ import annotations

from typing import Annotated

from torch import Tensor

#: A number for each row and class: Z, P, Y and G of the formulas.
PerEntry = Annotated[Tensor, "N C"]
#: A number for each row: labels, a loss for each sample.
PerRow = Annotated[Tensor, "N"]
#: A row's number that broadcasts along its entries.
Column = Annotated[Tensor, "N 1"]
#: What torch's loss is.
OneNumber = Annotated[Tensor, ""]
#: X and ∂loss/∂X, and the model's W and b, as the formulas have them.
Samples = Annotated[Tensor, "N D"]
Weight = Annotated[Tensor, "C D"]
Bias = Annotated[Tensor, "C"]
#: As torch has them: the model's inputs; what the criterion is given; what that broadcasts to with the operands.
AsInputs = Annotated[Tensor, "*inputs"]
AsOutputs = Annotated[Tensor, "*outputs"]
AsLoss = Annotated[Tensor, "*common"]
#: Of one shape.
Like = Annotated[Tensor, "*shape"]
