"""Code is highlighted as pymdownx.highlight does it, and the same code once."""

import markdown
import pymdownx.highlight
import pytest

CODE = """\
```python
loss.backward()
```

```python hl_lines="1"
loss.backward()
```

```python title="step.py"
loss.backward()
```

```text
loss.backward()
```
"""


def rendered(extension, text=CODE, **settings):
    return markdown.markdown(
        text, extensions=[extension, "pymdownx.superfences"], extension_configs={extension: settings}
    )


@pytest.mark.parametrize("settings", [{}, {"pygments_lang_class": True}, {"use_pygments": False}], ids=str)
def test_pages_look_as_with_the_extension_itself(settings):
    for _ in range(2):
        assert rendered("derivations.pages.highlight", **settings) == rendered("pymdownx.highlight", **settings)


def test_the_same_code_is_highlighted_once(monkeypatch):
    page = "```python\nonce = 'and no more'\n```\n"
    first = rendered("derivations.pages.highlight", page)
    monkeypatch.setattr(pymdownx.highlight, "highlight", None)  # of Pygments
    assert rendered("derivations.pages.highlight", page) == first
