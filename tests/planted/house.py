"""Mistakes in how the house is built: imports that go in circles or upwards, and looks that nobody finds."""

from . import mistakes_in

HOUSE, LOOKS, VENDOR = "tests/test_architecture.py", "tests/display/test_looks.py", "tests/test_vendor.py"
CIRCLE, UPWARDS = "test_no_circle_of_imports", "test_no_arrow_upwards"
FUTURE = "from __future__ import annotations\n"

MISTAKES = (
    *mistakes_in(
        "derivations/derivation.py",
        HOUSE,
        (
            "house: a derivation imports its display when it is asked for",
            "    @cached_property\n    def as_lemma(self)",
            "    def html(self):\n        from .display.derivation import derivation_html\n\n"
            "        return derivation_html(self, 'en')\n\n    @cached_property\n    def as_lemma(self)",
            CIRCLE,
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/compiled.py",
        HOUSE,
        (
            "house: a circle for types alone",
            "#: The numbers of indices and sizes, by name.\n",
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .evaluator import Evaluator\n",
            CIRCLE,
        ),
    ),
    *mistakes_in(
        "derivations/verdict.py",
        HOUSE,
        (
            "house: the lowest floor imports the highest by its name",
            FUTURE,
            f"{FUTURE}\nfrom importlib import import_module\n\n\ndef f():\n    import_module('derivations.ledger')\n",
            UPWARDS,
        ),
    ),
    *mistakes_in(
        "CONTRIBUTING.md",
        HOUSE,
        (
            "house: the map forgets a room",
            "  checking          dv.check: a formula as text against a criterion\n",
            "",
            "test_the_map_names_every_module_and_room",
        ),
        (
            "house: the map names what is not there",
            "  checking          dv.check",
            "  checker           dv.check",
            "test_the_map_names_nothing_that_is_not_there",
        ),
        (
            "house: the order forgets a room",
            "operations, curvature ← ",
            "operations ← ",
            "test_the_order_has_every_room_once",
        ),
    ),
    *mistakes_in(
        "tests/import_graph.py",
        HOUSE,
        (
            "house: an import within a function is not seen",
            "nodes = list(ast.walk(tree))",
            "nodes = list(ast.iter_child_nodes(tree))",
            "test_an_import_is_seen_however_it_is_written",
        ),
        (
            "house: an import by name is not seen",
            "elif by_name and isinstance(node, ast.Constant)",
            "elif False and isinstance(node, ast.Constant)",
            "test_an_import_is_seen_however_it_is_written",
        ),
        (
            "house: a package that is run on the way is not seen",
            "for each in (target, *packages):",
            "for each in (target,):",
            "test_an_import_is_seen_however_it_is_written",
        ),
    ),
    *mistakes_in(
        "derivations/looks.py",
        LOOKS,
        (
            "looks: no display is imported when something is shown",
            "            import_module(MODULES[each.__name__])",
            "            pass",
            "test_a_display_is_imported_when_something_is_shown",
        ),
        (
            "looks: a base's look is not taken",
            "for each in kind.__mro__:",
            "for each in kind.__mro__[:1]:",
            "test_a_class_is_shown_as_its_base_is_unless_it_has_a_look_of_its_own",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/steps/left.py",
        VENDOR,
        (
            "vendor: a private name of torch is read elsewhere",
            "{name: vendor.version(each) for",
            "{name: each._version for",
            "test_no_other_module_uses_a_private_name_of_another_library",
        ),
    ),
    *mistakes_in(
        "derivations/pages/vendor.py",
        VENDOR,
        (
            "vendor: a server that builds is not waited for",
            "lambda: server._visible_epoch == server._wanted_epoch",
            "lambda: True",
            "test_a_server_is_waited_for_until_it_has_built",
        ),
        (
            "vendor: a title that is given is not taken",
            "    page._title_from_render = title\n",
            "    page._title = title\n",
            "test_a_title_is_what_mkdocs_found_and_may_be_given",
        ),
    ),
)
