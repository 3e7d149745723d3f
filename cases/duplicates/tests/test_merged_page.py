"""What a desk sees of a case that was merged, and of how far its neighbours are."""

from datetime import timedelta

from django.utils import timezone

from cases.tests.cast import act, report


def test_a_merged_case_names_the_one_it_went_into(cast, client):
    at = timezone.now() - timedelta(minutes=5)
    main, case = report(cast, at=at), report(cast, at=at)
    client.force_login(cast.acceptor)
    said = client.get(f"/cases/{case.number}/").content.decode()
    assert "0 米" in said
    assert "已并入" not in said
    act(cast, case, "merge", "acceptor", at=timezone.now(), main_case=main.number)
    said = client.get(f"/cases/{case.number}/").content.decode()
    facts = said[said.index("已并入") :]
    assert main.get_absolute_url() in facts[:200]
