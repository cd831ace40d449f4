"""What search knows of a page, and what it finds: by words of either language, by stems, by parts of identifiers."""

import json
import re
from urllib.parse import parse_qsl

import pytest

from derivations.pages import search
from derivations.pages.assets import hashed
from derivations.pages.cache import Cache
from derivations.pages.formula_text import formula_text
from derivations.pages.formulas import Formulas
from derivations.pages.languages import EN, ZH

PAGE = r"""
<h1 id="top">均方误差的梯度<a class="headerlink" href="#top">¶</a></h1>
<p>设 <span class="arithmatex">\(Z\)</span> 是输出，那么</p>
<div class="arithmatex">\[\sum_n Z_n\]</div>
<p>用 <code>zero_grad()</code> 清零<sup><a class="footnote-ref" href="#fn">1</a></sup>。<!-- 注释 --></p>
<p>再来。</p><p data-search-exclude>不要这句</p><pre>raw</pre>
<h2 id="code">Code &amp; numbers</h2>
<div class="gl-cell">
<div class="highlight"><pre><code><span class="kn">import</span> <span class="nn">torch.nn</span>
<span class="n">loss</span> <span class="o">=</span> <span class="n">nn</span>.<span class="n">CrossEntropyLoss</span>
<span class="nb">print</span>(<span class="n">loss</span>, <span class="n">x</span>, <span class="s2">"a word"</span>)
<span class="c1"># a comment</span></code></pre></div>
<div class="gl-out">
<pre>tensor(0.6765)</pre>
<table><tr><td><p>in a table</p></td></tr></table>
<p>Each entry agrees.</p>
<details><summary>Each rule</summary><p>folded up</p></details>
<figure><svg><text>a label</text></svg><figcaption>The graph</figcaption></figure>
</div>
<div class="gl-out"><p>Each entry agrees.</p><p data-search-exclude>✓ judged</p></div>
</div>
<table><tr><th>loss</th><th>价格</th></tr><tr><td>0.4540</td><td>✓</td></tr></table>
<form><label>weight <input></label><button>clear</button></form>
<ul><li>first</li><li>second, <em>really</em></li></ul>
<h2 id="away" data-search-exclude>Left out</h2>
<p>with its text</p>
<h3 id="empty">空</h3>
<h4 id="deep">深</h4>
底
<h2 id="end">End</h2>
"""


def test_a_page_is_cut_at_its_headings_and_keeps_what_a_reader_would_look_for():
    assert search.sections(PAGE, "lessons/mse/", "MSE", lambda latex: f"<{latex}>") == [
        {
            "location": "lessons/mse/",
            "title": "均方误差的梯度",
            "text": r"设 <\(Z\)> 是输出，那么 … 用 zero_grad() 清零。再来。",
        },
        {
            "location": "lessons/mse/#code",
            "title": "Code & numbers",
            "text": "Each entry agrees. The graph loss 价格 first second, really",
            "code": "torch nn loss CrossEntropyLoss",
        },
        {"location": "lessons/mse/#empty", "title": "空", "within": "Left out", "text": ""},
        {"location": "lessons/mse/#deep", "title": "深", "within": "Left out › 空", "text": "底"},
        {"location": "lessons/mse/#end", "title": "End", "text": ""},
    ]


def test_a_page_without_a_heading_has_the_title_it_is_given():
    assert search.sections("<p>text</p>", "", "首页", str) == [{"location": "", "title": "首页", "text": "text"}]


FORMULAS = {
    r"Z_{nc}": "Z_nc",
    r"Z = XW^{\top} + b": "Z = XW⊤+b",
    r"\hat Y": "Ŷ",
    r"\ln C": "ln C",
    r"S := N": "S := N",
    r"\operatorname{softmax}(Z)": "softmax(Z)",
    r"\dfrac{\partial L}{\partial W}": "∂L/∂W",
    r"\frac{2}{NC}": "2/(NC)",
    r"e^{100}": "e^100",
    r"\sum_n G_n": "…",
    r"Z_{n,\,y_n}": "…",
    r"\begin{bmatrix}1 & 2\end{bmatrix}": "…",
    r"a + b + c + d + e + f + g + h + i + j + k + l + m": "…",
}


@pytest.fixture(scope="module")
def formulas(tmp_path_factory, npm_packages):
    formulas = Formulas(npm_packages / "katex", Cache(tmp_path_factory.mktemp("formulas")))
    yield formulas
    formulas.close()


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_short_formula_is_text_and_any_other_an_ellipsis(formulas, latex):
    assert formula_text(formulas.render(rf"\({latex}\)", "a.py")) == FORMULAS[latex]


def section(location, title, text, code="", within=""):
    return {"location": location, "title": title, "text": text, "code": code, "within": within}


CODE = "loss softmax zero_grad CrossEntropyLoss label_smoothing"
FILLER = "其他的话，" * 60
SECTIONS = {
    ZH: [
        section("mse/", "均方误差", "线性模型：先推导，再对账。"),
        section("mse/#g", "梯度", "均方误差对权重的梯度很短。0.7567 不对。"),
        section("ce/", "交叉熵与 softmax", "误差的均值是 loss，不是 accuracy。"),
        section("ce/#g", "推导", f"{FILLER}softmax 的梯度是概率减去标签。{FILLER}", CODE),
        section("ce/#s", "标签平滑", "把标签摊开一点，a < b & c。", within="选项"),
    ],
    EN: [
        section("en/mse/", "Mean squared error", "Its gradients are derived by algebra, and so is gradient descent."),
        section("en/mse/#g", "Derivation", "The weight and the bias, by algebra."),
        section("en/ce/", "Cross-entropy and softmax", "The loss is minus a logarithm."),
        section("en/ce/#g", "The gradient", "The probabilities minus the labels.", CODE),
        section("en/ce/#s", "Label smoothing", "Spread the label out a little."),
    ],
}
FOUND = {
    # Chinese, as words
    ("zh", "均方误差"): [["mse/", "mse/#g"]],
    ("zh", "误差"): [["mse/", "mse/#g"], ["ce/"]],
    ("zh", "误均"): [],
    ("zh", "差误"): [],
    ("zh", "熵"): [["ce/"]],
    # … that the reader runs together: the pieces, wherever they stand
    ("zh", "交叉熵梯度"): [["ce/#g", "ce/"]],
    ("zh", "交叉熵选项标签"): [["ce/#s", "ce/"]],
    ("zh", "选项"): [],
    ("zh", "均方误差之梯度"): [["mse/#g", "mse/"]],
    ("zh", "什么是均方误差的梯度"): [["mse/#g", "mse/"]],
    ("zh", "均方误差的梯度怎么推导"): [["mse/", "mse/#g"], ["ce/#g", "ce/"]],
    # two languages in one query; pages in the other language where only they have it all
    ("zh", "softmax 梯度"): [["ce/#g", "ce/"]],
    ("zh", "softmax梯度"): [["ce/#g", "ce/"]],
    ("en", "softmax 梯度"): [["ce/#g", "ce/"]],
    # the reader's language first
    ("zh", "softmax"): [["ce/", "ce/#g"], ["en/ce/"]],
    ("en", "softmax"): [["en/ce/", "en/ce/#g"], ["ce/", "ce/#g"]],
    ("en", "ｓｏｆｔｍａｘ"): [["en/ce/", "en/ce/#g"], ["ce/", "ce/#g"]],
    # English by stems, a title before a text, and what is still being typed
    ("en", "derive"): [["en/mse/#g", "en/mse/"]],
    ("en", "gradients"): [["en/ce/#g", "en/ce/"], ["en/mse/"]],
    ("en", "gradie"): [["en/ce/#g", "en/ce/"], ["en/mse/"]],
    ("en", "so grad"): [["en/mse/"]],  # nobody is still typing "so"
    ("en", "prob lab"): [["en/ce/#g", "en/ce/"]],
    ("en", "what is the loss"): [["en/ce/", "en/ce/#g"], ["ce/"]],
    ("en", "GRADIENT descent"): [["en/mse/"]],
    # identifiers, whole and by part; the code of a page in the other language is the same code
    ("zh", "label_smoothing"): [["ce/#g", "ce/"]],
    ("zh", "smoothing"): [["ce/#g", "ce/"], ["en/ce/#s", "en/ce/"]],
    ("zh", "smooth_label"): [["ce/#g", "ce/"], ["en/ce/#s", "en/ce/#g", "en/ce/"]],
    ("zh", "zero_grad()"): [["ce/#g", "ce/"]],
    ("zh", "CrossEntropyLoss"): [["ce/#g", "ce/"]],
    ("en", "crossentropy"): [["en/ce/#g", "en/ce/"]],
    ("en", "cross entropy"): [["en/ce/", "en/ce/#g"]],
    ("zh", "0.7567"): [["mse/#g", "mse/"]],
    # nothing holds all: what holds most, and rare words before common ones
    ("en", "algebra logarithm zebra"): [["en/ce/"], ["en/mse/", "en/mse/#g"]],
    ("en", "smoothing minus logarithm zebra"): [["en/ce/", "en/ce/#g", "en/ce/#s"]],
    ("zh", "accuracy 平滑"): [["ce/#s", "ce/"]],
    ("zh", "quaternion"): [],
    ("zh", "，"): [],
}


#: What is asked of the real site, and the pages of which one is to come first.
ASKED = {
    ("zh", "gradcheck"): ["check/"],
    ("en", "gradcheck"): ["en/check/"],
    ("zh", "检验梯度"): ["check/"],
    ("zh", "梯度检验"): ["check/"],
    ("en", "check my gradient"): ["en/check/"],
    ("en", "why is my gradient wrong"): ["en/check/"],
    ("zh", "numpy 作业"): ["check/"],
    ("en", "numpy homework"): ["en/check/"],
    ("zh", "autograd.Function"): ["check/"],
    ("en", "test my kernel"): ["en/check/"],
    ("zh", "梯度累积和大批量结果不一样"): ["lessons/optimizer_step/", "check/"],
    ("zh", "assert_step"): ["api/", "check/", "lessons/optimizer_step/", "lessons/many_machines/"],
    ("zh", "交叉熵 梯度"): ["ledger/cross_entropy/", "lessons/cross_entropy/"],
    ("en", "cross-entropy gradient"): ["en/ledger/cross_entropy/", "en/lessons/cross_entropy/"],
    ("zh", "类别权重"): ["ledger/cross_entropy/", "ledger/nll/", "ledger/multi_margin/", "lessons/which_mean/"],
    ("en", "class weights"): ["en/ledger/cross_entropy/", "en/ledger/nll/", "en/ledger/multi_margin/"],
    ("zh", "标签平滑"): ["ledger/cross_entropy/"],
    ("en", "label smoothing"): ["en/ledger/cross_entropy/"],
    ("zh", "KL 散度的梯度"): ["ledger/kl_div/"],
    ("en", "KL divergence gradient"): ["en/ledger/kl_div/"],
    ("zh", "支持向量机"): ["ledger/multi_margin/"],
    ("en", "SVM"): ["en/ledger/multi_margin/"],
    ("zh", "人脸识别"): ["ledger/triplet_margin/"],
    ("en", "face recognition"): ["en/ledger/triplet_margin/"],
    ("zh", "类别不平衡"): ["ledger/focal/", "ledger/bce/"],
    ("en", "class imbalance"): ["en/ledger/focal/", "en/ledger/bce/"],
    ("zh", "ReluBackward0"): ["operations/pieces/", "lessons/network/"],
    ("en", "NativeLayerNormBackward0"): ["en/operations/reductions/"],
    ("zh", "转置卷积"): ["operations/picking/"],
    ("en", "leaky ReLU"): ["en/operations/pieces/", "en/lessons/network/"],
    ("zh", "nan 是在哪儿出生的"): ["lessons/network/"],
    ("en", "audit"): ["en/lessons/network/", "en/api/"],
}


@pytest.fixture(scope="module")
def find(npm_packages, find_in):
    """What the engine finds in an index, that of `pages` unless another is given, for each (language, query)."""

    def find(queries, pages=SECTIONS, index=None):
        if index is None:
            published = search.publish(pages, npm_packages / "stemmer").files
            index = json.loads(next(text for uri, text in published.items() if "/index." in uri))
        return find_in(index, queries)

    return find


@pytest.fixture(scope="module")
def found(find):
    """What each query of the table finds."""
    return dict(zip(FOUND, find(list(FOUND)), strict=True))


@pytest.mark.parametrize("query", FOUND, ids=" ".join)
def test_what_is_found_and_in_which_order(found, query):
    assert [[item["location"] for item in items] for items in found[query]] == FOUND[query]


@pytest.fixture(scope="module")
def answered(found_on_site):
    """What each question finds on the real site."""
    return dict(zip(ASKED, found_on_site(list(ASKED)), strict=True))


@pytest.mark.parametrize("query", ASKED, ids=" ".join)
def test_a_question_leads_to_the_page_that_answers_it(answered, query):
    first = answered[query][0][0]["location"]
    assert first.partition("#")[0] in ASKED[query]


def test_the_theme_goes_to_the_best_result_by_its_score(found):
    for pages in found.values():
        best = [max(item["score"] for item in items) for items in pages]
        assert best == sorted(best, reverse=True)


def test_a_result_shows_where_the_words_stand(found):
    ((result, page),) = found["zh", "softmax 梯度"]
    assert result["title"] == "推导"
    assert "<mark>softmax</mark> 的<mark>梯度</mark>是概率减去标签。" in result["text"]
    assert re.fullmatch("….{40,160}…", result["text"])
    assert (page["title"], page["score"]) == ("交叉熵与 softmax", 0)
    code, _ = found["zh", "label_smoothing"][0]
    assert code["text"].endswith("… <code><mark>label_smoothing</mark></code>")
    part, _ = found["zh", "smoothing"][0]
    assert part["text"].endswith("<code>label_<mark>smoothing</mark></code>")


def test_the_title_that_is_the_word_comes_before_one_that_holds_it(find):
    titles = "", "weight, label_smoothing", "label_smoothing"
    pages = {ZH: [], EN: [section(f"a/#{title}".rstrip("#"), title, "") for title in titles]}
    ((items,),) = find([("en", "label_smoothing")], pages)
    assert [item["location"] for item in items] == ["a/#label_smoothing", "a/#weight, label_smoothing", "a/"]


def test_an_excerpt_begins_and_ends_between_words(find):
    text = f"{'before ' * 40}{'long' * 15} smoothing{' after' * 40}"
    (((item,),),) = find([("en", "smoothing")], {ZH: [], EN: [section("a/", "A", text)]})
    assert re.fullmatch("…<mark>smoothing</mark>( after)+…", item["text"])


def test_a_result_in_the_other_language_says_so(found):
    _, (page,) = found["zh", "softmax"]
    assert page["title"] == (
        '<span lang="en">Cross-entropy and <mark>softmax</mark></span> '
        '<small class="gl-language" lang="en">English</small>'
    )
    assert page["text"] == '<span lang="en">The loss is minus a logarithm.</span>'
    own, *_ = found["zh", "softmax"]
    assert "lang" not in str(own)


def test_missing_words_are_named(found):
    ((first, second),) = found["zh", "accuracy 平滑"]
    assert first["terms"] == {"accuracy": False, "平滑": True}
    assert second["terms"] == {"accuracy": True, "平滑": False}
    assert first["title"] == "<small>选项 ›</small> 标签<mark>平滑</mark>"
    assert first["text"] == "把标签摊开一点，a &lt; b &amp; c。"


def test_files_are_named_by_their_content_and_the_address_leads_to_all_of_them(npm_packages):
    stemmer = npm_packages / "stemmer"
    published = search.publish(SECTIONS, stemmer)
    assert search.publish(SECTIONS, stemmer) == published
    assert {uri: hashed(re.sub(r"\.[0-9a-f]{8}", "", uri), text.encode()) for uri, text in published.files.items()} == {
        uri: uri for uri in published.files
    }
    worker, _, fragment = published.address.partition("#")
    loads = dict(parse_qsl(fragment))
    assert loads.keys() == {"index", "engine", "stemmer"}
    assert {worker, *(f"search/{name}" for name in loads.values())} == published.files.keys()
    assert "Permission is hereby granted" in published.files[f"search/{loads['stemmer']}"]
    assert published.linked(f'"../{search.PLACE}&language=zh"') == f'"../{published.address}&language=zh"'
