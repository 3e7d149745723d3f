"""The same photo on two cases is pointed out, to those who may see both."""

from cases.photos.same import elsewhere
from cases.tests.cast import photo, report

SAME = photo("close", "purple")


def of(case):
    return list(case.attachments.all())


def test_the_other_cases_are_named_to_whoever_may_see_them(cast):
    one, two = report(cast, photos=[SAME, photo("wide", "red")]), report(cast, photos=[SAME])
    shared = of(two)[0].sha256
    assert elsewhere(cast.acceptor, one, of(one)) == {shared: [two.number]}
    assert elsewhere(cast.acceptor, two, of(two)) == {shared: [one.number]}
    assert elsewhere(cast.outsider, one, of(one)) == {}
    assert elsewhere(cast.acceptor, one, []) == {}


def test_the_page_and_the_interface_point_it_out(client, cast):
    one = report(cast, photos=[SAME])
    alone = report(cast, photos=[photo("close", "orange")])
    two = report(cast, photos=[SAME])
    client.force_login(cast.acceptor)
    page = client.get(one.get_absolute_url()).content.decode()
    assert f'<a href="{two.get_absolute_url()}">{two.number}</a>' in page.split("photo-same")[1]
    assert "photo-same" not in client.get(alone.get_absolute_url()).content.decode()
    told = client.get(f"/api/v1/cases/{one.number}/").json()["photos"]
    assert [row["also_on"] for row in told] == [[two.number]]
