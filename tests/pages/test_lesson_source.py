"""Reading a percent file: cells, pairs, expressions, and the lines that errors name."""

import jupytext
import pytest
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from small_sites import ROOT, code, prose

from derivations.pages.execute import formatted
from derivations.pages.lesson import Code, Prose, read_lesson
from derivations.pages.lesson_page import text_of
from derivations.pages.percent import read_percent

HEADER = "# ---\n# title: {zh: 首页, en: Home}\n# hide: [toc]\n# ---\n\n"


def test_cells_and_their_lines():
    lesson = read_lesson(HEADER + prose("中文", "English") + code("x = 1", "x", tags='["hide-input"]'), "a.py")
    passage, cell = lesson.cells
    assert lesson.meta == {"title": {"zh": "首页", "en": "Home"}, "hide": ["toc"]}
    assert passage == Prose({"zh": "中文", "en": "English"}, {"zh": 6, "en": 9})
    assert cell == Code("x = 1\nx", 12, ("hide-input",))


def test_the_header_is_optional_and_empty_cells_are_left_out():
    assert read_lesson("# %%\n\n# %%\nx = 1\n\n# %%\n", "a.py").cells == (Code("x = 1", 3),)


def test_either_language_may_come_first():
    source = '# %% [markdown] lang="en"\n# one\n\n# %% [markdown] lang="zh"\n# 一\n'
    assert read_lesson(source, "a.py").cells[0].text == {"en": "one", "zh": "一"}


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.py")), ids=lambda path: path.stem)
def test_jupytext_reads_the_same_cells(path):
    """A lesson opens in any editor that knows the format; here its lines are known, and what is wrong with them."""
    text = path.read_text(encoding="utf-8")
    header, cells = read_percent(text, path.name)
    theirs = [cell for cell in jupytext.reads(text, fmt="py:percent").cells if cell.source.strip()]
    assert [cell.cell_type for cell in theirs].count("raw") == bool(header)
    assert [(cell.source, cell.markdown, cell.options, cell.tags) for cell in cells] == [
        (
            cell.source,
            cell.cell_type == "markdown",
            {name: value for name, value in cell.metadata.items() if name in ("lang", "twin")},
            tuple(cell.metadata.get("tags", ())),
        )
        for cell in theirs[bool(header) :]
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('# %% [markdown] lang="zh"\n# 一\n\n# %%\nx = 1\n', 'a.py:1: this lang="zh" cell'),
        ('# %%\nx = 1\n\n# %% [markdown] lang="en"\n# one\n', 'a.py:4: this lang="en" cell'),
        (prose("一") + '# %% [markdown] lang="zh"\n# 二\n\n# %% [markdown] lang="zh"\n# 三\n', "a.py:7: "),
        ("# %% [markdown]\n# one\n", "a.py:1: a markdown cell must say lang"),
        ('# %% [markdown] lang="fr"\n# un\n', "a.py:1: a markdown cell must say lang"),
        ('# %%\ns = """\n# %% not a cell\n"""\n', "a.py:3: `# %% not a cell` is no marker of a cell"),
        ("# %%\nif True:\n    # %%\n    x = 1\n", "a.py:3: `# %%` is no marker of a cell"),
        ("# %%% deeper\nx = 1\n", "a.py:1: `# %%% deeper` is no marker of a cell"),
        ("# %% [raw]\n# x\n", "a.py:1: `# %% [raw]` is no marker of a cell"),
        ('# %% tags="hide-input"\nx = 1\n', 'a.py:1: `# %% tags="hide-input"` is no marker of a cell'),
        ("# %% tags=[hide-input]\nx = 1\n", "a.py:1: tags are written like"),
        ("# ---\n# title: {zh\n# ---\n# %%\nx\n", "a.py:2: the header is not YAML"),
        ("# ---\n# - zh\n# ---\n# %%\nx\n", "a.py:1: the header must hold `key: value` lines"),
        ("# ---\n# date: 2020-01-01\n# ---\n# %%\nx\n", "a.py:1: the header may hold texts"),
        ("# ---\n# a: &a [*a]\n# ---\n# %%\nx\n", "a.py:1: the header may hold texts"),
        ("# ---\n# 5: a\n# b: c\n# ---\n# %%\nx\n", "a.py:1: the header may hold texts"),
        ("# ---\n# description: [a]\n# ---\n# %%\nx\n", "a.py:1: `description` in the header must be a text"),
        ("# ---\n# title: {zh: 题}\n# ---\n# %%\nx\n", "a.py:1: `title` in the header must be a text"),
        ("# ---\n# title:\n# ---\n# %%\nx\n", "a.py:1: `title` in the header must be a text"),
        ("# ---\n# hide: toc\n# ---\n# %%\nx\n", "a.py:1: `hide` in the header must be a list"),
        ("# %% tags=[1]\nx = 1\n", "a.py:1: tags are written like"),
        ("# ---\n# title: x\n\n# %%\nx\n", "a.py:1: the header that begins here does not end"),
        ("# ---\n# a: b\n# ---\n\n# ---\n# a: b\n# ---\n# %%\nx\n", "a.py:5: this line stands in no cell"),
        ("# A comment.\n# %%\nx = 1\n", "a.py:1: this line stands in no cell"),
        ("\nx = 1\n", "a.py:2: this line stands in no cell"),
        (prose("一") + '# %% [markdown] lang="zh"\n# 二\nx = 1\n', "a.py:9: every line of a markdown cell begins"),
        ("# %%\nx = '\0'\n", "a.py:2: the character U+0000"),
        ("# %%\n\nx = '\u2028'\n", "a.py:3: the character U+2028"),
        *((empty, "a.py:1: this lesson is empty") for empty in ("", "\n \n", HEADER, HEADER + "# %%\n\n#\n\n# %%\n")),
        *((prose(f"一\n二 {empty}", "one"), "a.py:3: this `{{` is empty") for empty in ("{{}}", "{{ }} {{ x }}")),
        (prose("一 {{ x", "one"), "a.py:2: this `{{` is not closed"),
        (prose("一", "one\n\ntwo {{ x\n\nthree {{ y }}"), "a.py:7: this `{{` is not closed"),
        (prose("一", "one {{ x\n\ntwo }}"), "a.py:5: this `{{` is not closed"),
        (prose("一", "one {{ x {{ y }}"), "a.py:5: this `{{` is not closed"),
    ],
)
def test_a_broken_source_is_refused_with_its_place(source, message):
    with pytest.raises(PluginError) as caught:
        read_lesson(source, "a.py")
    assert message in str(caught.value)


def test_a_source_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.py").write_bytes("# %%\nx = 1  # 梯度\n".encode("gb18030"))
    with pytest.raises(PluginError, match=r"^a.py:2: this is not UTF-8"):
        text_of(File("a.py", str(tmp_path), str(tmp_path), use_directory_urls=True))


def test_what_a_file_may_have_in_other_ways():
    source = (
        HEADER + code("x = 1") + prose(r"一 }} \{{ {{ f(", "one {{ a +\nb }}") + code("# %time x", "# !ls", "# % 5")
    )
    same = read_lesson(source.replace("f(", "x }}"), "a.py")
    assert read_lesson("\ufeff" + source.replace("f(", "x }}").replace("\n", "\r\n"), "a.py") == same
    assert same.cells[1].expressions() == {"x": 10, "a +\nb": 13}
    assert same.cells[2].source == "%time x\n!ls\n# % 5"


def test_expressions_and_values():
    passage = Prose({"zh": "值\n是 {{ a }}、\\{{ b }}", "en": "{{ a }} and {{ c:.2f }}"}, {"zh": 10, "en": 20})
    assert passage.expressions() == {"a": 12, "c:.2f": 21}
    values = {"a": "1", "c:.2f": "2.00"}
    assert passage.filled("zh", values) == "值\n是 1、{{ b }}"
    assert passage.filled("en", values) == "1 and 2.00"


@pytest.mark.parametrize(
    ("text", "value"),
    [("x", "1.5"), ("x:.3f", "1.500"), ("row[1:2]", "[8]"), ('d["a:b"]:>4', "   7"), ("n:,", "1,234")],
)
def test_a_format_is_what_follows_the_last_colon_of_no_expression(text, value):
    names = {"x": 1.5, "row": [7, 8, 9], "d": {"a:b": 7}, "n": 1234}
    assert eval(formatted(text), names) == value


def test_only_what_runs_is_a_step():
    lesson = read_lesson(prose("一") + code("x = 1") + prose("{{ x }}"), "a.py")
    assert list(lesson.steps()) == [lesson.cells[1], lesson.cells[2]]
