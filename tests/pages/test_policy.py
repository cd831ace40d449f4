"""A page allows what the site serves, and the inline scripts that were built in, letter by letter."""

import base64
import hashlib

import pytest

from derivations.pages.policy import PLACE, with_policy

SCRIPT = 'if (1 < 2) { x = "</p>" }\n'


def page(*scripts):
    return f'<head><meta http-equiv="Content-Security-Policy" content="{PLACE}">{"".join(scripts)}</head>'


def hash_of(script):
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("scripts", "allowed"),
    [
        ([], []),
        ([f"<script>{SCRIPT}</script>"], [SCRIPT]),
        (["<script>一</script>", "<p>", "<SCRIPT>二</SCRIPT>", "<script>一</script>"], ["一", "二"]),
        (['<script src="a.js"></script>', '<script type="application/json">{}</script>'], []),
        (["<script>a &amp; b</script>"], ["a &amp; b"]),
        (['<script type="module" type="application/json">a</script>'], ["a"]),
        (["<style>script {}</style>", "<script>a</script>"], ["a"]),
    ],
)
def test_exactly_the_inline_scripts_are_allowed(scripts, allowed):
    html = with_policy(page(*scripts))
    assert PLACE not in html
    (sources,) = [part for part in html.split('"')[3].split("; ") if part.startswith("script-src")]
    assert sources.split() == ["script-src", "'self'", *sorted(map(hash_of, allowed))]


def test_nothing_from_elsewhere():
    policy = with_policy(page()).split('"')[3]
    assert policy.startswith("default-src 'none'; ")
    assert not [word for word in policy.split() if "http" in word or "*" in word]


def test_while_serving_the_script_that_reloads_may_run():
    assert "script-src 'self' 'unsafe-inline';" in with_policy(page("<script>a</script>"), serving=True)


def test_a_page_without_a_place_is_left_alone():
    assert with_policy("<p>") == "<p>"
