"""Sites to look at: the real one, built once, and small ones of a test's own."""

import gc
import json
import subprocess
from functools import cache

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from small_sites import MOUNT, NPM, ROOT, build, new_site

from derivations.pages import npm, search


@pytest.fixture(scope="session")
def npm_packages():
    """The npm packages of the real site; the first test that needs them installs them, as the first build would."""
    return npm.packages(NPM)


@pytest.fixture
def site(tmp_path, npm_packages):
    """An empty project, with the real site's npm packages."""
    return new_site(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory, worker_id):
    """The folder of the real site, built from the project's root and with its cache, once for all processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    target, log = shared / "site", shared / "site.log"
    with FileLock(f"{log}.lock"):
        if not log.exists():
            done = build(ROOT, target, "--strict", SITE_URL=f"https://example.org{MOUNT}")
            log.write_text(done.stderr if done.returncode else "", encoding="utf-8")
    assert not (problem := log.read_text(encoding="utf-8")), problem
    return target


@pytest.fixture(scope="session")
def find_in(npm_packages):
    """What the search engine finds in an index, as it is published, for each (language, query)."""

    def find_in(index, queries):
        request = {
            "engine": str(search.HERE / "search.mjs"),
            "stemmer": str(npm_packages / "stemmer" / "index.js"),
            "index": index,
            "queries": queries,
        }
        command = [str(npm.NODE), str(ROOT / "tests" / "pages" / "find.mjs")]
        done = subprocess.run(command, input=json.dumps(request), capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return find_in


@pytest.fixture(scope="session")
def found_on_site(find_in, built):
    """What each (language, query) finds on the real site."""
    (path,) = (built / "search").glob("index.*.json")
    index = json.loads(path.read_text(encoding="utf-8"))
    return lambda queries: find_in(index, queries)


@pytest.fixture(scope="session")
def read():
    """Parse a published page, once; tests read the result and leave it as it is."""

    @cache
    def parsed(path):
        document = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        gc.freeze()  # it stays: to look through it for garbage, again and again, would take longer than all else
        return document

    return parsed


@pytest.fixture(scope="session")
def anchors(read):
    """What links to a published page may name in it."""

    @cache
    def found(path):
        return {element["id"] for element in read(path).select("[id]")}

    return found
