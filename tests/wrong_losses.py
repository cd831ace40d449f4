"""Losses with one thing wrong in their definition."""

from sympy import log
from torch import nn

from derivations.index_calculus.expressions import Definition
from derivations.index_calculus.symbols import C, L, N, P, Y, Z, c, n, sum_over, y
from derivations.losses import MSE, CrossEntropy
from derivations.softmax import SOFTMAX


class RowMeanMSE(MSE):
    """The mean over N rows, not N·C entries."""

    @property
    def definitions(self):
        return {"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c) / N)}


class HalvedMSE(MSE):
    """The ½ that many books put in front."""

    @property
    def definitions(self):
        return {"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c) / (2 * N * C))}


class EntryMeanCrossEntropy(CrossEntropy):
    """The mean over N·C, not N."""

    @property
    def definitions(self):
        return {"L": Definition(L, -sum_over(log(P[n, y[n]]), n) / (N * C)), "P": SOFTMAX}


WRONG_LOSSES = [
    (nn.MSELoss, RowMeanMSE()),
    (nn.MSELoss, HalvedMSE()),
    (nn.CrossEntropyLoss, EntryMeanCrossEntropy()),
]
