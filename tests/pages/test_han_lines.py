"""Line breaks in a Chinese source are not spaces on the page."""

import markdown
import pytest

TEXT = "derivations.pages.han_lines"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("从损失的定义\n出发。", "<p>从损失的定义出发。</p>"),
        ("从定义出发，\n`a` 是数。", "<p>从定义出发，<code>a</code> 是数。</p>"),
        ("中文\nEnglish", "<p>中文\nEnglish</p>"),
        ("plain\nEnglish", "<p>plain\nEnglish</p>"),
        ("# 标题\n正文", "<h1>标题</h1>\n<p>正文</p>"),
        ("两件事：\n\n- 一\n- 二", "<p>两件事：</p>\n<ul>\n<li>一</li>\n<li>二</li>\n</ul>"),
        ("说完。\n# 标题", "<p>说完。</p>\n<h1>标题</h1>"),
    ],
)
def test_lines(source, html):
    assert markdown.markdown(source, extensions=[TEXT]) == html


def test_code_keeps_its_lines():
    html = markdown.markdown("```\n中文\n中文\n```", extensions=["pymdownx.superfences", TEXT])
    assert "中文\n中文" in html
