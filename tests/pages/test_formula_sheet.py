"""The formula sheet: each row says what its formulas are in one language, and formulas are typeset, never markup."""

import pytest
from bs4 import BeautifulSoup

from derivations.pages.sheet import Sheet

SHEET = Sheet(
    ("线性层", "the linear layer", r"\frac{\partial L}{\partial W} = G^{\top} X", "b < 1"), ("偏置", "bias & more", "c")
)


@pytest.mark.parametrize(("lang", "named"), [("zh", ["线性层", "偏置"]), ("en", ["the linear layer", "bias & more"])])
def test_each_row_is_named_in_one_language(lang, named):
    data, both = SHEET._repr_mimebundle_()
    rows = BeautifulSoup(both["derivations"][lang]["text/html"], "html.parser").select("dl > div")
    assert [row.dt.get_text() for row in rows] == named
    formulas = [[each.get_text() for each in row.select("dd > .arithmatex")] for row in rows]
    assert formulas == [[r"\[\frac{\partial L}{\partial W} = G^{\top} X\]", r"\[b < 1\]"], [r"\[c\]"]]
    assert both["derivations"][lang]["text/plain"].splitlines() == [
        rf"{named[0]}: \frac{{\partial L}}{{\partial W}} = G^{{\top}} X",
        f"{named[0]}: b < 1",
        f"{named[1]}: c",
    ]
    assert data == both["derivations"]["en"]
