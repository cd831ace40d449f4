"""Charts, heat maps and contour maps show the data they are given, in both languages, with all words inside."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from derivations.figures import Curve, Figure, Mark, Path, chart, contour_map, heat_map, text_width
from derivations.figures.contours import contour
from derivations.figures.scales import LinearScale, LogScale

SVG = "{http://www.w3.org/2000/svg}"
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
NAN, INF = math.nan, math.inf
WORDS: dict[str, Any] = {"title": ("标题", "Title"), "alt": ("图上有什么。", "What the picture shows.")}
AXES: dict[str, Any] = WORDS | {"x_label": ("步数", "step"), "y_label": ("损失", "loss")}
LONG = {"title": ("一个很长很长的标题" * 5, "a title that is very long and has to be broken into lines " * 2)}
STEPS = range(50)


def bowl(w: float, b: float) -> float:
    return (w - 1) ** 2 + 2 * (b - 2) ** 2


def bowl_map(paths: Any = (), marks: Any = (), **more: Any) -> Figure:
    x, y = [i / 10 for i in range(-10, 31)], [i / 10 for i in range(41)]
    return contour_map(x, y, [[bowl(w, b) for w in x] for b in y], paths=paths, marks=marks, **(AXES | more))


FIGURES = {
    "one curve": chart(Curve(STEPS, [0.9**i for i in STEPS]), **AXES),
    "five curves": chart(
        *(Curve(STEPS, [i + 7 * k for i in STEPS], (f"曲线{k}" * 3, f"curve number {k}")) for k in range(5)),
        **AXES | LONG,
    ),
    "styles": chart(
        Curve(STEPS, [0.5**i for i in STEPS], ("线", "line")),
        Curve(
            STEPS,
            [1e3 * 0.7**i for i in STEPS],
            ("虚线，" * 30, "a label longer than the drawing " * 4),
            style="dashed",
        ),
        Curve([0, 49], [2, 3e12], ("点", "points"), style="points"),
        **AXES,
        y_scale="log",
    ),
    "both logarithmic": chart(
        Curve([2.0**i for i in STEPS], [3.0**-i for i in STEPS]), **AXES, x_scale="log", y_scale="log"
    ),
    "half a decade": chart(Curve([1, 2], [2, 7]), **AXES, y_scale="log"),
    "a narrow decade": chart(Curve([1, 2], [3.1, 3.2]), **AXES, y_scale="log"),
    "constant": chart(Curve(STEPS, [1e-7] * 50), **AXES),
    "one point": chart(Curve([0], [0]), **AXES),
    "huge": chart(Curve(STEPS, [3e18 * i for i in STEPS]), **AXES),
    "far from zero": chart(Curve([1e6, 1e6 + 3], [1e5 + 0.001, 1e5 + 0.002]), **AXES),
    "heat map": heat_map(
        [[0.25, -0.5], [NAN, -INF]], rows=["p₁", "p₂"], columns=[("左", "left"), ("右", "right")], **WORDS
    ),
    "wide heat map": heat_map(
        [[i - j for j in range(20)] for i in range(3)],
        rows=[("很长的名字" * 4, "a rather long name")] * 3,
        columns=[str(i) for i in range(20)],
        row_label=("概率", "probability"),
        column_label=("打分", "logit"),
        **WORDS | LONG,
    ),
    "zeros": heat_map([[0.0, -0.0]], rows=["r"], columns=["a", "b"], **WORDS),
    "contours": bowl_map(),
    "paths": bowl_map(
        [Path([(-1, 0), (0, 1), (1, 2)], ("一", "one")), Path([(3, 4), (NAN, 0), (9, 9)], ("二", "two"))],
        [Mark((1, 2), ("最小值", "minimum")), Mark((-1, 0), ("起点", "start")), Mark((3, 4))],
    ),
    "saddle": contour_map([-1, 0, 1], [-1, 0, 1], [[1, 0, -1], [0, 0, 0], [-1, 0, 1]], **AXES),
}


@pytest.fixture(params=FIGURES)
def figure(request: pytest.FixtureRequest) -> Figure:
    return FIGURES[request.param]


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def parsed(figure: Figure, lang: str = "en") -> ET.Element:
    return ET.fromstring(figure.svg(lang))


def texts(svg: ET.Element) -> list[ET.Element]:
    return list(svg.iter(f"{SVG}text"))


def group(svg: ET.Element, **attributes: str) -> ET.Element:
    (name, value), *_ = attributes.items()
    return next(each for each in svg.iter(f"{SVG}g") if each.get(name.replace("_", "-")) == value)


def box(text: ET.Element) -> tuple[float, float, float, float]:
    """left, top, right and bottom of a text."""
    size, x, y = (float(text.attrib[key]) for key in ("font-size", "x", "y"))
    width = text_width(text.text or "", size)
    left = x - {"start": 0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
    return left, y - 0.8 * size, left + width, y + 0.2 * size


def frame(svg: ET.Element) -> tuple[float, float, float, float]:
    rect = next(each for each in svg.iter(f"{SVG}rect") if each.get("data-part") == "frame")
    x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def lines(parent: ET.Element) -> list[list[tuple[float, float]]]:
    """Every polyline in a group, as points."""
    found = [path.attrib["d"] for path in parent.iter(f"{SVG}path") if "data-marker" not in path.attrib]
    return [[(float(p.split()[0]), float(p.split()[1])) for p in d[1:].split("L")] for d in found]


def markers(parent: ET.Element) -> list[tuple[float, float]]:
    moved = [path.attrib["transform"] for path in parent.iter(f"{SVG}path") if "data-marker" in path.attrib]
    return [(float(x), float(y)) for x, y in (re.findall(r"[-\d.]+", each) for each in moved)]


def value(label: str) -> float:
    """The number that a tick's label says."""
    plain = label.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-"))
    mantissa, times, power = plain.rpartition("×10")
    if times:
        return float(mantissa) * 10.0 ** int(power)
    return 10.0 ** int(plain[2:]) if set(label) & set("⁻⁰¹²³⁴⁵⁶⁷⁸⁹") else float(plain)


# What every figure has.


def test_words_are_in_the_language_of_the_page(figure: Figure) -> None:
    assert not CHINESE.search(figure.html("en") + figure.alt("en"))
    words = [text.text or "" for text in texts(parsed(figure, "zh"))] + [figure.alt("zh")]
    assert not any(re.search("[a-z]{3}", each) for each in words)
    assert any(CHINESE.search(each) for each in words)


def test_title_and_description_are_what_a_screen_reader_says(figure: Figure, lang: str) -> None:
    svg = parsed(figure, lang)
    assert svg.attrib["role"] == "img"
    assert svg[0].tag == f"{SVG}title"
    assert svg[0].text
    assert svg[1].tag == f"{SVG}desc"
    assert svg[1].text == figure.alt(lang) == WORDS["alt"][lang == "en"]


def test_all_text_is_inside_the_drawing(figure: Figure, lang: str) -> None:
    svg = parsed(figure, lang)
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    for text in texts(svg):
        left, top, right, bottom = box(text)
        assert 0 <= left < right <= width, text.text
        assert 0 <= top < bottom <= height, text.text


def test_no_text_overlaps_another(figure: Figure, lang: str) -> None:
    for a, b in combinations([*map(box, texts(parsed(figure, lang)))], 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_text_is_readable_on_a_phone(figure: Figure, lang: str) -> None:
    """In a column of 328 px, text is at least 10 px high; a drawing that is too wide for that scrolls."""
    svg = parsed(figure, lang)
    style = dict(part.split(":") for part in svg.attrib["style"].split(";"))
    width = float(svg.attrib["viewBox"].split()[2])
    scale = max(328, float(style["min-width"].removesuffix("px"))) / width
    assert min(float(text.attrib["font-size"]) for text in texts(svg)) * scale >= 10


def test_colours_follow_the_page_and_fall_back(figure: Figure) -> None:
    for element in parsed(figure).iter():
        for paint in (element.get("fill", "none"), element.get("stroke", "none")):
            assert paint == "none" or re.fullmatch(r"var\(--gl-[a-z]+, (currentColor|none|#[0-9a-f]+)\)", paint)


def test_the_same_figure_may_stand_on_a_page_twice(figure: Figure) -> None:
    for element in parsed(figure).iter():
        assert not {"id", "clip-path", "aria-labelledby", "marker-end"} & element.attrib.keys()


def test_nothing_varies() -> None:
    assert bowl_map([Path([(0, 0), (1, 1)])], [Mark((1, 2), ("甲", "a"))]) == bowl_map(
        [Path([(0, 0), (1, 1)])], [Mark((1, 2), ("甲", "a"))]
    )


# Axes.


def with_axes() -> list[str]:
    return [name for name in FIGURES if "heat" not in name and name != "zeros"]


@pytest.mark.parametrize("name", with_axes())
@pytest.mark.parametrize("axis", ["x", "y"])
def test_ticks_lie_in_the_frame_in_order_of_their_numbers(name: str, axis: str, lang: str) -> None:
    svg = parsed(FIGURES[name], lang)
    left, top, right, bottom = frame(svg)
    ticks = group(svg, data_axis=axis)
    labels = [text.text or "" for text in texts(ticks)]
    assert 2 <= len(labels) <= 7
    assert len(set(labels)) == len(labels)
    numbers = [value(label) for label in labels]
    assert numbers == sorted(numbers)
    starts = [tuple(map(float, re.findall(r"[-\d.]+", path.attrib["d"])[:2])) for path in ticks.iter(f"{SVG}path")]
    assert all(left <= x <= right and top <= y <= bottom for x, y in starts)
    places = [float(text.attrib[axis]) for text in texts(ticks)]
    assert places == sorted(places, reverse=axis == "y")


@pytest.mark.parametrize("most", range(2, 9))
@pytest.mark.parametrize("ends", [(0, 1), (-3, 17), (1e-9, 3e-9), (-2e22, 5), (99.5, 100.5), (0.3, 0.31)])
def test_linear_ticks_are_one_two_or_five_times_a_power_of_ten_apart(ends: tuple[float, float], most: int) -> None:
    scale = LinearScale.around(ends)
    ticks = scale.ticks(most)
    assert len(ticks) <= most
    assert all(0 <= scale.part(tick.value) <= 1 for tick in ticks)
    for a, b in pairwise(ticks):
        assert f"{b.value - a.value:.6e}"[0] in "125" or f"{b.value - a.value:.0e}"[0] in "125"
    assert all(math.isclose(value(tick.label), tick.value, rel_tol=1e-9, abs_tol=1e-30) for tick in ticks)


def test_logarithmic_ticks_are_powers_of_ten() -> None:
    labels = [tick.label for tick in LogScale.around([1e-12, 1e3]).ticks(6) if tick.label]
    assert labels == ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰", "10³"]
    assert [tick.label for tick in LogScale.around([0.02, 300]).ticks(6) if tick.label] == ["0.1", "1", "10", "100"]
    minor = [round(tick.value, 6) for tick in LogScale.around([0.5, 30]).ticks(6) if not tick.label]
    assert minor == [0.5, 2, 5, 20]


def test_equal_steps_on_a_logarithmic_axis_are_equal_factors() -> None:
    (run,) = lines(
        group(parsed(chart(Curve(range(9), [10.0**i for i in range(9)]), **AXES, y_scale="log")), data_curve="0")
    )
    steps = [a[1] - b[1] for a, b in pairwise(run)]
    assert max(steps) - min(steps) <= 0.21  # rounding to one decimal


# Charts.


def test_points_lie_in_the_frame_where_their_numbers_are() -> None:
    x, y = [0.0, 1.0, 3.0, 10.0], [2.0, -1.0, 5.0, 4.0]
    svg = parsed(chart(Curve(x, y), **AXES))
    left, top, right, bottom = frame(svg)
    (run,) = lines(group(svg, data_curve="0"))
    assert all(left < px < right and top < py < bottom for px, py in run)
    for data, places in ((x, [px for px, _ in run]), (y, [py for _, py in run])):
        scale = (places[-1] - places[0]) / (data[-1] - data[0])
        assert all(abs(places[0] + scale * (v - data[0]) - p) <= 0.2 for v, p in zip(data, places, strict=True))
    assert run[0][0] < run[-1][0]
    assert run[1][1] > run[0][1]  # a smaller number is further down


def test_a_value_that_is_not_finite_breaks_the_line() -> None:
    values = [1, 2, NAN, 3, 4, INF, 5, -INF, 6, 7]
    drawn = group(parsed(chart(Curve(range(10), values), **AXES)), data_curve="0")
    assert [len(run) for run in lines(drawn)] == [2, 2, 2]
    assert len(markers(drawn)) == 1  # a lonely point is seen


def test_points_are_markers_and_dashes_are_dashed() -> None:
    svg = parsed(FIGURES["styles"])
    line, dashed, points = (group(svg, data_curve=str(i)) for i in range(3))
    assert (len(lines(line)), len(markers(line))) == (1, 0)
    assert "stroke-dasharray" not in line[0].attrib
    assert "stroke-dasharray" in dashed[0].attrib
    assert (len(lines(points)), len(markers(points))) == (0, 2)


def test_points_are_drawn_over_lines() -> None:
    svg = parsed(chart(Curve([0, 1], [0, 1], style="points"), Curve([0, 1], [0, 1]), **AXES))
    assert [each.attrib["data-curve"] for each in svg.iter(f"{SVG}g") if "data-curve" in each.attrib] == ["1", "0"]


def test_lines_of_one_style_are_told_apart_without_colour() -> None:
    svg = parsed(FIGURES["five curves"])
    shapes = set()
    for place in range(5):
        drawn = group(svg, data_curve=str(place))
        assert 3 <= len(markers(drawn)) <= 10
        shapes |= {path.attrib["d"] for path in drawn if "data-marker" in path.attrib}
    assert len(shapes) == 5


def test_the_legend_shows_what_each_curve_looks_like(lang: str) -> None:
    svg = parsed(FIGURES["five curves"], lang)
    legend = group(svg, data_part="legend")
    assert [text.text for text in texts(legend)] == [
        (f"曲线{k}" * 3, f"curve number {k}")[lang == "en"] for k in range(5)
    ]
    looks = [(path.get("stroke"), path.get("d")) for path in legend.iter(f"{SVG}path") if "data-marker" in path.attrib]
    assert len(set(looks)) == 5
    bottom = max(box(text)[3] for text in texts(legend))
    assert bottom < frame(svg)[1]  # above the data, so never over it


def test_sequences_may_be_tensors() -> None:
    torch = pytest.importorskip("torch")
    steps = torch.arange(4)
    assert chart(Curve(steps, steps**2), **AXES) == chart(Curve([0, 1, 2, 3], [0, 1, 4, 9]), **AXES)


# Heat maps.


def cells(svg: ET.Element) -> dict[tuple[int, ...], ET.Element]:
    groups = [each for each in svg.iter(f"{SVG}g") if "data-cell" in each.attrib]
    return {tuple(map(int, each.attrib["data-cell"].split("-"))): each for each in groups}


def test_every_entry_has_its_number_and_place() -> None:
    matrix = [[0.126, -0.5, 1], [-0.001, 2, -3]]
    svg = parsed(heat_map(matrix, rows=["a", "b"], columns=["x", "y", "z"], digits=2, **WORDS))
    shown = {at: texts(cell)[0].text for at, cell in cells(svg).items()}
    assert shown == {(0, 0): "0.13", (0, 1): "−0.50", (0, 2): "1.00", (1, 0): "0.00", (1, 1): "2.00", (1, 2): "−3.00"}
    left = {at: float(cell[0].attrib["x"]) for at, cell in cells(svg).items()}
    top = {at: float(cell[0].attrib["y"]) for at, cell in cells(svg).items()}
    assert left[0, 0] < left[0, 1] < left[0, 2]
    assert top[0, 0] == top[0, 2] < top[1, 0]
    names = {text.text: box(text) for text in texts(svg)}
    assert left[0, 1] < names["y"][0] < names["y"][2] < left[0, 2]
    assert top[1, 0] < names["b"][1] < names["b"][3] < top[1, 0] + 32


def test_colour_tells_the_sign_and_its_strength_the_size() -> None:
    found = cells(parsed(heat_map([[1.0, 0.5, 0.0, -0.5, -1.0]], rows=["r"], columns=list("abcde"), **WORDS)))
    fills = [found[0, place][1].attrib["fill"] for place in range(5)]
    strengths = [float(found[0, place][1].attrib["fill-opacity"]) for place in range(5)]
    assert fills[0] == fills[1] != fills[3] == fills[4]
    assert strengths[0] == strengths[4] == 2 * strengths[1] == 2 * strengths[3] > strengths[2] == 0


@pytest.mark.parametrize(
    "scheme", [("#ffffff", "#1d1c19", "#0b6e4f", "#5b3a8e"), ("#1b1e1a", "#e9e6de", "#63d2a4", "#c3a6f0")]
)
def test_numbers_can_be_read_on_the_strongest_colour(scheme: tuple[str, ...]) -> None:
    """Contrast of at least 4.5 in light and in dark; the colours are those of properties.css."""
    card, ink, *colours = ([int(hexa[i : i + 2], 16) for i in (1, 3, 5)] for hexa in scheme)
    found = cells(parsed(FIGURES["heat map"]))
    opacity = max(float(rect.get("fill-opacity", 0)) for cell in found.values() for rect in cell.iter(f"{SVG}rect"))
    for colour in colours:
        mixed = [opacity * a + (1 - opacity) * b for a, b in zip(colour, card, strict=True)]
        light, dark = sorted((luminance(mixed), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: list[float]) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_entries_that_are_not_finite_are_shown_as_such() -> None:
    found = cells(parsed(FIGURES["heat map"]))
    dashed = {at: any("stroke-dasharray" in rect.attrib for rect in cell) for at, cell in found.items()}
    assert dashed == {(0, 0): False, (0, 1): False, (1, 0): True, (1, 1): True}
    assert texts(found[1, 0])[0].text == "NaN"
    assert texts(found[1, 1])[0].text == "−∞"


# Contour maps.


@pytest.mark.parametrize("level", [0.5, 1.0, 2.0, 7.3])
def test_a_contour_runs_where_the_function_has_that_value(level: float) -> None:
    x, y = [i / 20 for i in range(-20, 61)], [i / 20 for i in range(81)]
    found = contour(x, y, [[bowl(w, b) for w in x] for b in y], level)
    assert found
    for line in found:
        assert all(abs(bowl(*point) - level) < 0.02 for point in line)
        assert all(math.dist(a, b) < 0.11 for a, b in pairwise(line))
        at_rim = [point for point in (line[0], line[-1]) if point[0] in (x[0], x[-1]) or point[1] in (y[0], y[-1])]
        assert line[0] == line[-1] or len(at_rim) == 2


def test_a_closed_contour_goes_all_the_way_round() -> None:
    x = y = [i / 10 for i in range(-20, 21)]
    (line,) = contour(x, y, [[w * w + b * b for w in x] for b in y], 1)
    assert line[0] == line[-1]
    assert math.isclose(sum(math.dist(a, b) for a, b in pairwise(line)), 2 * math.pi, rel_tol=0.01)


@pytest.mark.parametrize(("middle", "joined"), [(0.1, True), (-0.1, False)])
def test_at_a_saddle_the_middle_decides(middle: float, joined: bool) -> None:
    """Corners on the diagonal are above: are they joined?"""
    values = [[1 + middle, -1 + middle], [-1 + middle, 1 + middle]]
    found = contour([0, 1], [0, 1], values, 0)
    assert len(found) == 2
    around_high = any(all(p[0] + p[1] < 1 for p in line) for line in found)
    assert around_high != joined


def test_cells_with_a_value_that_is_not_finite_are_left_out() -> None:
    x = y = [0, 1, 2, 3]
    values = [[float(w) for w in x] for _ in y]
    values[1][1] = NAN
    (line,) = contour(x, y, values, 1.5)
    assert [point[1] for point in line] == [2, 3]


def test_levels_are_round_and_each_drawn_contour_says_its_own() -> None:
    svg = parsed(bowl_map())
    levels = sorted(
        {float(path.attrib["data-level"]) for path in svg.iter(f"{SVG}path") if "data-level" in path.attrib}
    )
    assert levels == [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    labels = [
        text for text in texts(svg) if text not in texts(group(svg, data_axis="x")) + texts(group(svg, data_axis="y"))
    ]
    numbers = {float(t.text or ""): box(t) for t in labels if re.fullmatch(r"[\d.]+", t.text or "")}
    assert len(numbers) >= 4
    for level, (left, top, right, bottom) in numbers.items():
        paths = [path for path in svg.iter(f"{SVG}path") if float(path.get("data-level", NAN)) == level]
        drawn = [[tuple(map(float, p.split())) for p in path.attrib["d"][1:].split("L")] for path in paths]
        assert any(left < px < right and top < py < bottom for line in drawn for px, py in line)


def test_paths_and_marks_lie_where_their_points_are() -> None:
    svg = parsed(FIGURES["paths"])
    left, top, right, bottom = frame(svg)
    first, second = group(svg, data_path="0"), group(svg, data_path="1")
    ((a, b, c),) = lines(first)
    assert a == (left, bottom)
    assert c == (pytest.approx(left + (right - left) / 2, abs=0.1), pytest.approx(top + (bottom - top) / 2, abs=0.1))
    assert b == (pytest.approx((a[0] + c[0]) / 2, abs=0.2), pytest.approx((a[1] + c[1]) / 2, abs=0.2))
    assert lines(second) == []  # two lonely points: a break between them
    inside = next(each for each in svg.iter(f"{SVG}svg") if each is not svg)
    clip = [float(number) for number in inside.attrib["viewBox"].split()]
    assert clip == pytest.approx([left, top, right - left, bottom - top])
    assert first in list(inside)
    assert second in list(inside)


def test_labels_cover_no_path() -> None:
    svg = parsed(FIGURES["paths"])
    words = [box(text) for text in texts(svg) if text.text in ("minimum", "start")]
    assert len(words) == 2
    (run,) = lines(group(svg, data_path="0"))
    for (x, y), (to_x, to_y) in pairwise(run):
        for step in range(101):
            px, py = x + (to_x - x) * step / 100, y + (to_y - y) * step / 100
            assert not any(left < px < right and top < py < bottom for left, top, right, bottom in words)


@pytest.mark.parametrize(("height", "equal"), [(1.0, True), (0.6, True), (0.1, False), (30.0, False)])
def test_one_unit_is_as_long_upwards_as_sideways_where_that_fits(height: float, equal: bool) -> None:
    values = [[0, 1], [2, 3]]
    left, top, right, bottom = frame(parsed(contour_map([0, 1], [0, height], values, **AXES)))
    assert math.isclose((bottom - top) / (right - left), height, rel_tol=0.01) == equal
    assert 0.45 < (bottom - top) / (right - left) < 1.15


# Wrong input is told what is wrong with it.

GRID = [[1.0, 2.0], [3.0, 4.0]]
WRONG = {
    "lengths of a curve": (lambda: Curve([1, 2, 3], [1, 2]), "3 values of x and 2 of y"),
    "an empty curve": (lambda: Curve([], []), "0 values of x and 0 of y"),
    "a style": (
        lambda: Curve([1], [1], style="dotted"),
        "style='dotted' is not known. Accepted: 'line', 'dashed', 'points'",
    ),
    "a label in one language": (lambda: Curve([1], [1], ("线",)), "is not a pair of words"),  # type: ignore[arg-type]
    "a plain title": (
        lambda: chart(Curve([1], [1]), **AXES | {"title": "损失"}),
        "title='损失' is not a pair of words",
    ),
    "an empty word": (lambda: chart(Curve([1], [1]), **AXES | {"alt": ("甲", " ")}), "neither empty"),
    "no curve": (lambda: chart(**AXES), "1 to 5 curves; 0 were given"),
    "six curves": (lambda: chart(*[Curve([1], [1])] * 6, **AXES), "1 to 5 curves; 6 were given"),
    "a zero on a log axis": (lambda: chart(Curve([0, 1], [1, 0]), **AXES, y_scale="log"), "curve 1 has y = 0"),
    "a negative x on a log axis": (lambda: chart(Curve([-2], [1]), **AXES, x_scale="log"), "curve 1 has x = -2"),
    "a scale": (lambda: chart(Curve([1], [1]), **AXES, x_scale="cubic"), "Accepted: 'linear', 'log'"),
    "nothing finite": (lambda: chart(Curve([1, NAN], [NAN, 1]), **AXES), "no point that is finite"),
    "names of rows": (
        lambda: heat_map(GRID, rows=["a"], columns=["x", "y"], **WORDS),
        "2 rows of 2 values, with 1 names",
    ),
    "a ragged matrix": (lambda: heat_map([[1], [1, 2]], rows=["a", "b"], columns=["x"], **WORDS), "of 1 and 2 values"),
    "a name in one language": (lambda: heat_map([[1]], rows=[("a", "")], columns=["x"], **WORDS), "rows=.* not a pair"),
    "a large matrix": (
        lambda: heat_map([[0] * 21] * 20, rows=["r"] * 20, columns=["c"] * 21, **WORDS),
        "at most 400 entries; this matrix has 420",
    ),
    "an x that decreases": (lambda: contour_map([1, 0], [0, 1], GRID, **AXES), "x does not increase"),
    "a grid of another shape": (
        lambda: contour_map([0, 1, 2], [0, 1], GRID, **AXES),
        "3 x and 2 y, with 2 rows of 2 values",
    ),
    "a flat surface": (lambda: contour_map([0, 1], [0, 1], [[1, 1], [1, 1]], **AXES), "no contour to draw"),
    "a point in space": (lambda: Path([(1, 2, 3)]), "has 3 numbers. Give two"),  # type: ignore[list-item]
    "an empty path": (lambda: Path([]), "Path has no points"),
    "six paths": (lambda: bowl_map([Path([(0, 0)])] * 6), "at most 5 paths; 6 were given"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_input_is_refused_in_a_sentence(wrong: str) -> None:
    make, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("given", [3, ["a"], [[1.0]], None])
def test_what_is_no_sequence_of_numbers_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="Curve x is not a sequence of numbers"):
        Curve(given, [1])
