"""`mkdocs serve` at an address where nothing can be served: one sentence says so, before anything is built."""

import gc
import re
import socket
import subprocess
import sys

import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from small_sites import ENVIRONMENT, RECORD, code, prose

from derivations.pages.serving import check_address, check_again

HERE = "127.0.0.1"


def listening(host=HERE):
    """A server of somebody else's."""
    return socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


@pytest.fixture
def taken():
    with listening() as other:
        yield other.getsockname()[1]


def said(host, port):
    with pytest.raises(Abort) as stopped:
        check_address(host, port)
    assert stopped.value.exit_code == 1
    return str(stopped.value)


def test_a_taken_port_is_one_sentence_before_the_build(site, taken):
    site.write(prose("# 一", "# One"), code(RECORD))
    command = [sys.executable, "-m", "mkdocs", "serve", "-a", f"{HERE}:{taken}"]
    done = subprocess.run(
        command, cwd=site.root, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.strip().startswith(f"Port {taken} of {HERE} is taken")
    assert len(done.stdout.strip().splitlines()) == 1
    assert site.runs() == 0


def test_the_port_it_offers_is_free_and_so_is_the_way_to_it(taken):
    found = re.search(r"make serve ADDR=127\.0\.0\.1:(\d+), or mkdocs serve -a 127\.0\.0\.1:\1$", said(HERE, taken))
    check_address(HERE, int(found[1]))


def test_the_last_port_has_others_too():
    with socket.create_server((HERE, 65535)):
        assert re.search(rf"ADDR={HERE}:(?!0\b)\d+", said(HERE, 65535))


def test_a_taken_port_in_ipv6_is_written_as_one_would_give_it():
    try:
        other = listening("::1")
    except OSError:  # this machine has no IPv6, which is said as well
        assert "[::1]:8000" in said("::1", 8000)
    else:
        with other:
            port = other.getsockname()[1]
            assert said("::1", port).startswith(f"Port {port} of [::1] is taken")


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("192.0.2.1", 8000, "192.0.2.1:8000: "),  # which is nobody's
        ("no-such-host.invalid", 8000, "no-such-host.invalid:8000: "),
        (HERE, 65536, "127.0.0.1:65536: ports go up to 65535"),
    ],
)
def test_what_else_can_be_wrong_is_said_in_the_words_of_the_system(host, port, why):
    assert f"Nothing can be served at {why}" in said(host, port)
    assert "is free" not in said(host, port)


def test_a_port_that_one_may_not_have(monkeypatch):
    def bind(self, address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert said(HERE, 80) == "Nothing can be served at 127.0.0.1:80: Permission denied."


def test_a_server_that_just_ended_leaves_its_port_free():
    with listening() as other:
        port = other.getsockname()[1]
        with socket.create_connection((HERE, port)) as client:
            other.accept()[0].close()  # the system remembers who closed first
            assert client.recv(1) == b""
    check_address(HERE, port)


def test_only_the_first_build_asks_since_then_the_port_is_ours(site):
    with listening() as other:
        port = other.getsockname()[1]
    config = load_config(config_file=str(site.root / "mkdocs.yml"), dev_addr=f"{HERE}:{port}")
    try:
        config.plugins.on_startup(command="serve", dirty=False)
        config.plugins.on_config(config)
        with socket.create_server((HERE, port)):
            config.plugins.on_config(config)
            config.plugins.on_startup(command="serve", dirty=False)
            with pytest.raises(Abort):
                config.plugins.on_config(config)
    finally:
        config.plugins.on_shutdown()
        gc.enable()  # as the end of the build would


def test_a_build_needs_no_port(site, taken):
    config = load_config(config_file=str(site.root / "mkdocs.yml"), dev_addr=f"{HERE}:{taken}")
    try:
        config.plugins.on_startup(command="build", dirty=False)
        config.plugins.on_config(config)
    finally:
        config.plugins.on_shutdown()
        gc.enable()  # as the end of the build would


def test_a_port_taken_during_the_build_is_a_sentence_too(tmp_path, taken):
    server = LiveReloadServer(lambda: None, HERE, taken, str(tmp_path))
    check_again(server)
    try:
        with pytest.raises(Abort, match=f"Port {taken} of {HERE} is taken"):
            server.server_bind()
    finally:
        server.server_close()
