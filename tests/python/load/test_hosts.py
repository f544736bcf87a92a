"""Registrable domains and the reasons why a host has none."""

from __future__ import annotations

import pytest
from linksignal.load.hosts import read_host


@pytest.mark.parametrize(
    ("authority", "domain"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("www.example.com", "example.com"),
        ("example.com.", "example.com"),
        ("example.com:8080", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("www.gov.uk", "www.gov.uk"),
        ("someone.blogspot.com", "blogspot.com"),
        ("someone.github.io", "github.io"),
        ("my_blog.example.com", "example.com"),
        ("foo.bar.ck", "foo.bar.ck"),
        ("www.ck", "www.ck"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("www.tepatimāori.nz", "xn--tepatimori-0fb.nz"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("example。com", "example.com"),
    ],
)
def test_a_host_has_its_registrable_domain(authority: str, domain: str) -> None:
    host = read_host(authority)
    assert (host.domain, host.reason) == (domain, None)


@pytest.mark.parametrize(
    ("authority", "reason"),
    [
        ("", "bad_label"),
        ("..", "bad_label"),
        ("a..example.com", "bad_label"),
        ("-example.com", "bad_label"),
        ("ex_ample.com", "bad_label"),
        (f"{'a' * 64}.com", "bad_label"),
        (".".join(["abcdefgh"] * 30) + ".com", "bad_label"),
        ("exa*mple.com", "bad_label"),
        ("example.com\\evil", "bad_label"),
        ("xn--99999999999.com", "bad_label"),
        ("' or 1=1--.com", "space"),
        ("exa mple.com", "space"),
        ("exa\N{NO-BREAK SPACE}mple.com", "space"),
        ("exa\N{ZERO WIDTH SPACE}mple.com", "invisible_character"),
        ("exa\N{SOFT HYPHEN}mple.com", "invisible_character"),
        ("exa\N{RIGHT-TO-LEFT OVERRIDE}mple.com", "invisible_character"),
        ("exa\x00mple.com", "invisible_character"),
        ("user:password@example.com", "user_info"),
        ("user@example.com", "user_info"),
        ("192.168.0.1", "ip_address"),
        ("134.155.108.49:8890", "ip_address"),
        ("[::1]", "ip_address"),
        ("2130706433", "ip_address"),
        ("0x7f.0x1", "ip_address"),
        ("localhost", "localhost"),
        ("app.localhost:3000", "localhost"),
        ("example.com:port", "bad_port"),
        (f"example.com:{'9' * 5000}", "bad_port"),
        ("javascript:alert(1)", "bad_port"),
        ("co.uk", "public_suffix"),
        ("com", "public_suffix"),
        ("example.con", "unknown_suffix"),
        ("intranet", "unknown_suffix"),
    ],
)
def test_a_host_without_a_domain_says_why(authority: str, reason: str) -> None:
    host = read_host(authority)
    assert (host.domain, host.reason) == (None, reason)


@pytest.mark.parametrize(
    ("authority", "is_lookalike"),
    [
        ("аррӏе.com", True),  # all Cyrillic
        ("pаypal.com", True),  # one Cyrillic letter
        ("münchen.de", False),
        ("почта.рф", False),
        ("例え.jp", False),
        ("example.com", False),
    ],
)
def test_lookalike_letters_are_noticed(
    authority: str, is_lookalike: bool
) -> None:
    host = read_host(authority)
    assert host.domain is not None
    assert host.is_lookalike is is_lookalike
