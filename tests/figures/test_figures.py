"""A drawn graph shows every node and edge, in both languages, with its words inside its boxes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
import torch
from torch import Tensor, nn

from derivations import audit
from derivations.display.tensors import tensor_text
from derivations.figures import Figure, draw_graph, text_width
from derivations.torch_bridge.auditing.account import Account
from derivations.torch_bridge.graph.record import Graph, record

SVG = "{http://www.w3.org/2000/svg}"
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
INPUTS, CLASSES = torch.ones(3, 4), torch.tensor([0, 1, 0])


def linear_mse() -> Graph:
    model = nn.Linear(4, 2)
    return record(nn.MSELoss()(model(INPUTS), torch.zeros(3, 2)), model)


def smoothed_cross_entropy() -> Graph:
    model = nn.Linear(4, 2)
    return record(nn.CrossEntropyLoss(label_smoothing=0.1)(model(INPUTS), CLASSES), model)


def used_twice() -> Graph:
    w = torch.ones(2, requires_grad=True)
    return record((w * w).sum() + w.exp().sum(), {"w": w})


def recurrent() -> Graph:
    """Three turns through the same two leaves, past one another."""
    layer, h = nn.Linear(4, 4), INPUTS
    for _ in range(3):
        h = h + torch.tanh(layer(h))
    return record(h.sum(), layer)


def unknown() -> Graph:
    w = torch.ones(2, requires_grad=True)
    return record(torch.special.erfcx(w).sum(), {"w": w})


def weighted_bce() -> Graph:
    weight = torch.ones(2)
    criterion = nn.BCEWithLogitsLoss(weight=weight, pos_weight=weight)
    return record(criterion(nn.Linear(4, 2)(INPUTS), torch.ones(3, 2)))


def not_scalar() -> Graph:
    return record(nn.Linear(4, 2, bias=False)(INPUTS))


def no_graph() -> Graph:
    return record(nn.Linear(4, 2)(INPUTS).detach().sum())


GRAPHS = {
    make.__name__: make()
    for make in (
        linear_mse,
        smoothed_cross_entropy,
        used_twice,
        recurrent,
        unknown,
        weighted_bce,
        not_scalar,
        no_graph,
    )
}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> Graph:
    return GRAPHS[request.param]


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def parsed(figure: Figure, lang: str) -> ET.Element:
    return ET.fromstring(figure.svg(lang))


def boxes(svg: ET.Element) -> dict[int, tuple[float, float, float, float]]:
    """left, top, right, bottom of every node's box."""
    found = {}
    for group in svg.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        found[int(group.attrib["data-node"])] = (x, y, x + width, y + height)
    return found


def edges(svg: ET.Element) -> dict[tuple[int, ...], str]:
    return {
        tuple(map(int, path.attrib["data-edge"].split("-"))): path.attrib["d"]
        for path in svg.iter(f"{SVG}path")
        if "data-edge" in path.attrib
    }


def points(d: str) -> list[tuple[float, float]]:
    """Points along a path of M, V and C."""
    found: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([MVC])([^MVC]*)", d):
        n = [float(number) for number in numbers.split()]
        if command == "M":
            found.append((n[0], n[1]))
        elif command == "V":
            found.append((found[-1][0], n[0]))
        else:
            (x0, y0), t = found[-1], [i / 20 for i in range(1, 21)]
            xs = [(1 - s) ** 3 * x0 + 3 * s * (1 - s) ** 2 * n[0] + 3 * s**2 * (1 - s) * n[2] + s**3 * n[4] for s in t]
            ys = [(1 - s) ** 3 * y0 + 3 * s * (1 - s) ** 2 * n[1] + 3 * s**2 * (1 - s) * n[3] + s**3 * n[5] for s in t]
            found += zip(xs, ys, strict=True)
    return found


def test_every_node_and_edge_is_drawn_once_in_both_languages(graph: Graph, lang: str) -> None:
    svg = parsed(draw_graph(graph), lang)
    assert list(boxes(svg)) == [node.id for node in graph.nodes]
    assert sorted(edges(svg)) == sorted((edge.start, edge.end, edge.slot) for edge in graph.edges)
    names = {node.id: node.variable or node.name for node in graph.nodes}
    for group in svg.iter(f"{SVG}g"):
        assert any(names[int(group.attrib["data-node"])] in (text.text or "") for text in group.iter(f"{SVG}text"))


def test_words_are_in_the_language_of_the_page(graph: Graph) -> None:
    figure = draw_graph(graph)
    assert not CHINESE.search(figure.html("en") + figure.alt("en"))
    shown = ["".join(text.text or "" for text in parsed(figure, "zh").iter(f"{SVG}text"))]
    for words in [*shown, figure.alt("zh")]:
        assert CHINESE.search(words)


def test_formulas_and_torch_names_are_the_same_in_both_languages(graph: Graph) -> None:
    figure = draw_graph(graph)
    for lang in ("zh", "en"):
        shown = "".join(text.text or "" for text in parsed(figure, lang).iter(f"{SVG}text")).replace(" ", "")
        for node in graph.nodes:
            assert (node.formula or "").replace(" ", "") in shown
            assert node.name in shown or node.kind == "loss"


def test_no_text_is_wider_than_its_box(graph: Graph, lang: str) -> None:
    svg = parsed(draw_graph(graph), lang)
    for group in svg.iter(f"{SVG}g"):
        left, top, right, bottom = boxes(svg)[int(group.attrib["data-node"])]
        for text in group.iter(f"{SVG}text"):
            size, mono = float(text.attrib["font-size"]), "font-family" in text.attrib
            assert text_width(text.text or "", size, mono) <= right - left - 16
            assert top + 0.7 * size < float(text.attrib["y"]) < bottom - 0.2 * size


def test_boxes_lie_apart_inside_the_drawing(graph: Graph, lang: str) -> None:
    svg = parsed(draw_graph(graph), lang)
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    placed = boxes(svg).values()
    for left, top, right, bottom in placed:
        assert 0 < left < right < width
        assert 0 < top < bottom < height
    for a, b in combinations(placed, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_edges_lead_down_from_box_to_box_and_through_none(graph: Graph, lang: str) -> None:
    svg = parsed(draw_graph(graph), lang)
    placed = boxes(svg)
    for (start, end, _), d in edges(svg).items():
        path = points(d)
        assert path[0][1] == placed[start][3]
        assert placed[end][1] - 30 < path[-1][1] < placed[end][1]
        assert placed[end][0] < path[-1][0] < placed[end][2]
        assert all(upper[1] <= lower[1] for upper, lower in pairwise(path))
        for left, top, right, bottom in placed.values():
            assert not any(left < x < right and top < y < bottom for x, y in path)


def test_gradients_that_meet_are_added_where_they_meet(graph: Graph) -> None:
    svg = parsed(draw_graph(graph), "en")
    arriving = Counter(edge.end for edge in graph.edges)
    for group in svg.iter(f"{SVG}g"):
        meets = arriving[int(group.attrib["data-node"])] > 1
        assert (group.find(f"{SVG}circle") is not None) == meets


def test_kinds_look_different(graph: Graph) -> None:
    kinds = {node.id: node.kind for node in graph.nodes}
    for group in parsed(draw_graph(graph), "en").iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        kind = kinds[int(group.attrib["data-node"])]
        assert ("stroke-dasharray" in rect.attrib) == (kind == "unknown")
        assert ("--gl-accent" in rect.attrib["stroke"]) == (kind == "leaf")


def test_colours_follow_the_page_and_fall_back(graph: Graph, lang: str) -> None:
    for element in parsed(draw_graph(graph), lang).iter():
        for paint in (element.get("fill", "none"), element.get("stroke", "none")):
            assert paint == "none" or re.fullmatch(r"var\(--gl-[a-z]+, (currentColor|none|#[0-9a-f]+)\)", paint)


def test_title_and_description_are_what_a_screen_reader_says(graph: Graph, lang: str) -> None:
    figure = draw_graph(graph)
    svg = parsed(figure, lang)
    assert svg.attrib["role"] == "img"
    assert svg[0].tag == f"{SVG}title"
    assert svg[0].text
    assert svg[1].tag == f"{SVG}desc"
    assert svg[1].text == figure.alt(lang)


def test_the_same_figure_may_stand_on_a_page_twice(graph: Graph, lang: str) -> None:
    """No element has an id, and nothing is referred to by one."""
    figure = draw_graph(graph)
    page = ET.fromstring(f"<main>{figure.html(lang)}{figure.html(lang)}</main>")
    ids = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert "url(#" not in figure.html(lang)
    for element in page.iter():
        assert not {"id", "aria-labelledby", "aria-describedby", "marker-end"} & element.attrib.keys()


def test_every_edge_ends_in_an_arrow_head(graph: Graph, lang: str) -> None:
    paths = list(parsed(draw_graph(graph), lang).iter(f"{SVG}path"))
    edges = [place for place, path in enumerate(paths) if "data-edge" in path.attrib]
    assert len(edges) == len(graph.edges)
    for place in edges:
        end = paths[place].attrib["d"].split()[-2:]
        tip = paths[place + 1].attrib["d"].removeprefix("M").split("L")[0].split()
        assert tip == end


def many_heads(count: int) -> Graph:
    heads = nn.ModuleList(nn.Linear(4, 2) for _ in range(count))
    losses = [nn.MSELoss()(head(INPUTS), torch.zeros(3, 2)) for head in heads]
    return record(torch.stack(losses).sum(), heads)


@pytest.mark.parametrize("graph", [*GRAPHS.values(), many_heads(2), many_heads(8)], ids=[*GRAPHS, "2 heads", "8 heads"])
def test_a_wide_drawing_keeps_its_text_readable(graph: Graph, lang: str) -> None:
    """Scaled as far down as it goes, text of 12 px is at least 9.6 px high; a drawing that fits a phone may shrink."""
    style = dict(part.split(":") for part in parsed(draw_graph(graph), lang).attrib["style"].split(";"))
    least, natural = (float(style[key].removesuffix("px")) for key in ("min-width", "max-width"))
    assert 0.8 * natural <= least <= natural if natural > 420 else least == 0


def test_nothing_varies() -> None:
    assert draw_graph(linear_mse()) == draw_graph(linear_mse())


def test_the_walk_names_every_edge_once(graph: Graph) -> None:
    text = draw_graph(graph).alt("en")
    chains = re.sub(r"^.*walks: |\. At .*$|\.$", "", text).split("; ")
    steps = [step for chain in chains for step in pairwise(chain.split(" ← "))]
    assert len(steps) == len(graph.edges)
    assert max(Counter(steps).values(), default=0) <= 2  # twice only where one node hands on to another twice


def test_the_walk_reads_from_the_loss_to_the_leaves() -> None:
    figure = draw_graph(linear_mse())
    walk = "loss ← MseLossBackward0 ← AddmmBackward0 ← bias (2,){}AddmmBackward0 ← TBackward0 ← weight (2, 4)"
    assert figure.alt("en") == f"From the loss, backward() walks: {walk.format('; ')}."
    assert figure.alt("zh") == f"从 loss 出发，backward() 依次走过：{walk.format('；')}。"
    assert str(figure) == figure.alt("en")


def test_without_a_graph_the_figure_says_that_backward_would_raise() -> None:
    figure = draw_graph(no_graph())
    assert "no graph was recorded: backward() would raise" in figure.svg("en")
    assert "没有记录计算图：backward() 会报错" in figure.svg("zh")
    assert "figcaption" not in figure.html("en")


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (torch.ones((), requires_grad=True), "backward() starts with G = 1"),
        (torch.ones(1, requires_grad=True), "backward() starts with G = 1"),
        (torch.ones(2, requires_grad=True), "write backward(gradient=…)"),
    ],
    ids=["scalar", "one element", "two elements"],
)
def test_the_loss_says_how_backward_starts(loss: Tensor, words: str) -> None:
    assert words in draw_graph(record(loss)).svg("en")


def test_a_graph_too_large_to_read_is_refused() -> None:
    loss = torch.ones((), requires_grad=True)
    for _ in range(200):
        loss = loss.exp()
    with pytest.raises(ValueError, match="at most 150 nodes; this graph has 202"):
        draw_graph(record(loss))


def test_names_are_escaped() -> None:
    w = torch.ones((), requires_grad=True)
    figure = draw_graph(record(w, {"<b>&": w}))
    assert "<b>" not in figure.html("en")
    assert "<b>& ()" in [text.text for text in parsed(figure, "en").iter(f"{SVG}text")]


def test_the_display_bundle_holds_both_languages() -> None:
    figure = draw_graph(linear_mse())
    data, metadata = figure._repr_mimebundle_()
    for lang in ("zh", "en"):
        bundle = metadata["derivations"][lang]
        assert bundle == {"text/html": figure.html(lang), "text/plain": figure.alt(lang)}
        assert ET.fromstring(bundle["text/html"]).attrib == {"class": "gl-figure", "style": "overflow-x:auto"}
    assert data in metadata["derivations"].values()


def test_drawing_needs_no_torch() -> None:
    code = "import sys, derivations.figures; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def audited() -> Account:
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    inputs, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0], [3.0], [4.0]])
    return audit(lambda: nn.MSELoss()(model(inputs), targets), model)


def said(figure: Figure, lang: str) -> dict[str, list[str]]:
    """The lines of each box, by its first."""
    groups = [[text.text or "" for text in group.iter(f"{SVG}text")] for group in parsed(figure, lang).iter(f"{SVG}g")]
    return {lines[0]: lines for lines in groups}


def test_an_account_is_drawn_with_the_numbers_of_the_step(audited: Account, lang: str) -> None:
    """A reader can follow the gradient of the weight from the loss back to the data."""
    lines = said(draw_graph(audited), lang)
    nodes = {node.variable or node.name: node.numbers for node in audited.graphs[0].nodes}
    shown = {name: numbers and numbers.arrived and tensor_text(numbers.arrived) for name, numbers in nodes.items()}
    assert lines["weight (1, 1)"].count(f"G = {shown['weight']}") == 1
    for start, end in (("✓ TBackward0", "weight"), ("✓ AddmmBackward0", "TBackward0"), ("✓ AddmmBackward0", "bias")):
        assert f"= {shown[end]}" in lines[start]
    assert "A = [[1], [2], [3]]" in lines["✓ AddmmBackward0"]
    assert "B = [[2], [3], [4]]" in lines["✓ MseLossBackward0"]
    assert f"= {shown['AddmmBackward0']}" in lines["✓ MseLossBackward0"]


def test_the_numbers_of_a_drawing_are_in_its_text_too(audited: Account, lang: str) -> None:
    alternative = draw_graph(audited).alt(lang)
    for node in audited.graphs[0].nodes:
        assert node.numbers is not None
        assert tensor_text(node.numbers.value) in alternative
    assert "−11.257437" in alternative


def test_numbers_fit_their_boxes(audited: Account, lang: str) -> None:
    for group in (svg := parsed(draw_graph(audited), lang)).iter(f"{SVG}g"):
        left, _, right, _ = boxes(svg)[int(group.attrib["data-node"])]
        for text in group.iter(f"{SVG}text"):
            width = text_width(text.text or "", float(text.attrib["font-size"]), "font-family" in text.attrib)
            assert width <= right - left - 16


def test_one_graph_at_a_time_is_drawn(audited: Account) -> None:
    two = Account(graphs=audited.graphs * 2)
    with pytest.raises(ValueError, match=r"this account has 2, one of each backward\(\)"):
        draw_graph(two)
    assert draw_graph(two.graphs[0]) == draw_graph(audited)
