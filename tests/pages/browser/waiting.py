"""Wait for what a page says of itself. Playwright would evaluate strings in the page, which its policy forbids."""

from playwright.sync_api import Page

PATIENCE, STEP = 5_000, 25  # milliseconds


def until(page: Page, expression: str) -> None:
    """Return when the JavaScript expression is true; an AssertionError when it does not become so."""
    for _ in range(PATIENCE // STEP):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(STEP)
    raise AssertionError(f"{expression} did not become true")
