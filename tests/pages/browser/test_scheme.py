"""Dark or light: the system's, until the reader chooses; the choice is remembered, and nothing flashes."""

import re

import pytest
from kinds import DESKTOP, PAGES, PHONE
from playwright.sync_api import expect

HOME, LESSON = PAGES["home, zh"], PAGES["lesson, en"]
BACKGROUND = {"light": "rgb(251, 250, 246)", "dark": "rgb(20, 22, 19)"}
#: What is behind the page in every frame since there is one.
FRAMES = """
  window.frames_seen = new Set()
  const look = () => {
    if (document.body) frames_seen.add(getComputedStyle(document.body).backgroundColor)
    requestAnimationFrame(look)
  }
  look()
"""


def shows(page, scheme):
    expect(page.locator("body")).to_have_css("background-color", BACKGROUND[scheme])
    expect(page.locator("meta[name=theme-color]")).to_have_attribute("content", BACKGROUND[scheme])


@pytest.mark.parametrize(("system", "other"), [("light", "dark"), ("dark", "light")])
def test_it_follows_the_system_until_the_reader_chooses(page, system, other):
    page.emulate_media(color_scheme=system)
    page.goto(HOME)
    shows(page, system)
    page.emulate_media(color_scheme=other)
    shows(page, other)
    page.emulate_media(color_scheme=system)
    shows(page, system)
    page.locator(".gl-scheme").press("Enter")
    shows(page, other)
    page.goto(LESSON)
    shows(page, other)
    page.emulate_media(color_scheme=other)
    shows(page, other)
    page.emulate_media(color_scheme=system)
    page.locator(".gl-scheme").press("Space")
    shows(page, system)
    page.emulate_media(color_scheme=other)
    shows(page, other)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_button_says_what_it_does(page, screen):
    page.set_viewport_size(screen)
    page.emulate_media(color_scheme="light")
    page.goto(HOME)
    button = page.locator(".gl-scheme")
    expect(button).to_have_accessible_name("换成深色")
    button.click()
    expect(button).to_have_accessible_name("换成浅色")


@pytest.mark.parametrize(("system", "chosen"), [("dark", None), ("light", "dark"), ("dark", "light")])
def test_nothing_flashes(page, system, chosen):
    """Not even while the theme's script is on its way."""
    page.emulate_media(color_scheme=system)
    page.route(re.compile("bundle"), lambda route: (page.wait_for_timeout(200), route.continue_()))
    if chosen:
        page.goto(HOME)
        page.locator(".gl-scheme").click()
    page.add_init_script(FRAMES)
    page.goto(LESSON)
    assert page.evaluate("[...frames_seen]") == [BACKGROUND[chosen or system]]
