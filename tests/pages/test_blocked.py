"""What the policy of a page would block is refused where it is written."""

from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs.exceptions import PluginError
from nbformat import from_dict
from small_sites import ROOT, code, prose

from derivations.pages.blocked import check, check_cells
from derivations.pages.languages import EN, ZH
from derivations.pages.lesson import read_lesson
from derivations.pages.policy import PLACE, with_policy

REFUSED = {
    "<script>alert(1)</script>": "a <script>",
    "<SCRIPT\n>alert(1)</SCRIPT>": "a <script>",
    '<script src="assets/site.js"></script>': "a <script>",
    '<script type="module">1</script>': "a <script>",
    '<script type="text/javascript" type="application/json">1</script>': "a <script>",
    '<script type="application/json">{}</script><script>1</script>': "a <script>",
    '<script type="application/json">"<script>"</script>': "a <script>",
    "<p>never closed <script>alert(1)": "a <script>",
    "<svg><script>alert(1)</script></svg>": "a <script>",
    '<script type="application/json">{}': "a <script> without an end",
    "<!--><script>alert(1)</script>-->": "a <script>",
    "<p></body></html><script>alert(1)</script>": "a <script>",
    '<p onclick="go()">': '<p onclick="go()">',
    "<svg><path ONLOAD=go()></svg>": '<path onload="go()">',
    '<a href="javascript:go()">': '<a href="javascript:go()">',
    '<a href=" java&#10;Script:go()">': "<a href=",
    '<svg><a xlink:href="javascript:go()"></a></svg>': "<a xlink:href=",
    '<form action="https://example.org"></form>': "<form action=",
    '<button formaction="//example.org">': "<button formaction=",
    '<iframe src="notation/"></iframe>': "<iframe>",
    "<iframe srcdoc='<p>'></iframe>": "<iframe>",
    "<object data='a.svg'></object>": "<object>",
    "<embed src=a.svg>": "<embed>",
    "<video src=a.mp4></video>": "<video>",
    "<audio src=a.mp3></audio>": "<audio>",
    "<base href=/>": "<base>",
    "<meta http-equiv=refresh content=0>": "<meta http-equiv>",
    '<img src="https://example.org/a.png">': '<img src="https://example.org/a.png">',
    '<IMG SRC="//example.org/a.png">': '<img src="//example.org/a.png">',
    "<img src='\\\\example.org/a.png'>": "<img src=",
    '<img srcset="a.png 1x,http://example.org/a.png 2x">': "<img srcset=",
    "<td background=http://example.org/a.png>": "<td background=",
    '<link rel="stylesheet" href="https://example.org/a.css">': "<link href=",
    '<svg><image xlink:href="https://example.org/a.png"/></svg>': "<image xlink:href=",
    "<p style=\"background: url( 'https://example.org/a.png')\">": "<p style=",
    "<style>@import 'https://example.org/a.css';</style>": "<style> with https://example.org/a.css",
    "<style>p { background: url(//example.org/a.png) }</style>": "<style> with //example.org/a.png",
}
ALLOWED = (
    "1 < 2 and a<b",
    "<p>&lt;script&gt; <code>&lt;iframe&gt; onclick=</code>",
    '<p title="javascript: a language; https://example.org">javascript:</p>',
    '<script type="application/json">{"a": "<\\/b>"}</script>',
    '<a href="https://example.org" id="on">on</a><area href="//example.org">',
    '<img src="data:image/png;base64,iVBORw0=" alt="onload=1"><img src="a.png" srcset="a.png 1x, b.png 2x">',
    '<svg><use href="#a"/><image href="/a.png"/><path style="fill: url(#a)"></svg>',
    "<style>p { background: url(data:image/png;base64,iVBORw0=) }</style>",
    '<form action="../"></form><link rel="stylesheet" href="a.css"><meta itemprop="name" content="a">',
    "<!-- <iframe> -->",
    "a bell \x07 rings <b>",
)


@pytest.mark.parametrize("html", REFUSED)
def test_what_the_policy_would_block_is_refused(html):
    with pytest.raises(PluginError) as caught:
        check(f"<p>text</p>{html}", "docs/index.py:7: the cell")
    assert str(caught.value).startswith(f"docs/index.py:7: the cell has {REFUSED[html]}")
    assert "Content-Security-Policy blocks: " in str(caught.value)


@pytest.mark.parametrize(
    "html",
    [
        "<div>",
        "</div>",
        "</div></article>",
        "<!-- ",
        "<p title='",
        "<style>",
        "<textarea>",
        "<title>",
        "<table><tr><td>1",
    ],
)
def test_what_changes_the_page_around_it_is_refused(html):
    with pytest.raises(PluginError, match=r"^a\.py:7: the output has HTML that changes the page around it"):
        check(html, "a.py:7: the output")


@pytest.mark.parametrize("html", ["<p>1", "<ul><li>1<li>2</ul>", "<b>1</p></b>", "<table><tr><td>1</table>", "1</p>"])
def test_what_browsers_close_is_not(html):
    check(html, "a.py:7: the output")


@pytest.mark.parametrize("html", ALLOWED)
def test_what_works_is_not(html):
    check(html, "docs/index.py:7: the cell")
    assert "'sha256-" not in with_policy(PLACE + html)


DATA = '<script type="application/json"'
PIECES = [DATA, f"{DATA}>", "<script", "<SCRIPT>", "</script>", " type=module", ">", "/", '"', "'", "x", "=", "\n"]
PIECES += ["<!--", "-->", "<!-->", "<style>", "</style>", "<textarea>", "</textarea>", "<svg>", "<![CDATA[", "<p "]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_script_is_allowed_that_is_not_refused(html):
    try:
        check(html, "")
    except PluginError:
        return
    assert "'sha256-" not in with_policy(PLACE + html)


FOR_BROWSERS = "<b onclick='go()'>"


@pytest.mark.parametrize(
    ("where", "language", "place"),
    [
        ("prose", ZH, "a.py:1: the cell has"),
        ("prose", EN, "a.py:4: the cell has"),
        ("code", ZH, "a.py:7: the cell has"),
        ("text/html", EN, "a.py:7: the cell's output has"),
        ("image/svg+xml", ZH, "a.py:7: the cell's output has"),
        ("footnotes", EN, "a.py: a footnote has"),
        ("text/plain", ZH, None),
    ],
)
def test_a_cell_is_named(where, language, place):
    lesson = read_lesson(prose("# 题") + code("1"), "a.py")
    html = {where: FOR_BROWSERS}
    outputs = [{"data": {kind: html.get(kind, "") for kind in ("text/html", "image/svg+xml", "text/plain")}}, {}]
    notebook = from_dict(
        {
            "cells": [
                {"metadata": {"html": html.get("prose", "")}},
                {"metadata": {"html": html.get("code", "")}, "outputs": outputs},
            ],
            "metadata": {"html": html.get("footnotes", "")},
        }
    )
    if place is None:
        check_cells(notebook, lesson, language)
        return
    with pytest.raises(PluginError) as caught:
        check_cells(notebook, lesson, language)
    assert str(caught.value).startswith(place)


HTML = ("class Html:", "    def __init__(self, html): self.html = html", "    def _repr_html_(self): return self.html")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [prose("# 题"), code("display({'image/png': '\"><script>1</script>'}, raw=True)")],
            "docs/index.py:7: what the cell shows as image/png is not written in base64.",
        ),
        ([prose("# 题"), code(*HTML, "Html('<SCRIPT>1')")], "docs/index.py:7: the cell's output has a <script>"),
        (["# ---\n# title: <script>1</script>\n# ---\n\n", prose("题")], "docs/index.py: the title has a <script>"),
    ],
)
def test_a_build_ends(site, caplog, cells, said):
    site.write(*cells)
    with pytest.raises(SystemExit):
        site.build_here()
    assert caplog.messages[-1].startswith(said)


@pytest.mark.parametrize("policed", [True, False])
def test_a_page_in_markdown_is_named_where_templates_give_it_a_policy(site, caplog, policed):
    config = site.root / "mkdocs.yml"
    text = config.read_text(encoding="utf-8").replace("index.py", "index.md")
    if policed:
        text = text.replace("name: material", f"name: material, custom_dir: {ROOT / 'docs' / 'overrides'}")
    config.write_text(text, encoding="utf-8")
    (site.root / "docs" / "en").mkdir()
    (site.root / "docs" / "index.md").write_text("# 题\n", encoding="utf-8")
    (site.root / "docs" / "en" / "index.md").write_text("# T\n\n<object></object>\n", encoding="utf-8")
    with pytest.raises(SystemExit) if policed else nullcontext():
        site.build_here()
    found = [each for each in caplog.messages if each.startswith("docs/en/index.md: the page has <object>")]
    assert bool(found) == policed


def test_what_a_lesson_says_about_scripts_is_no_script(site):
    said = "# 题\n\n`<script>` &lt;script>\n\n```html\n<script>\n```\n"
    data = """Html('<script type="application/json">{}</script>')"""
    site.write(prose(said), code(*HTML, data), code("print('<script>')"))
    assert site.build_here() == []
    assert '<script type="application/json">{}</script>' in site.page()
    assert '<pre class="gl-text">&lt;script&gt;</pre>' in site.page()
