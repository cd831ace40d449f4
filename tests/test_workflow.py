"""The workflow that publishes the site: what starts it, and what it may do."""

import re
from pathlib import Path

import pytest
import yaml

PATH = Path(__file__).parents[1] / ".github" / "workflows" / "pages.yml"
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
    assert JOBS.keys() == {"build", "deploy"}
    (step,) = JOBS["deploy"]["steps"]
    assert step["uses"].startswith("actions/deploy-pages@")


def test_a_pull_request_publishes_nothing_and_sees_no_secret():
    assert JOBS["deploy"]["if"] == ONLY_ON_PUSH
    assert JOBS["deploy"]["needs"] == "build"
    for action in ("configure-pages", "upload-pages-artifact"):
        (step,) = steps("build", action)
        assert step["if"] == ONLY_ON_PUSH
    assert "secrets" not in TEXT
    (checkout,) = steps("build", "actions/checkout")
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
