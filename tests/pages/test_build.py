"""Small sites, built as a user would: what is run when, and what stops a build."""

import re
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import urlopen

from small_sites import CONFIG, ENVIRONMENT, RECORD, code, prose

CERTIFICATE = (
    "class Certificate:",
    "    def _repr_mimebundle_(self, include=None, exclude=None):",
    '        message = "tensor    weight\\nindex     weight[0, 1]\\nseed      7"',
    '        kind = "application/vnd.derivations.certificate+json"',
    '        return {"text/plain": "no", kind: {"verdict": "disagrees", "message": message}}, {}',
    "Certificate()",
)


def failure(done):
    """What a failed build says, which is never a traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_code_runs_once_for_both_languages_and_again_only_when_it_changes(site):
    site.write(prose("# 题\n\n是 {{ x:.2f }}。", "# Title\n\nIt is {{ x:.2f }}."))
    assert "NameError" in failure(site.build())

    cells = code(RECORD, "x = 0.5"), prose("# 题\n\n是 {{ x:.2f }}。", "# Title\n\nIt is {{ x:.2f }}.")
    site.write(*cells)
    assert site.build("--strict").returncode == 0
    assert "是 0.50。" in site.page()
    assert "It is 0.50." in site.page("en/index.html")
    assert site.runs() == 1

    site.write(prose("另一句话", "Another sentence"), *cells)
    assert site.build("--strict").returncode == 0
    assert "另一句话" in site.page()
    assert site.runs() == 1

    site.write(*(cell.replace(".2f", ".3f") for cell in cells))
    assert site.build("--strict").returncode == 0
    assert "是 0.500。" in site.page()
    assert site.runs() == 2

    (site.root / "derivations").mkdir()
    (site.root / "derivations" / "new.py").write_text("")
    assert site.build("--strict").returncode == 0
    assert site.runs() == 3


def test_a_failing_cell_says_where_and_what(site):
    site.write(prose("# 题"), code("def check():", r'    raise ValueError("first\nsecond\nthird")', "check()"))
    assert "docs/index.py:7: ValueError: first\nsecond\nthird\n" in failure(site.build())
    assert not (site.root / "site" / "index.html").exists()


def test_a_failing_expression_says_where_and_what(site):
    site.write(code("x = 1"), prose("# 题\n\n一行\n{{ x / 0 }}"))
    assert "docs/index.py:8: {{ x / 0 }}: ZeroDivisionError: division by zero" in failure(site.build())


def test_a_disagreeing_certificate_stops_every_build(site):
    site.write(prose("# 题"), code(*CERTIFICATE))
    for _ in range(2):
        said = failure(site.build())
        assert "docs/index.py:7: the two bookkeepers disagree\n" in said
        assert "tensor    weight\nindex     weight[0, 1]\nseed      7\n" in said


def test_broken_links_and_anchors_are_found(site):
    site.write(prose("# A\n\n[一](none.py) [二](index.py#none) [三](#a)", "# B\n\n[one](none.py) [self](index.py#b)"))
    said = failure(site.build("--strict"))
    assert "'index.py' contains a link 'none.py'" in said
    assert "'en/index.py' contains a link 'none.py'" in said
    assert "contains a link 'index.py#none'" in said
    assert said.count("WARNING") == 3


def test_a_bad_formula_names_its_page(site):
    site.write(prose("# 题", r"# T $\frac{1}$"))
    assert r"en/index.py: KaTeX rejects the formula \frac{1}" in failure(site.build())


def test_warnings_show_no_machine_path_and_formulas_come_out(site):
    lines = 'import warnings; warnings.warn("take care")', "import sympy; sympy.Symbol('x') ** 2"
    site.write(prose("# 题"), code(lines[0]), code(lines[1]))
    assert site.build("--strict").returncode == 0
    assert "UserWarning: take care" in site.page()
    assert 'encoding="application/x-tex">x^{2}<' in site.page()
    for path in ("index.html", "index.ipynb", "en/index.ipynb"):
        assert str(site.root) not in site.page(path)
        assert "ipykernel" not in site.page(path)


def test_a_served_site_shows_what_is_wrong_and_recovers(site):
    site.write(prose("# 题"), code("x = 1"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", address]
    log = site.root / "serve.log"
    with log.open("w") as stderr, subprocess.Popen(command, cwd=site.root, env=ENVIRONMENT, stderr=stderr) as serve:
        try:
            wait_for("Serving on", log.read_text)
            site.write(prose("# 题"), code("1 / 0 < 2"))
            wait_for(r"500 .*index\.py:7: ZeroDivisionError: division by zero.*livereload", lambda: answer(address))
            wait_for(r"500 .*index\.py:7", lambda: answer(address, "en/"))
            assert "ERROR   -  docs/index.py:7: ZeroDivisionError: division by zero" in log.read_text()
            (site.root / "mkdocs.yml").write_text(f"{CONFIG}no: [", encoding="utf-8")
            wait_for(r"500 .*mkdocs\.yml|500 .*YAML|500 .*pars", lambda: answer(address))
            (site.root / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
            wait_for(r"500 .*index\.py:7", lambda: answer(address))
            site.write(prose("# 题\n\n好了"), code("x = 2"))
            wait_for("200 .*好了", lambda: answer(address))
        finally:
            serve.terminate()
    assert "Traceback" not in log.read_text()


def answer(address, path=""):
    """The status and the page a browser would get."""
    try:
        with urlopen(f"http://{address}/{path}", timeout=60) as response:
            return f"{response.status} {response.read().decode()}"
    except HTTPError as error:
        with error:
            return f"{error.code} {error.read().decode()}"


def wait_for(pattern, text):
    deadline = time.monotonic() + 60
    while not re.search(pattern, said := text(), re.DOTALL):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
