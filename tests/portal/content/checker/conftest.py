import ssl

import pytest

from portal.content.checker.exchange import Way
from portal.content.checker.gate import is_public
from tests.portal.content.checker.hostile import NAMES, hostile

PUBLIC = "8.8.4.4"


@pytest.fixture(scope="session")
def one_server(tmp_path_factory):
    with hostile(tmp_path_factory.mktemp("hostile")) as server:
        yield server


@pytest.fixture
def server(one_server):
    one_server.answers.clear()
    one_server.asked.clear()
    one_server.connections = one_server.largest_at_once = 0
    return one_server


@pytest.fixture
def way(server):
    """The way to the server and to nowhere else: its names are on 127.0.0.1, and that alone is allowed beside the public."""

    def make(**options):
        def resolver(host, seconds):
            known = {name: ["127.0.0.1"] for name in NAMES} | {
                "intranet.example": ["10.1.2.3"],
                "half.example": [PUBLIC, "10.1.2.3"],
                "elsewhere.example": ["8.8.8.8"],
                "127.0.0.2": ["127.0.0.2"],
                "169.254.169.254": ["169.254.169.254"],
                "[::1]": ["::1"],
            }
            if host not in known:
                raise OSError("no such name")
            return known[host]

        usual = {
            "resolver": resolver,
            "rule": lambda address: address == "127.0.0.1" or is_public(address),
            "port": server.port,
            "tls": lambda: ssl.create_default_context(cafile=server.certificate),
            "connect_seconds": 10,
            "answer_seconds": 2,
            "total_seconds": 20,
            "pause": 0,
        }
        return Way(**usual | options)

    return make
