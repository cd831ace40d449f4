"""The notebooks that readers download run from top to bottom, alone, and print what the page prints."""

import nbformat
import pytest
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
from nbclient import NotebookClient
from small_sites import ROOT
from test_site import PAGES

from derivations.pages.execute import ThisPython

DOWNLOADS = sorted(uri.replace("index.html", "") for uri, language in PAGES.items() if language == "en")


def printed(notebook):
    """What the cells print, without what differs from run to run: numbers of cells, and addresses of objects."""
    return [
        output.get("text") or output["data"].get("text/plain")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type in ("stream", "execute_result")
    ]


@pytest.mark.parametrize("folder", DOWNLOADS)
def test_a_notebook_repeats_its_page_in_a_fresh_process(built, folder, monkeypatch):
    (path,) = (built / folder).glob("*.ipynb")
    published = nbformat.read(path, 4)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    again = nbformat.from_dict(published)
    manager = ThisPython()
    client = NotebookClient(again, kernel_name=NATIVE_KERNEL_NAME, timeout=120, resources={"metadata": {"path": ROOT}})
    client.create_kernel_manager().kernel_spec_manager = manager
    client.execute()
    assert printed(again) == printed(published)
    assert printed(again)
