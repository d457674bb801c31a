import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.documents.sources import addresses

PRIVATE = [
    *("127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "192.0.0.8", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1"),
    *("2002:a9fe:a9fe::", "::7f00:1", "::ffff:0:7f00:1", "2001:db8::1", "2001::1", "64:ff9b:1::1", "5f00::1", "3fff::1", "not-an-address"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert addresses.is_public(address)


@settings(deadline=None, max_examples=200)
@given(st.ip_addresses(v=4))
def test_a_private_address_cannot_hide_in_ipv6(address: ipaddress.IPv4Address) -> None:
    forms = [f"::ffff:{address}", str(ipaddress.IPv6Address(0x64FF9B << 96 | int(address)))]
    assert {addresses.is_public(form) for form in forms} == {addresses.is_public(str(address))}


def test_only_the_named_host_is_allowed() -> None:
    assert addresses.is_allowed("Docs.Example.org.", 80, ["docs.example.org"])
    assert addresses.is_allowed("127.0.0.1", 8080, ["127.0.0.1:8080"])
    assert not addresses.is_allowed("127.0.0.1", 8081, ["127.0.0.1:8080"])
    assert not addresses.is_allowed("evil-docs.example.org", 80, ["docs.example.org"])
    assert addresses.is_allowed("[::1]", 80, [addresses.plain("[::1]:80")])
