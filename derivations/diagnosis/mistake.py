"""The mistakes that can be named: a key for each, and what its sentence tells.

key                      details            what was done
divisor                  right, wrong       divided by `wrong` where the formula has `right`
sign                                        minus the gradient
factor                   times              `times` the gradient: 2, 1/2, 4, …, or a number nobody recognises
transposed               factor?            the transpose, or that of a factor of the product
zero                                        0 everywhere
softmax missing / sigmoid missing    where?     Z where P or σ belongs
softmax twice                               softmax of the probabilities
softmax axis             over?              softmax over the other axis, over "everything", "positions" or "samples"
softmax not normalised                      exp(Z) for softmax(Z)
sigmoid for softmax / softmax for sigmoid / sigmoid twice
log for probability                         log P for P
differentiated twice     of                 the derivative of softmax or sigmoid multiplied in once more
squared error            of                 the gradient of (P − Ŷ)² or (σ − Y)², by way of softmax or sigmoid
not differentiated       how, of?           "terms": the loss's own; or the difference "squared", "absolute", its
                                            "sign"; `of` "L1": the sign, without the 2
of probabilities         of                 ∂L/∂P or ∂L/∂σ: the derivative of softmax, sigmoid or exp is missing
term missing             term               a summand left out: Ŷ, Y, P
term sign                term               a summand with the other sign
factor missing           factor, where?     a factor of the entries left out; `where`: before this summand alone
argument sign            function           the other sign inside it
derivative missing       of                 divided by its derivative, which the chain rule brings
function missing         function           its argument where exp, sign, √, … of it belongs
power                    of, right, wrong   another power of this: its square, its root, one divided by it
clip missing             side?              not clipped, or not on this side ("above", "below")
sign for clip                               the sign, as if everything were clipped
step for sign / step for clip               0 and 1 where −1 and 1 belong, or where max(·, 0) does
condition missing / condition reversed      what counts on one side of a corner counts on both, or on the other
corner                                      the other slope at the corner itself
swapped                  one, other         two arrays in each other's place
target for prediction                       Y where P belongs
targets averaged                            the mean target of all rows for each, as (N, 1) − (N,) is broadcast
labels as numbers                           y where its one-hot belongs
labels shifted                              the one-hot one column off
option ignored           option             the gradient without this option; several as "weight, ignore_index"
option missing           option, where?     the option left out of the numerator alone; `where`: before this summand
option twice             option             the option's factor squared
weight by column         of?                the class weight of the column, not of the label, or of all "targets"
weight by label                             the label's weight where label smoothing takes that of each class
smoothing                how                "ε/C", "1−ε": left out; "ε": not divided by C; "C−1": over C−1 others;
                                            "ε/(C−1)": divided by C−1 for all C; "ε for 1−ε": one taken for the other
option value             option, value      as if the option were this number: torch's default, 0 or 1
option turned            option             1 − x where the option is x
option's term            option, how        an option that multiplies one of two terms: on the "wrong term", on "both
                                            terms", on the "targets" alone (σ − q·Y)
ignored rows counted     where?, label?     rows of ignored labels have a gradient; `where`: from this summand;
                                            `label`: as of this class, to which −100 was clamped
another gradient         of                 the gradient of another tensor: "outputs", "bias", …
summed                   how                bias: "everything", "not", "classes"; "mean" for the sum
grad_output ignored / grad_output twice
rows missing             rows, which        rows of 0
columns missing          columns, which     columns of 0
tile missing             rows, columns      a block of 0
only in rows             rows, which        the mistake named before it is made in these rows alone
only in columns          columns, which     … in these columns alone
entries wrong            entries            only these differ, the others are right
sample missing           row, which         a sum over samples without this one
label missing            label              this label's one-hot is not subtracted; C−1: that of the last class
term added               term, times        a multiple of another array: W, Z
precision                dtype              computed in this lower precision
cancellation                                rounded by subtracting large numbers
overflow                 rows, which        nan or inf where exp overflows
not finite               rows, which        nan or inf, for another reason
shape                    given, expected    another shape
counted twice                               a gradient accumulated twice

Of steps over several parts (`steps/`; parts are counted from 1, ranks from 0):

mean of means            K, divisor, of     each part's own mean, averaged; `divisor` where a part's is not S_k
last part too much       part, times        the same, where the last part alone is smaller
mean of ranks            W                  each rank's own mean, averaged, as DDP does
not averaged             of, times          the parts' or the ranks' means added up
averaged                 by, of             divided by K or W once too often; of="steps": by another number than K
weighted by              size               each part's own mean, weighted by its "kept" or "N" where S_k belongs
updated in the loop                         step() in the loop: later parts' gradients are at updated parameters
last part alone                             zero_grad() in the loop
last parts alone / first parts alone    parts   so many
running total                               backward() of a growing total, in the loop
part alone / part missing / counted twice   part; "all" where everything is counted twice
part scale               part, times        one part counts so many times; `counts` where several do
rank alone               rank               the ranks' gradients were not combined
scaled                   times, how         a factor; how="power of two": a GradScaler's
clipped                  how, max_norm, norm, max_value    how="norm" or "value"

Of kernels, beside their formula (`torch_bridge.testing`):

overwritten                                 it writes to the tensors that it is given
state                                       called again, or with other data, it returns what it has kept, or draws
second derivative                           the backward is differentiated with terms missing
loss value               times              the gradient is right, the loss's value is not
all ignored                                 0/0 where every label is ignored, and torch's gradient is 0
edge                     edge               right with ordinary outputs, not with these: a case of its own
layout                   how                right in contiguous memory, not with these strides
grad_output wrong                           right where backward receives 1, and neither ignored nor used twice
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What was done, as a key and the details that its sentence tells: `Mistake.of("divisor", right="N", wrong="1")`.

    `where` in the details: so it is in that term alone. `which` tells what is special about rows or columns: "last",
    "after 1024", "ignored", …

    Details are short strings: sizes and sums are written 1, N, C, N·C, D, B (samples), T (positions), S, kept (rows
    that count), Σw (all class weights), Σw_y (the weights of the labels).
    """

    key: str
    details: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, key: str, **details: object) -> Mistake:
        return cls(key, tuple((name, str(value)) for name, value in details.items()))

    def data(self) -> dict[str, str]:
        """The key and the details as JSON takes them."""
        return {"key": self.key, **dict(self.details)}

    def __getitem__(self, name: str) -> str:
        return dict(self.details)[name]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.details)
        return f"{self.key} ({told})" if told else self.key
