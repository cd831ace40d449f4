"""The site in the browser that this machine has, on a server of its own."""

import os
import threading

import pytest
from host import Host
from programs import launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """How to start the browser. Where there is none the tests are skipped; a continuous integration must have one."""
    try:
        return browser_type_launch_args | launch_options(os.environ)
    except LookupError as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture(scope="session")
def host(built):
    """The site's server."""
    with Host(built) as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield host
        host.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def base_url(host):
    """Tests visit pages by the site's own uris."""
    return host.url


@pytest.fixture
def page(page, base_url):
    """A page that, whatever a test does with it, calls nobody but its server and has nothing to complain about."""
    complaints = []

    def listen(message):
        missing = message.location["url"] == page.url and "404" in message.text  # as it should: it is the 404 page
        if message.type in ("error", "warning") and not missing:
            complaints.append(f"{message.type}: {message.text}")

    def failed(request):
        if request.failure != "net::ERR_ABORTED":  # given up, because the page was left before it came
            complaints.append(f"failed: {request.url} {request.failure}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", failed)
    page.on("request", lambda request: request.url.startswith((base_url, "data:")) or complaints.append(request.url))
    page.emulate_media(reduced_motion="reduce")  # what opens is open at once
    yield page
    assert not complaints
