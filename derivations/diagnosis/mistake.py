"""The mistakes that can be named: a key for each, and what its sentence tells.

key                      details            what was done
divisor                  right, wrong       divided by `wrong` where the formula has `right`
sign                                        minus the gradient
factor                   times              `times` the gradient: 2, 1/2, 4, …, or a number nobody recognises
transposed                                  the transpose
zero                                        0 everywhere
softmax missing                             Z where P belongs
softmax twice                               softmax of the probabilities
softmax axis             over?              softmax over the other axis, or over "everything"
softmax not normalised                      exp(Z) for softmax(Z)
sigmoid for softmax / softmax for sigmoid / sigmoid missing / sigmoid twice
log for probability                         log P for P
differentiated twice                        the derivative of softmax or sigmoid multiplied in once more
not differentiated       how                "terms": the loss's own; or the difference "squared", "absolute", its "sign"
of probabilities                            ∂L/∂P or ∂L/∂σ: the derivative of softmax or sigmoid is missing
term missing             term               a summand left out: Ŷ, Y, P
term sign                term               a summand with the other sign
factor missing           factor, where?     a factor of the entries left out; `where`: before this summand alone
target for prediction                       Y where P belongs
targets averaged                            the mean target of all rows for each, as (N, 1) − (N,) is broadcast
labels as numbers                           y where its one-hot belongs
labels shifted                              the one-hot one column off
option ignored           option             the gradient without this option; several as "weight, ignore_index"
option missing           option, where?     the option left out of the numerator alone; `where`: before this summand
option twice             option             the option's factor squared
weight by column                            the class weight of the column, not of the label
smoothing                how                "ε/C", "1−ε", "ε", "C−1": left out, left out, not divided by C, over C−1;
                                            "ε for 1−ε": one taken for the other
pos_weight               how                "wrong term" (on the negative term), "both terms", "targets" (σ − q·Y)
ignored rows counted     where?             rows of ignored labels have a gradient; `where`: from this summand
another gradient         of                 the gradient of another tensor: "outputs", "bias", …
summed                   how                bias: "everything", "not", "classes"; "mean" for the sum
grad_output ignored / grad_output twice
rows missing             rows               rows of 0: which, from 0
columns missing          columns            columns of 0
entries wrong            entries            only these differ, the others are right
sample missing           row                a sum over samples without this one
label missing            label              this label's one-hot is not subtracted: 0, C−1 (the last), a block's end
term added               term               a multiple of another array: W, Z
precision                dtype              computed in this lower precision
cancellation                                rounded by subtracting large numbers
overflow                                    nan or inf where exp overflows
not finite                                  nan or inf, for another reason
shape                    given, expected    another shape
counted twice                               a gradient accumulated twice
mean of means / part scale / last part alone / last part too much / not averaged / scaled / clipped
                                            of steps: see `torch_bridge.step`
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What was done, as a key and the details that its sentence tells: `Mistake.of("divisor", right="N", wrong="1")`.

    Details are short strings: sizes and sums are written 1, N, C, N·C, D, B (samples), T (positions), S, kept (rows
    that count), Σw (all class weights), Σw_y (the weights of the labels), N² and N²·C (the mean taken once more), N−1,
    ΣA, ΣY. Summands and factors are written as by hand: Ŷ, P, (1 − σ)·Y·q, 1/N; what is about one array as that alone.
    """

    key: str
    details: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, key: str, **details: object) -> Mistake:
        return cls(key, tuple((name, str(value)) for name, value in details.items()))

    def __getitem__(self, name: str) -> str:
        return dict(self.details)[name]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.details)
        return f"{self.key} ({told})" if told else self.key
