"""A picture of a loss shows its values and slopes as they are, and marks every corner with what torch chooses there."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from sympy import Abs, Integer, Max, Rational, log

import derivations as dv
from derivations.figures import loss_curves
from derivations.figures.loss_samples import sections
from derivations.figures.samples import NEAR
from derivations.index_calculus.expressions import Condition
from derivations.index_calculus.symbols import Z
from derivations.losses.entries import ElementwiseLoss
from derivations.losses.registry import registered

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {kind.torch_name: kind for kind in registered()}


@dataclass(frozen=True, kw_only=True)
class Insensitive(ElementwiseLoss):
    """A loss that the package has never seen: errors up to ½ cost nothing. The last term has no corner: it is 0."""

    torch_name = "InsensitiveLoss"

    def of_entry(self, z, y, at):
        return Max(Abs(z - y) - Rational(1, 2), Integer(0)) + y * Abs(z - 2)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


#: By hand: the loss and the slope of each curve.
CURVES = {
    dv.MSE(): [(lambda z: z**2, lambda z: 2 * z)],
    dv.BCEWithLogits(): [
        (lambda z: math.log(1 + math.exp(-z)), lambda z: sigmoid(z) - 1),
        (lambda z: math.log(1 + math.exp(z)), sigmoid),
    ],
    dv.CrossEntropy(): [
        (lambda z: math.log(math.exp(z) + 2) - z, lambda z: math.exp(z) / (math.exp(z) + 2) - 1),
    ],
    dv.NLL(): [(lambda q: -q, lambda q: -1)],
    Insensitive(): [(lambda z: max(abs(z) - 0.5, 0), lambda z: (abs(z) > 0.5) * math.copysign(1, z))],
}


@pytest.mark.parametrize("loss", CURVES, ids=str)
def test_curves_are_those_of_the_formula(loss):
    drawn = sections(loss)
    assert len(drawn) == len(CURVES[loss])
    for section, (value, slope) in zip(drawn, CURVES[loss], strict=True):
        assert len(section.points) > 50
        for z, height, steepness in section.points:
            assert height == pytest.approx(value(float(z)), abs=1e-9)
            assert steepness == pytest.approx(slope(float(z)), abs=1e-9)


def test_a_row_is_read_with_its_other_entries_at_0_and_divides_as_none_does():
    (section,) = sections(dv.CrossEntropy())
    at_0 = next(point for point in section.points if point[0] == 0)
    assert at_0[1:] == pytest.approx((math.log(3), -2 / 3))


def test_corners_are_found_exactly_and_only_where_there_are_any():
    (section,) = sections(Insensitive())
    left, right = section.corners
    assert (left.z, right.z) == (-0.5, 0.5)
    assert (left.before, left.slope, left.after) == (-1, 0, 0)  # max(·, 0) has the slope 0 at its corner
    assert (right.before, right.slope, right.after) == (0, 0, 1)
    for smooth in (dv.MSE(), dv.BCEWithLogits(), dv.CrossEntropy()):
        assert [section.corners for section in sections(smooth)] == [()] * len(sections(smooth))


def test_a_curve_is_broken_at_its_corners():
    (section,) = sections(Insensitive())
    runs = list(section.pieces())
    assert [run[0][2] for run in runs] == [-1, 0, 1]
    assert [run[-1][0] for run in runs[:-1]] == [float(Fraction(z) - NEAR) for z in (-0.5, 0.5)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_slopes_are_those_of_the_values(kind):
    """Of every criterion there is, from any that is added later on: difference quotients, but for corners."""
    for section in sections(kind()):
        for run in section.pieces():
            middle = [point for point in zip(run, run[1:], run[2:], strict=False) if point[2][0] - point[0][0] > 0.01]
            assert len(middle) > 5
            for (a, low, left), (_, _, slope), (b, high, right) in middle:
                near = max(abs(left - slope), abs(right - slope)) + 1e-9
                assert (high - low) / (b - a) == pytest.approx(slope, abs=near)


@pytest.mark.parametrize("small", [False, True])
def test_dots_stand_at_the_corners(small):
    """The filled dot at the slope that is taken; a hollow one where a piece ends elsewhere."""
    drawing = ET.fromstring(loss_curves(Insensitive(), small).svg("en"))
    dots = [each for each in drawing.iter(f"{SVG}circle") if each.get("data-part") == "corner"]
    assert len(dots) == 6
    frame = [tuple(float(each.get(name)) for name in ("cx", "cy")) for each in dots]
    assert len({x for x, _ in frame}) == 2
    lowest, between, highest = sorted({y for _, y in frame}, reverse=True)
    assert between == pytest.approx((lowest + highest) / 2, abs=0.11)  # the slopes −1, 0 and 1
    filled = [y for (_, y), dot in zip(frame, dots, strict=True) if "card" not in dot.get("fill")]
    assert filled == [between, between]


@pytest.mark.parametrize("small", [False, True])
def test_pictures_are_labelled_in_both_languages_and_say_what_is_seen(small):
    figure = loss_curves(Insensitive(), small)
    said = {
        "zh": ("斜率从 −1 跳到 0", "torch 取 0", "z = −0.5"),
        "en": ("leaps from −1 to 0", "torch takes 0", "z = −0.5"),
    }
    for lang, parts in said.items():
        drawing = ET.fromstring(figure.svg(lang))
        assert drawing.get("lang") == lang
        assert drawing.find(f"{SVG}desc").text == figure.alt(lang)
        assert all(part in figure.alt(lang) for part in parts)
        assert not re.search(r"[\u4e00-\u9fff]", figure.svg("en"))
    words = " ".join(text.text or "" for text in ET.fromstring(figure.svg("en")).iter(f"{SVG}text"))
    assert ("slope" in words) == (not small)


def test_two_answers_are_two_colours():
    figure = loss_curves(dv.BCEWithLogits())
    lines = ET.fromstring(figure.svg("zh")).iter(f"{SVG}path")
    assert len({line.get("stroke") for line in lines if line.get("stroke-width") == "2"}) == 2
    assert "y = 1" in figure.alt("zh")
    assert "y = 0" in figure.alt("zh")


@dataclass(frozen=True, kw_only=True)
class Far(ElementwiseLoss):
    """A loss of outputs beyond 5."""

    torch_name = "FarLoss"

    def of_entry(self, z, y, at):
        return log(z - 5) + y

    @property
    def context(self):
        return super().context.under(Condition(Z[self.entry], ">", Integer(5)))


def test_a_loss_without_values_where_it_is_drawn_is_refused():
    with pytest.raises(ValueError, match="has no value at any of the outputs from -3 to 3 that are tried"):
        loss_curves(Far())
