"""The client's address: behind trusted proxies their word, otherwise nobody's."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory

from citymgmt.accounts.models import AuditEvent
from citymgmt.lib import client, env

PROXY, CLIENT = "10.0.0.2", "203.0.113.7"


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "address"),
    [
        ([], PROXY, CLIENT, PROXY),  # nothing is believed without the setting
        ([PROXY], CLIENT, "198.51.100.1", CLIENT),  # nor from somebody else
        ([PROXY], PROXY, CLIENT, CLIENT),
        ([PROXY], PROXY, "", PROXY),
        ([PROXY], PROXY, f"198.51.100.1, {CLIENT}", CLIENT),  # what the client wrote itself
        ([PROXY], PROXY, f"{PROXY}, {CLIENT}", CLIENT),
        (["10.0.0.0/8"], PROXY, f"198.51.100.1, {CLIENT}, 10.9.9.9", CLIENT),  # a chain of ours
        (["10.0.0.0/8"], PROXY, "10.1.1.1, 10.2.2.2", "10.1.1.1"),  # a client inside
        ([PROXY], PROXY, "unknown", PROXY),
        ([PROXY], PROXY, f"{CLIENT}:51234", CLIENT),
        (["::1"], "::1", "[2001:DB8::1]:443", "2001:db8::1"),
        (["::1"], "::1", "2001:DB8::1", "2001:db8::1"),
        (["fe80::/10"], "fe80::1%eth0", "2001:db8::2, fe80::2%25eth1", "2001:db8::2"),
        (["::1"], "::1", "fe80::7%eth0", "fe80::7"),
        (["2001:db8::/32"], "2001:db8::1", f"{CLIENT}, 2001:db8:9::1, 2001:db8:8::1", CLIENT),
        ([PROXY], PROXY, f"::ffff:{CLIENT}", CLIENT),
        ([PROXY], PROXY, f"{CLIENT}, _hidden", PROXY),
        ([PROXY], f"::ffff:{PROXY}", CLIENT, CLIENT),
        ([PROXY], "", CLIENT, None),  # a Unix socket names nobody to trust
    ],
)
def test_the_last_hop_that_is_no_proxy_of_ours(settings, trusted, remote, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})
    assert client.address(request) == address


def test_a_setting_that_is_no_network_is_named(monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, nginx")
    with pytest.raises((ValueError, ImproperlyConfigured), match="nginx"):
        env.networks("TRUSTED_PROXIES")


def behind(n):
    return Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": f"203.0.113.{n}"})


@pytest.fixture
def proxied(settings):
    settings.TRUSTED_PROXIES = [PROXY]


@pytest.mark.django_db
def test_citizens_behind_a_proxy_are_told_apart(proxied):
    given = {"number": "62010520261128000001", "code": "ABCDEFGH"}
    codes = [behind(n).post("/public/track/", given).status_code for n in range(12)]
    assert 429 not in codes
    codes = [behind(1).post("/public/track/", given).status_code for _n in range(12)]
    assert codes[-1] == 429


@pytest.mark.django_db
def test_guesses_from_elsewhere_lock_nobody_out(proxied, cast):
    cast.leader.set_password("right-Password-1")
    cast.leader.save()
    page = "/accounts/sign-in/"
    for _n in range(6):
        behind(1).post(page, {"username": cast.leader.username, "password": "wrong"})
    right = {"username": cast.leader.username, "password": "right-Password-1"}
    assert behind(1).post(page, right).status_code == 429
    assert behind(2).post(page, right).status_code == 302
    assert AuditEvent.objects.order_by("-id").first().address == "203.0.113.2"


@pytest.mark.django_db
def test_the_interface_counts_by_the_same_address(proxied):
    codes = {behind(n).post("/api/v1/token/", {}).status_code for n in range(30)}
    assert codes == {400}
    assert 429 in {behind(1).post("/api/v1/token/", {}).status_code for _n in range(30)}


# --- networks and schemes -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("remote", "key"),
    [
        ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"), ("", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
    ],
)  # fmt: skip
def test_a_customer_of_ipv6_is_a_network(remote, key):
    assert client.identity(RequestFactory().get("/", REMOTE_ADDR=remote)) == key


@pytest.mark.django_db
def test_citizens_of_one_ipv6_network_are_counted_as_one(cast):
    given = {"number": "62010520261128000001", "code": "ABCDEFGH"}
    visitors = [Client(REMOTE_ADDR=f"2001:db8:1:2::{n:x}") for n in range(1, 13)]
    codes = [visitor.post("/public/track/", given).status_code for visitor in visitors]
    assert codes[-1] == 429
    other = Client(REMOTE_ADDR="2001:db8:1:3::1")
    assert other.post("/public/track/", given).status_code == 422


@pytest.mark.parametrize(
    ("trusted", "remote", "said", "secure"),
    [
        ([PROXY], PROXY, "https", True),
        ([PROXY], PROXY, "https, https", True),
        ([PROXY], PROXY, "http", False),
        ([PROXY], PROXY, "https, http", False),  # the first word is the client's own
        ([PROXY], PROXY, "http, https", False),
        ([PROXY], PROXY, "", False),
        ([PROXY], CLIENT, "https", False),
        ([], PROXY, "https", False),
    ],
)
def test_https_is_believed_from_our_proxies_only(settings, trusted, remote, said, secure):
    settings.TRUSTED_PROXIES = trusted
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    visitor = Client(REMOTE_ADDR=remote, headers={"X-Forwarded-Proto": said})
    answer = visitor.get("/accounts/session/", headers={"Accept": "application/json"})
    assert (answer.status_code == 301) is not secure
