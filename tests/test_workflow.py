"""The workflow that publishes the site: what starts it, and what it may do; and what keeps its parts up to date."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PATH = ROOT / ".github" / "workflows" / "pages.yml"
TEXT = PATH.read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(TEXT)
JOBS = WORKFLOW["jobs"]
ONLY_ON_PUSH = "github.event_name == 'push'"


def steps(job, action=""):
    return [step for step in JOBS[job]["steps"] if action in step.get("uses", "")]


def test_it_runs_for_main_and_for_pull_requests_and_for_nothing_else():
    assert WORKFLOW[True] == {"push": {"branches": ["main"]}, "pull_request": None}  # YAML reads `on` as true


def test_only_the_deployment_may_write_and_it_runs_nothing_of_the_project():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert JOBS["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert JOBS["build"]["permissions"] == {"contents": "read", "pages": "read"}
    assert JOBS.keys() == {"build", "newer", "deploy"}
    assert "permissions" not in JOBS["newer"]  # what all may do is enough
    (step,) = JOBS["deploy"]["steps"]
    assert step["uses"].startswith("actions/deploy-pages@")


def test_a_pull_request_publishes_nothing_and_sees_no_secret():
    assert JOBS["deploy"]["if"] == ONLY_ON_PUSH
    assert JOBS["deploy"]["needs"] == "build"
    for action in ("configure-pages", "upload-pages-artifact"):
        (step,) = steps("build", action)
        assert step["if"] == ONLY_ON_PUSH
    assert "secrets" not in TEXT
    for job in ("build", "newer"):
        (checkout,) = steps(job, "actions/checkout")
        assert checkout["with"]["persist-credentials"] is False


def test_one_deployment_at_a_time_in_its_environment():
    deploy = JOBS["deploy"]
    assert deploy["concurrency"] == {"group": "pages", "cancel-in-progress": False}
    assert deploy["environment"]["name"] == "github-pages"


@pytest.mark.parametrize("line", re.findall(r"uses: (.*)", TEXT))
def test_actions_are_pinned_by_commit(line):
    assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_it_tests_then_builds_for_the_address_that_pages_has_and_uploads_that():
    assert [step["run"] for step in JOBS["build"]["steps"] if "run" in step] == ["make test", "make build"]
    (configure,) = steps("build", "configure-pages")
    (build,) = [step for step in JOBS["build"]["steps"] if step.get("run") == "make build"]
    assert build["env"]["SITE_URL"] == f"${{{{ steps.{configure['id']}.outputs.base_url }}}}"
    order = [step.get("run") or step["uses"].partition("@")[0] for step in JOBS["build"]["steps"]]
    assert order.index("actions/configure-pages") < order.index("make build")
    assert order.index("make build") < order.index("actions/upload-pages-artifact")
    (upload,) = steps("build", "upload-pages-artifact")
    assert upload["with"]["path"] == "site"


def test_newer_pythons_are_tested_too_and_hold_up_nothing():
    (python,) = steps("newer", "setup-python")
    assert python["with"]["python-version"] == "${{ matrix.python }}"
    assert [step["run"] for step in JOBS["newer"]["steps"] if "run" in step] == ["make test"]
    assert JOBS["newer"]["strategy"] == {"fail-fast": False, "matrix": {"python": ["3.12", "3.13"]}}


def test_torch_alone_has_an_index_of_its_own_and_everything_else_one():
    assert WORKFLOW["env"] == {"TORCH_INDEX": "${{ vars.TORCH_INDEX }}"}  # which bootstrap.py gives to torch alone
    for job in JOBS.values():
        assert "env" not in job
        for step in job["steps"]:
            assert step.get("env", {}).keys() <= {"SITE_URL", "REPO_URL"}
    assert not re.search(r"PIP_|index-url|find-links|pip install|\bnpm\b", TEXT, re.IGNORECASE)


UPDATES = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]


def folders(ecosystem):
    """Where updates of that kind are looked for."""
    found = [update.get("directories", [update.get("directory")]) for update in UPDATES]
    kinds = [update["package-ecosystem"] for update in UPDATES]
    return [
        ROOT / folder.lstrip("/")
        for kind, each in zip(kinds, found, strict=True)
        for folder in each
        if kind == ecosystem
    ]


def test_python_npm_and_actions_are_kept_up_to_date():
    name = "package-lock.json"
    locks = [*ROOT.glob(name), *(ROOT / "derivations").rglob(name), *(ROOT / "tests").rglob(name)]
    assert set(folders("npm")) == {lock.parent for lock in locks if "node_modules" not in lock.parts}
    assert folders("pip") == [ROOT]
    assert folders("github-actions") == [ROOT]
    assert all(update["schedule"]["interval"] == "weekly" for update in UPDATES)


def test_what_make_pins_alone_can_update_is_left_to_it():
    (python,) = (update for update in UPDATES if update["package-ecosystem"] == "pip")
    ignored = [each["dependency-name"] for each in python["ignore"]]
    for of, by_hand in (("", False), ("-torch", True), ("-cuda", True)):
        pins = re.findall(r"^([\w-]+)==", (ROOT / f"requirements{of}.txt").read_text(encoding="utf-8"), re.MULTILINE)
        assert pins
        assert {any(fnmatch(name, pattern) for pattern in ignored) for name in pins} == {by_hand}
