"""Where an address may lead."""

import pytest

from citymgmt.lib.addresses import of_this_site


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("/desk/?queue=accept", True),
        ("http://testserver/desk/", True),
        ("http://elsewhere/desk/", False),
        ("//elsewhere/desk/", False),
        ("javascript:1", False),
        ("", False),
        ("desk", False),
        ("9999-12-31", False),
    ],
)
def test_what_is_a_page_of_this_site(rf, address, leads):
    assert of_this_site(rf.get("/"), address) == (address if leads else "")


def test_a_bare_word_leads_to_the_own_desk(cast, client):
    client.force_login(cast.leader)
    answer = client.get("/accounts/sign-in/?next=desk")
    assert answer.status_code == 302
    assert answer.url == "/"
