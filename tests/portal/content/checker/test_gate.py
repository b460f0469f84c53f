"""Which addresses are everybody's, whatever they are wrapped in."""

import pytest

from portal.content.checker.gate import Refused, Target, is_public, target_of

PUBLIC = ["8.8.8.8", "13.107.6.156", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0",  # noqa: S104
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:168.63.129.16", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:808:808::1", "2002:a00:1::1", "4000::1", "100::1",
    "", "localhost", "127.1", "0x7f000001", "8.8.8.8 ", "8.8.8.8/32",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_everybody_reaches_it(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_it_is_somebodys_own(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://a.example", Target("a.example", "/")), ("https://A.example.:443/b?c=d#e", Target("a.example", "/b?c=d")),
        ("https://a.example?b", Target("a.example", "/?b")), ("https://[2606::1]/", Target("[2606::1]", "/")),
    ],
)  # fmt: skip
def test_what_is_asked(address, target):
    assert target_of(address) == target


@pytest.mark.parametrize(
    "address",
    ["http://a.example", "https://a.example:80/", "https://a:b@a.example/", "https://@a.example/", "https:///x", "https://ä.example/", "https://[::1", "a.example"],
)  # fmt: skip
def test_what_is_never_asked(address):
    with pytest.raises(Refused):
        target_of(address)
