"""The house is built as CONTRIBUTING.md says: no circle of imports, no arrow upwards, every room on the map, no module
too long. Imports inside functions, for types alone, and by name are imports like any other."""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest
from import_graph import import_graph, modules

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "derivations"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
LONGEST, USUAL = 300, 150


def order(text):
    """The floors of the house, the lowest first; rooms on one floor do not import each other."""
    return [re.findall(r"\w+", floor) for floor in text.split("←")]


ORDER = order(next(block for block in FENCED if "←" in block))


def room(module):
    """The first part of a name within the package; the package itself is a room of its own."""
    return module.split(".")[1] if "." in module else module


def circle(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return found.args[1]


def upwards(graph, floors):
    """Each import of a room that does not stand on a lower floor, as a line for a reader."""
    floor = {name: height for height, names in enumerate(floors) for name in names}
    return [
        f"{one}:{line} imports {other}"
        for one, arrows in graph.items()
        for other, line in arrows.items()
        if room(one) != room(other) and not floor[room(other)] < floor[room(one)]
    ]


@pytest.fixture(scope="module")
def graph():
    return import_graph(PACKAGE)


def test_no_circle_of_imports(graph):
    assert circle(graph) is None


def test_no_arrow_upwards(graph):
    assert upwards(graph, ORDER) == []


def test_the_order_has_every_room_once():
    rooms = {room(module) for module in modules(PACKAGE)}
    assert sorted(name for names in ORDER for name in names) == sorted(rooms)


SYMPY = {"sympy", "mpmath"}  # which it rests on
#: What rooms need beside Python: they run in a browser, too.
NEEDS = {"diagnosis": set(), "index_calculus": SYMPY, "losses": SYMPY, "closed_form": SYMPY, "data": SYMPY}


def others(path):
    """The packages of other people that a module imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(("name", "needed"), NEEDS.items(), ids=NEEDS)
def test_a_room_needs_no_more_than_it_says(graph, name, needed):
    """Nor does anything that it imports."""
    paths, waiting = modules(PACKAGE), [module for module in graph if room(module) == name]
    reached = set()
    while waiting:
        if (module := waiting.pop()) not in reached:
            reached.add(module)
            waiting += graph[module]
    found = {other: module for module in reached for other in others(paths[module])}
    assert {other: module for other, module in found.items() if other not in sys.stdlib_module_names | needed} == {}


DOOR = {"house.high.door", "house.high"}
#: What a module may write to import another, and the modules that it then imports.
WRITTEN = {
    "from .high import door": DOOR,
    "from .high.door import handle": DOOR,
    "from .high import __doc__": {"house.high"},
    "import house.high.door": DOOR,
    "def f():\n    from .high import door": DOOR,
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .high import door": DOOR,
    "from importlib import import_module\nimport_module('.high.door', __package__)": DOOR,
    "import importlib\nT = {'a': 'house.high'}\ndef f(a):\n    importlib.import_module(T[a])": {"house.high"},
    "from . import VERSION": {"house"},
    "import json\nfrom os import path\nfrom .low_words import WORD": set(),
    "'.high.door'": set(),
}


@pytest.fixture
def house(tmp_path):
    """A package of two rooms, in which low.py is to be written."""
    (tmp_path / "house/high").mkdir(parents=True)
    for name, text in {
        "__init__": "VERSION = 1",
        "high/__init__": "",
        "high/door": "from .. import VERSION, low",
    }.items():
        (tmp_path / f"house/{name}.py").write_text(text, encoding="utf-8")
    return tmp_path / "house"


@pytest.mark.parametrize(("text", "imported"), WRITTEN.items(), ids=WRITTEN)
def test_an_import_is_seen_however_it_is_written(house, text, imported):
    (house / "low.py").write_text(text, encoding="utf-8")
    graph = import_graph(house)
    assert graph["house.low"].keys() == imported
    assert bool(circle(graph)) == ("house.high.door" in imported)
    assert len(upwards(graph, [["low"], ["high"], ["house"]])) == len(imported) + 1  # high/door imports the package


def test_a_package_that_imports_all_it_has_is_seen(house):
    text = "from importlib import import_module\nfor name in ['door']:\n    import_module(f'{__name__}.{name}')"
    (house / "high/__init__.py").write_text(text, encoding="utf-8")
    (house / "low.py").write_text("", encoding="utf-8")
    assert import_graph(house)["house.high"].keys() == {"house.high.door"}


# The map --------------------------------------------------------------------------------------------------------------


def mapped(text):
    """The places in the tree ("torch_bridge/batch/") that a map names.

    Each line is `names  what they are`, with commas between several. A room ends in a slash, and what is in it stands
    below it, farther to the right.
    """
    named, above = [], []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        names = line.strip().partition("  ")[0].split(", ")
        above = [(at, room) for at, room in above if at < indent]
        inside = "".join(room for _, room in above)
        named += [inside + name for name in names]
        above += [(indent, name) for name in names if name.endswith("/")]
    return named


def missing(named, tree):
    """What is in the tree and not on the map. A room of which the map names nothing inside stands for all it has."""
    parted = {place.rpartition("/")[0] for place in (each.removesuffix("/") for each in named)}
    return sorted(tree - {each.removesuffix("/") for each in named} - {each for each in tree if not _in(each, parted)})


def _in(place, rooms):
    return place.rpartition("/")[0] in rooms


def tree():
    """Every module and room of the package but its own `__init__`, by its place in it."""
    return {each.removeprefix("derivations.").replace(".", "/") for each in modules(PACKAGE)} - {"derivations"}


def on_the_map():
    block = next(block for block in FENCED if block.startswith("derivations/"))
    inside = [place.removeprefix("derivations/") for place in mapped(block) if place.startswith("derivations/")]
    return [place for place in inside if place]


def test_the_map_names_every_module_and_room():
    assert missing(on_the_map(), tree()) == []


def test_the_map_names_nothing_that_is_not_there():
    there = [PACKAGE / place if place.endswith("/") else PACKAGE / f"{place}.py" for place in on_the_map()]
    assert [str(path) for path in there if not path.exists()] == []


MAP = """house/
  high/  a room
    door, key  and so on
  low/  a room of which the map names nothing inside
"""


@pytest.mark.parametrize(
    ("tree", "unnamed"),
    [
        ({"house/high/door", "house/low/mat", "house/low"}, []),
        ({"house/high/lock", "house/high/door"}, ["house/high/lock"]),
        ({"house/attic", "house/attic/box"}, ["house/attic"]),
    ],
)
def test_what_the_map_does_not_name_is_found(tree, unnamed):
    assert mapped(MAP) == ["house/", "house/high/", "house/high/door", "house/high/key", "house/low/"]
    assert missing(mapped(MAP), tree) == unnamed


# Sizes ----------------------------------------------------------------------------------------------------------------


def lengths():
    return {name: path.read_text(encoding="utf-8").count("\n") for name, path in modules(PACKAGE).items()}


def test_a_module_reads_in_one_to_three_screens():
    assert {name: lines for name, lines in lengths().items() if lines > LONGEST} == {}
    assert median(lengths().values()) <= USUAL
