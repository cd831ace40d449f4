"""The table of mistakes names every key that is made anywhere, and no other."""

import ast
import re
from pathlib import Path

import derivations
from derivations.diagnosis import mistake

#: What makes a mistake, and which of its arguments is the key.
MAKERS = {"Mistake.of": 0, "_says": 2}
#: Keys that are made of a word.
OF_WORDS = {
    "f'only in {name}'": ("only in rows", "only in columns"),
    "f'{function} missing'": ("softmax missing", "sigmoid missing"),
}
#: Keys that come from elsewhere: from JSON, and from what the caller says.
ELSEWHERE = {"key"}


def listed():
    lines = [line for line in mistake.__doc__.splitlines() if re.match(r"[a-z][^:]*?(\s{2,}|$)", line)]
    return {key for line in lines for key in re.split(r"\s{2,}", line)[0].split(" / ")} - {"key"}


def made():
    for path in Path(derivations.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (maker := ast.unparse(node.func)) in MAKERS:
                key = node.args[MAKERS[maker]]
                if isinstance(key, ast.Constant):
                    yield key.value
                elif (text := ast.unparse(key)) not in ELSEWHERE:
                    yield from OF_WORDS[text]


def test_the_table_names_every_key_that_is_made():
    assert listed() == {*made()}
