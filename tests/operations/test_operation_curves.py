"""The picture of a function of one entry: its curve, its slope, and the dots at its corners are those of torch."""

from xml.etree import ElementTree as ET

import pytest
import torch
from operation_cases import POINTWISE

from derivations.figures import operation_curve
from derivations.figures.operation_curves import OfOneEntry
from derivations.operations import Absolute, Add, AddNumber, Clamp, Copy, Dropout, Elu, Exp, Hardshrink, Relu, Sign
from derivations.pages.operations import Entry, module_of

#: A call of torch for each operation whose picture is a curve.
DRAWN = {
    case.operation: case
    for case in reversed(POINTWISE)
    if module_of(type(case.operation)) in ("pointwise", "hyperbolic", "activations", "cornered")
}
CORNERS = {
    Relu(): [0],
    Absolute(): [0],
    Elu(): [0],
    Sign(): [0],
    Clamp(): [-1, 1],
    Hardshrink(): [-0.5, 0.5],
    Exp(): [],
}


@pytest.mark.parametrize("operation", DRAWN, ids=str)
def test_values_slopes_and_corners_are_those_of_torch(operation):
    curve = OfOneEntry(operation)
    case = DRAWN[operation]
    numbers = {letter: float(curve.held[letter]) for letter in case.numbers}
    dots = [(corner.z, corner.value, corner.slope) for corner in curve.corners]
    drawn = torch.tensor([*map(list, [*curve.points, *dots])], dtype=torch.float64)
    at = drawn[:, 0].clone().requires_grad_()
    value = case.call(at, **numbers)
    (slope,) = torch.autograd.grad(value.sum(), at)
    torch.testing.assert_close(torch.stack([value.detach(), slope], 1), drawn[:, 1:], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("operation", CORNERS, ids=str)
def test_corners_are_where_pieces_meet(operation):
    corners = OfOneEntry(operation).corners
    assert [corner.z for corner in corners] == CORNERS[operation]
    figure = operation_curve(operation)
    circles = ET.fromstring(figure.svg("en")).findall(".//*[@data-part='corner']")
    assert len(circles) == sum(3 if corner.jumps else 1 for corner in corners)


@pytest.mark.parametrize("operation", [Copy(), AddNumber(), Dropout(), Add()], ids=str)
def test_straight_lines_and_what_takes_other_arrays_have_no_picture(operation):
    assert Entry(operation).picture is None
