"""What follows from the last line of a derivation."""

from __future__ import annotations

from .phrases import Words

NONNEGATIVE, VANISHES, BY_INDUCTION = "nonnegative", "vanishes", "by induction"
CONCLUSIONS = {
    NONNEGATIVE: Words(
        "平方都不为负，乘上不为负的系数再相加，还是不为负：这个二次型半正定。",
        "Squares are not negative, nor are sums of them with factors that are not: the quadratic form is positive "
        "semidefinite.",
    ),
    VANISHES: Words(
        "梯度为 0，当且仅当左右两边相等：这就是正规方程。矩阵 [X 1] 列满秩时（没有偏置时是 X），解只有一个。",
        "The gradient is 0 if and only if the two sides are equal: these are the normal equations. They have one "
        "solution if and only if the matrix [X 1] has full column rank (X, without a bias).",
    ),
    BY_INDUCTION: Words(
        "起点成立，又能从前一步推到这一步，所以对每一步都成立。",
        "It holds at the start, and each step follows from the one before: so it holds at every step.",
    ),
}
