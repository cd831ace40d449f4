"""The data of derivations suffice: a judge written from their documentation alone judges every line of them."""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import random

import pytest
from tables import ALL_OPTIONS, CORE, PLAIN_LOSSES
from tree_judge import Judge, chooses, wrong_line

import derivations as dv
from derivations.closed_form.problems import problem
from derivations.data import as_data, closed_form_as_data
from derivations.data.documents import expressions_of
from derivations.data.trees import expression, tree
from derivations.diagnosis.data import as_data as program_as_data

SIZES = ({"N": 3, "D": 2, "C": 2, "T": 2}, {"N": 2, "D": 2, "C": 3, "T": 3})
#: Of a hundred formulas with one number changed, so many are no longer true.
MOST = 0.9


def data_of(name: str) -> dict:
    """The data of a derivation, as JSON gives them back."""
    return json.loads(json.dumps(as_data(CORE[name]())))["derivations"][0]


@pytest.mark.parametrize("name", CORE)
def test_every_line_is_equal_to_the_one_before(name: str) -> None:
    assert wrong_line(data_of(name), SIZES) is None


@pytest.mark.parametrize("name", CORE)
def test_a_line_that_is_off_by_a_factor_is_found(name: str) -> None:
    data = data_of(name)
    line = random.Random(name).randrange(len(data["lines"]))
    mutant = {**data["lines"][line], "tree": ["*", 2, data["lines"][line]["tree"]]}
    assert Judge(data, SIZES[:1]).wrong_line(instead(data, line, mutant), first=line) == line


@pytest.mark.parametrize(
    "name",
    [
        "HingeEmbeddingLoss() outputs",
        "MarginRankingLoss() outputs",
        "MarginRankingLoss() input2",
        "MultiLabelMarginLoss() outputs",
        "PoissonNLLLoss(full) targets",
        "TripletMarginLoss(swap) outputs",
    ],
)
def test_a_step_that_is_worth_something_else_where_it_jumps_is_found(name: str) -> None:
    """Nothing but the value at the corner itself is wrong, in a line that no fact lets choose it."""
    data, tried = data_of(name), 0
    judge = Judge(data, SIZES)
    for line, (before, each) in enumerate(itertools.pairwise(data["lines"]), 1):
        if "'D'" in repr(before["tree"]) or any(chooses(*fact) for fact in each["facts"]):
            continue
        mutant = copy.deepcopy(each)
        steps = [part for _, part in walked(mutant["tree"]) if is_step(part)]
        for step in steps:
            step[3] = 1 if step[3] == 0 else 0
        assert judge.wrong_line(instead(data, line, mutant), first=line) == line
        tried += bool(steps)
    assert tried


def test_a_choice_of_what_a_step_is_worth_is_no_licence_for_anything_else() -> None:
    data = data_of("HingeEmbeddingLoss() outputs")
    line = len(data["lines"]) - 1
    assert any(chooses(*fact) for fact in data["lines"][line]["facts"])
    [step] = [part for _, part in walked(data["lines"][line]["tree"]) if is_step(part)]
    step[2] = ["+", ["/", "1", "1000"], step[2]]
    assert wrong_line(data, SIZES) == line


def is_step(part) -> bool:
    return isinstance(part, list) and part[:2] == ["f", "step"]


def instead(data: dict, line: int, mutant: dict) -> list[dict]:
    """The lines, with another in one's place; the rest are the same objects."""
    return [*data["lines"][:line], mutant, *data["lines"][line + 1 :]]


def test_a_number_that_is_off_by_one_is_found() -> None:
    found = tried = 0
    for name in [each for each in CORE if each.endswith(("outputs", "weight"))]:
        data = data_of(name)
        judge = Judge(data, SIZES)
        for line, path in numbers(data):
            mutant = copy.deepcopy(data["lines"][line])
            *where, last = path
            at = mutant
            for each in ("tree", *where):
                at = at[each]
            at[last] += 1
            tried += 1
            try:
                found += judge.wrong_line(instead(data, line, mutant), first=line) is not None
            except ZeroDivisionError:
                found += 1
    assert tried > 50
    assert found >= MOST * tried


def numbers(data: dict) -> list[tuple[int, tuple[int, ...]]]:
    """One number in the tree of each line that has any: which line, and where; not the sum's first."""
    chosen = []
    for line, each in enumerate(data["lines"]):
        places = [path for path, part in walked(each["tree"]) if isinstance(part, int)]
        chosen += [(line, random.Random(line).choice(places))] if places else []
    return chosen


def walked(part, path=()):
    yield path, part
    if isinstance(part, list) and part[0] != "S":
        for place, each in enumerate(part[1:], 1):
            yield from walked(each, (*path, place))
    elif isinstance(part, list):
        yield from walked(part[1], (*path, 1))


def test_facts_are_among_the_data() -> None:
    derivation = dv.derive(dv.CrossEntropy())
    for step, line in zip(derivation.steps, as_data(derivation)["derivations"][0]["lines"], strict=True):
        facts = [[tree(fact.left), tree(fact.right)] for micro in step.micros for fact in micro.facts]
        assert all(fact in line["facts"] for fact in facts)
    assert facts


@pytest.mark.parametrize("name", CORE)
def test_trees_are_read_back_as_the_expressions_they_were(name: str) -> None:
    for each in expressions_of(CORE[name]()):
        assert expression(json.loads(json.dumps(tree(each)))) == each


def test_lemmas_stand_once_and_are_found_where_they_are_said_to_be() -> None:
    asked = [dv.derive(dv.CrossEntropy(), wrt) for wrt in ("outputs", "weight")]
    data = as_data(*asked)["derivations"]
    assert [each["title"]["en"] for each in data[:2]] == [each.title.en for each in asked]
    for derivation, each in zip(asked, data, strict=False):
        assert [data[place]["title"]["en"] for place in each["lemmas"]] == [one.title.en for one in derivation.lemmas]
    titles = [each["title"]["en"] for each in data]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("loss", PLAIN_LOSSES + ALL_OPTIONS, ids=str)
def test_a_closed_form_says_the_shape_of_all_that_it_takes(loss: dv.Loss) -> None:
    for wrt in loss.wrt:
        data = closed_form_as_data(loss, wrt)
        assert [data["lines"], data["result"]] == program_as_data(problem(loss, wrt))["program"]
        names = {part for _, tree in data["lines"] for _, part in walked(tree) if isinstance(part, str)}
        names |= {part for _, part in walked(data["result"]) if isinstance(part, str)}
        assert names - {name for name, _ in data["lines"]} <= {*data["arguments"], "N", "C", "D"}
        assert json.loads(json.dumps(data)) == data


def test_what_a_lesson_shows_is_small() -> None:
    loss = dv.CrossEntropy()
    text = json.dumps(as_data(*[dv.derive(loss, wrt) for wrt in loss.wrt]), ensure_ascii=False, separators=(",", ":"))
    assert len(gzip.compress(text.encode())) < 8_000


def test_what_is_no_tree_is_refused() -> None:
    with pytest.raises(TypeError, match="not a tree"):
        expression(["f", "sinc", "x"])
