"""Which browser is driven."""

import pytest
from programs import find_browser


@pytest.fixture
def machine(tmp_path):
    """A folder with programs of these names, as the only one that is searched."""

    def install(*names):
        for name in names:
            (tmp_path / name).write_text("#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)
        return {"PATH": str(tmp_path)}

    return install


def test_the_first_candidate_there_is(machine, tmp_path):
    assert find_browser(machine("msedge", "google-chrome")) == str(tmp_path / "google-chrome")


@pytest.mark.parametrize("variable", ["CHROME_PATH", "CHROME"])
def test_what_the_environment_names_comes_first(machine, tmp_path, variable):
    mine = str(tmp_path / "mine")
    assert find_browser({**machine("chromium", "mine"), variable: mine}) == mine
    with pytest.raises(ValueError, match=f"{variable} is 'nowhere', which is no program: give the path of Chrome"):
        find_browser({**machine(), variable: "nowhere"})


def test_where_there_is_none_it_says_what_to_install(machine):
    with pytest.raises(LookupError, match=r"install Chrome or Chromium .*or give the path of one in .* CHROME_PATH"):
        find_browser(machine("firefox"))
