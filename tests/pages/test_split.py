"""From one run of a lesson to a notebook and a page's pieces in each language."""

import nbformat
import pytest
from mkdocs.exceptions import PluginError
from small_sites import code, prose

from derivations.display.bundle import CERTIFICATE_MIME
from derivations.pages.languages import EN, LANGUAGES, ZH, counterpart, language_of, localise
from derivations.pages.lesson import read_lesson
from derivations.pages.notebook import notebook_for
from derivations.pages.render import BORDER, dressed, markdown_of

LESSON = read_lesson(
    prose("# 题", "# Title") + code("x", tags='["hide-input"]') + prose("是 {{ x }}", "It is {{ x }}"), "a.py"
)
SHOWN = {
    "output_type": "execute_result",
    "execution_count": 17,
    "data": {"text/html": "word", "text/plain": "plain", CERTIFICATE_MIME: {"verdict": "agrees", "message": ""}},
    "metadata": {"derivations": {"zh": {"text/html": "字"}, "en": {"text/html": "word"}}},
}
RUN = [{"outputs": [SHOWN]}, {"values": {"x": "7"}}]


@pytest.mark.parametrize(
    ("language", "title", "word", "sentence"), [(ZH, "# 题", "字", "是 7"), (EN, "# Title", "word", "It is 7")]
)
def test_a_notebook_has_one_language(language, title, word, sentence):
    notebook = notebook_for(LESSON, RUN, language, None)
    nbformat.validate(notebook)
    how, heading, cell, said = notebook.cells
    assert 'pip install -e ".[torch]"' in how.source
    assert (heading.source, said.source) == (title, sentence)
    (output,) = cell.outputs
    assert output.data == {"text/html": word, "text/plain": "plain"}
    assert output.metadata == {}
    assert (output.execution_count, cell.execution_count) == (1, 1)


def test_splitting_changes_nothing_and_is_the_same_every_time():
    texts = [nbformat.writes(notebook_for(LESSON, RUN, language, None)) for language in (*LANGUAGES, *LANGUAGES)]
    assert texts[:2] == texts[2:]
    assert "derivations" in SHOWN["metadata"]
    assert CERTIFICATE_MIME in SHOWN["data"]


def test_a_page_is_the_document_cut_at_its_cells():
    notebook = notebook_for(LESSON, RUN, ZH, None)
    assert markdown_of(notebook).count(BORDER) == 3
    page = dressed(notebook, f"<h1>题</h1>{BORDER}<pre>x</pre>{BORDER}<p>是 7</p>{BORDER}<footer>")
    assert [cell.metadata.html for cell in page.cells] == ["<h1>题</h1>", "", "<p>是 7</p>"]
    assert page.metadata.html == "<footer>"
    assert all("html" not in cell.metadata for cell in notebook.cells)


def test_a_cell_that_swallows_the_next_is_noticed():
    with pytest.raises(PluginError, match="3 cells were rendered as 1"):
        dressed(notebook_for(LESSON, RUN, ZH, None), f"<pre>```{BORDER}")


def test_code_is_fenced_whatever_it_holds():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(""), nbformat.v4.new_code_cell('"""\n```\n"""')]
    )
    assert markdown_of(notebook).startswith('````python\n"""\n```\n"""\n````\n')


def test_languages():
    assert [language_of(uri) for uri in ("index.py", "lessons/en/a.py", "en/index.py")] == [ZH, ZH, EN]
    assert counterpart("lessons/a/", EN) == "en/lessons/a/"
    assert counterpart("en/", ZH) == ""
    assert localise([{"zh": "深", "en": "dark"}, {"a": {"zh": 1, "en": 2}, "zh": 3}], EN) == ["dark", {"a": 2, "zh": 3}]


def test_the_first_cell_installs_from_the_repository_that_is_named():
    first = notebook_for(LESSON, RUN, EN, "https://example.org/ledger").cells[0].source
    assert 'pip install "gradient-ledger[torch] @ git+https://example.org/ledger"' in first
    assert 'pip install -e ".[torch]"  # in a clone' in notebook_for(LESSON, RUN, EN, None).cells[0].source
