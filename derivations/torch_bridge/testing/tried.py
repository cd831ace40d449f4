"""Every trial in turn: the function is run, looked at, and told what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import torch
from torch import Tensor

from ...diagnosis.diagnosis import Diagnosis
from ..batch.batch import Batch
from ..certificates.certificate import Certificate, numbers
from ..certificates.findings import GradientMismatch
from ..certificates.rows import Row
from ..diagnosing.searched import diagnosed
from ..setup.setup import Setup
from . import explained, second, value
from .called import Kernel, Returned
from .compared import BARELY_WIDER, Reference, disagreeing
from .edges import ORDINARY, VALUES
from .returned import WrongForm, form, names_of
from .setups import in_dtype
from .told import NOT_CRITERIONS, Teller, ratio
from .trials import Plan, Trial, weights_shape

#: Small batches that a function is run on once more, so that N and C are told apart: rows and classes.
MORE = ((4, 3), (3, 5), (5, 2))
Telling = dict[tuple[torch.dtype, tuple[int, ...], str], list[tuple[Certificate, Row]]]


@dataclass(frozen=True)
class Tried:
    """One function and all that it is tried with."""

    kernel: Kernel
    setup: Setup
    plan: Plan
    precision: torch.dtype | float
    teller: Teller

    def everything(self, dtypes: Sequence[torch.dtype]) -> Telling:
        """What certificates of the shapes asked for tell, by dtype, shape and tensor. Raises for what is wrong."""
        __tracebackhide__ = True
        setups = {dtype: in_dtype(self.setup, dtype, self.plan.device) for dtype in dtypes}
        told: Telling = {}
        tried, smooth = 0, list[tuple[Setup, Trial]]()
        for trial in self.plan.trials(setups):
            setup = setups[trial.dtype]
            reference = Reference.of(setup, trial, names_of(setup), self.setup)
            if trial.edge.partial and not reference.is_defined:
                continue
            tried += 1
            returned = self._run(setup, trial, reference)
            certificate = reference.compare(returned.gradients, self.precision, trial.seed)
            if rows := disagreeing(certificate):
                self._refuse(setup, trial, reference, returned, certificate, rows)
            self._look_further(setup, trial, reference, returned)
            if trial.edge.name == ORDINARY and returned.loss is not None and _has_size(certificate):
                smooth.append((setup, trial))
            if trial.shape == trial.drawn_at and trial.leave_out != "block sizes":
                for row in certificate.rows:
                    told.setdefault((trial.dtype, trial.shape, row.wrt), []).append((certificate, row))
        for setup, trial in smooth if "second derivative" in self.plan.names else ():
            self._differentiate_twice(setup, trial)
        if not tried:
            names = ", ".join(sorted(self.plan.names))
            raise ValueError(f"Nothing was tried: {self.setup} has no trial named {names}.")
        return told

    def _run(self, setup: Setup, trial: Trial, reference: Reference) -> Returned:
        """What the function returns; raises GradientMismatch for a gradient of another form than its tensor's."""
        __tracebackhide__ = True
        try:
            return self.kernel.run(setup, trial, self.teller.notes(setup, trial))
        except WrongForm as wrong:
            raise self._misshapen(setup, trial, reference, wrong) from None

    def _misshapen(self, setup: Setup, trial: Trial, reference: Reference, wrong: WrongForm) -> GradientMismatch:
        expected, given = form(wrong.like), form(wrong.given)
        diagnosis = explained.of_form(wrong.name, expected, given)
        if wrong.given.shape != wrong.like.shape:
            found = diagnosed([(reference.batch, {wrong.name: wrong.given})], wrong.name)
            diagnosis = found if found.mistakes else diagnosis
        says = f"{setup}: the gradient has another shape, dtype or device than the {wrong.name}"
        details = {"tensor": wrong.name, "expected": expected, "got": given, "seed": trial.seed}
        do = wrong.do if diagnosis.mistakes[0].key in ("shape", "another gradient") else None
        return self.teller.mismatch(says, details, diagnosis, setup, trial, do=do)

    def _look_further(self, setup: Setup, trial: Trial, reference: Reference, returned: Returned) -> None:
        """What the gradient itself does not tell. Raises GradientMismatch."""
        __tracebackhide__ = True
        names = self.plan.names
        if "overwritten inputs" in names and returned.overwritten:
            says = f"fn overwrote {returned.overwritten}"
            self._tell(setup, trial, says, explained.OVERWRITTEN, "overwritten inputs")
        if "value of the loss" in names and returned.loss is not None:
            found = value.difference(setup, reference.batch, returned.loss, self.precision)
            if found is not None:
                says, do = "the loss's value is not the criterion's", None
                wrong = explained.of_value(found, reference.batch)
                if value.difference(setup, reference.batch, returned.loss, torch.float32) is None:
                    wrong, do = explained.of_value_rounded(trial.dtype, torch.float32)
                self._tell(setup, trial, says, wrong, "value of the loss", found, do)
        if trial.edge.name == ORDINARY and "second call" in names:
            again = self._run(setup, replace(trial, leave_out="second call"), reference)
            if rows := disagreeing(reference.compare(again.gradients, self.precision, trial.seed)):
                wrt = rows[0].wrt
                details = _numbers(rows[0], returned.gradients[wrt], again.gradients[wrt])
                says = "the second call with the same data gives another gradient"
                self._tell(setup, trial, says, explained.STATE, "second call", details)

    def _differentiate_twice(self, setup: Setup, trial: Trial) -> None:
        """Last, since a gradient that is wrong somewhere is not to be blamed on its own derivative."""
        __tracebackhide__ = True
        found = second.difference(self.kernel, setup, trial, self.precision)
        if found is not None:
            says = "the second derivative is not the criterion's"
            self._tell(setup, trial, says, explained.SECOND, "second derivative", found)

    def _refuse(
        self,
        setup: Setup,
        trial: Trial,
        reference: Reference,
        returned: Returned,
        certificate: Certificate,
        rows: Sequence[Row],
    ) -> NoReturn:
        """Raises what is wrong with a gradient: the first of several that a mistake explains."""
        __tracebackhide__ = True
        row, (diagnosis, do) = rows[0], self._diagnosis(setup, trial, reference, returned, rows[0].wrt)
        for other in rows[1:]:
            if diagnosis.mistakes:
                break
            found = self._diagnosis(setup, trial, reference, returned, other.wrt)
            if found[0].mistakes:
                row, (diagnosis, do) = other, found
        given, expected = returned.gradients[row.wrt], reference.gradients[row.wrt]
        said = {"ratio": ratio(expected, given, row.worst), **numbers(certificate, row, given="given")}
        subject = f"{reference.batch.setup}: {NOT_CRITERIONS}"
        raise self.teller.mismatch(subject, said, diagnosis, setup, trial, given, expected, do)

    def _diagnosis(
        self, setup: Setup, trial: Trial, reference: Reference, returned: Returned, wrt: str
    ) -> tuple[Diagnosis, str | None]:
        """What is wrong with a gradient, and what else than to leave this out can be done."""
        found = returned.gradients[wrt]
        if self._changes(setup, trial, reference, wrt, found):
            return explained.STATE, None
        if trial.edge.name == "all labels ignored" and not bool(found.isfinite().any()):
            return explained.ALL_IGNORED, None
        if reference.factor != 1:
            return explained.of_factor(reference, wrt, found), None
        coarse = torch.finfo(trial.dtype).bits < 32
        if not coarse and (wider := self._agreeing(reference, wrt, found)):
            if wider != trial.dtype and self._is_right_with_ordinary_outputs(setup, trial, wrt):
                return explained.of_digits_alone(trial.edge.name, trial.dtype), explained.allowing(wider)
            return explained.of_precision(trial.dtype, wider)
        if trial.edge.layouts and self._is_right(
            setup, replace(trial, edge=replace(trial.edge, layouts={})), reference, wrt
        ):
            return explained.of_layout(trial.edge.name), None
        diagnosis = diagnosed([(reference.batch, returned.gradients), *self._more(setup, trial, wrt)], wrt)
        rounds = {each.key for each in diagnosis.mistakes} <= {"cancellation", "precision", "entries wrong"}
        if coarse and rounds and (wider := self._agreeing(reference, wrt, found)):
            own, allow = explained.of_precision(trial.dtype, wider)
            return (diagnosis if diagnosis.mistakes and diagnosis.mistakes[0].key != "entries wrong" else own), allow
        if not diagnosis.mistakes and trial.edge.name != ORDINARY:
            beside = self._beside_ordinary(setup, trial, wrt, found)
            return diagnosis if beside is None else beside, None
        computed = dict(diagnosis.mistakes[0].details).get("dtype") if diagnosis.mistakes else None
        return diagnosis, explained.allowing(f"torch.{computed}") if computed else None

    def _changes(self, setup: Setup, trial: Trial, reference: Reference, wrt: str, found: Tensor) -> bool:
        """Does another call with the same data return something else? Then no formula explains it."""
        try:
            again = self.kernel.run(setup, trial).gradients[wrt]
        except Exception:
            return False
        return not reference.alike(wrt, again, found)

    def _beside_ordinary(self, setup: Setup, trial: Trial, wrt: str, found: Tensor) -> Diagnosis | None:
        """What ordinary outputs of the same shape tell of a gradient that nothing explains."""
        other = self.plan.trial(setup, VALUES[0], trial.shape, trial.dtype)
        reference = Reference.of(setup, other, names_of(setup), self.setup)
        if found.isfinite().all() and reference.within(wrt, found, BARELY_WIDER):
            return explained.OTHER_DATA
        if not self._is_right(setup, other, reference, wrt):
            return None
        if trial.dtype != torch.float64 and self._loses_digits(trial, wrt, found):
            return explained.of_digits(trial.edge.name, trial.dtype, bool(found.isfinite().all()))
        return explained.of_edge(trial.edge.name)

    def _is_right_with_ordinary_outputs(self, setup: Setup, trial: Trial, wrt: str) -> bool:
        """Then nothing inside is computed in a lower precision: these numbers alone lose digits."""
        other = self.plan.trial(setup, VALUES[0], trial.shape, trial.dtype)
        return trial.edge.name != ORDINARY and self._is_right(
            setup, other, Reference.of(setup, other, names_of(setup), self.setup), wrt
        )

    def _loses_digits(self, trial: Trial, wrt: str, found: Tensor) -> bool:
        """Is fn right with the same numbers given in float64, and are its own near that, or no numbers at all?

        To as many digits as its dtype has, beside the largest entry: half of them may be lost.
        """
        setup, wide = in_dtype(self.setup, torch.float64, self.plan.device), trial.in_dtype(torch.float64)
        reference = Reference.of(setup, wide, names_of(setup), self.setup)
        try:
            exact = self.kernel.run(setup, wide).gradients[wrt]
            off, largest = (found.double() - exact).abs(), exact.abs().max()
            near = bool((off <= torch.finfo(trial.dtype).eps ** 0.5 * largest)[found.isfinite()].all())
            return near and reference.within(wrt, exact, trial.dtype)
        except Exception:  # what fn does there is no concern of this trial
            return False

    def _agreeing(self, reference: Reference, wrt: str, found: Tensor) -> torch.dtype | None:
        """In which dtype a computation would be right whose terms cancel, or which rounds more: its own, or float32."""
        own = reference.batch.inputs.dtype
        candidates = (own, torch.float32) if own == torch.float64 else (own,)
        asked = torch.finfo(self.precision).eps if isinstance(self.precision, torch.dtype) else 0.0
        wider = (each for each in candidates if torch.finfo(each).eps > asked)
        return next((each for each in wider if reference.within(wrt, found, each)), None)

    def _is_right(self, setup: Setup, trial: Trial, reference: Reference, wrt: str) -> bool:
        """Is fn right with the same numbers, laid out or drawn otherwise? Not where it raises."""
        try:
            found = self.kernel.run(setup, trial).gradients
            return wrt in found and not disagreeing(reference.compare({wrt: found[wrt]}, self.precision, trial.seed))
        except Exception:
            return False

    def _more(self, setup: Setup, trial: Trial, wrt: str) -> list[tuple[Batch, dict[str, Tensor]]]:
        """Two small batches more of which fn is wrong, if there are such: one alone may have N = C."""
        found: list[tuple[Batch, dict[str, Tensor]]] = []
        for shape in small_shapes(setup):
            if len(found) < 2 and shape != trial.shape:
                other = self.plan.trial(setup, trial.edge, shape, trial.dtype)
                try:
                    reference = Reference.of(setup, other, names_of(setup), self.setup)
                    returned = self.kernel.run(setup, other)
                    if disagreeing(reference.compare({wrt: returned.gradients[wrt]}, self.precision, other.seed)):
                        found.append((reference.batch, returned.gradients))
                except Exception:  # what fn does here is told by the trial that it is wrong on
                    continue
        return found

    def _tell(
        self,
        setup: Setup,
        trial: Trial,
        says: str,
        diagnosis: Diagnosis,
        check: str,
        details: Mapping[str, object] | None = None,
        do: str | None = None,
    ) -> NoReturn:
        """Raises what is wrong beside the gradient."""
        __tracebackhide__ = True
        do = do or f"If that is meant, leave it out: without=({check!r},)"
        details = {**(details or {}), "seed": trial.seed}
        looked_at = replace(trial, leave_out=check)
        raise self.teller.mismatch(f"{setup}: {says}", details, diagnosis, setup, looked_at, do=do)


def _has_size(certificate: Certificate) -> bool:
    """Is some gradient more than the roundings of terms that cancel? Else there is no size to compare H·v with."""
    return any(row.sharpest < math.inf for row in certificate.rows)


def small_shapes(setup: Setup) -> list[tuple[int, ...]]:
    """Shapes of small batches, of the classes or features that are fixed."""
    if setup.model is not None:
        return [(rows, setup.model.in_features) for rows, _ in MORE]
    fixed = weights_shape(setup)
    if fixed is None:
        return [*MORE]
    return [(rows, *fixed) for rows, _ in MORE] if len(fixed) == 1 else []


def _numbers(row: Row, expected: Tensor, given: Tensor) -> dict[str, object]:
    place = ", ".join(map(str, row.worst))
    return {
        "tensor": row.wrt,
        "index": f"{row.wrt}[{place}], one of {row.wrong} wrong of {row.entries}",
        "expected": expected[row.worst].item(),
        "got": given[row.worst].item(),
        "bound": f"{row.bound:.3g}",
    }
