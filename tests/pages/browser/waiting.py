"""Wait for what a page says of itself. Playwright's own waiting evaluates strings in the page; its policy forbids that."""

from playwright.sync_api import Page

PATIENCE, STEP = 5_000, 25  # milliseconds


def until(page: Page, expression: str) -> None:
    """Return when the JavaScript expression is true; an AssertionError when it does not become so."""
    for _ in range(PATIENCE // STEP):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(STEP)
    raise AssertionError(f"{expression} did not become true")
