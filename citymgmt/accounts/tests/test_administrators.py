"""A new installation gets its three administrators once."""

import pytest
from django.core.management import CommandError, call_command

from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import User

pytestmark = pytest.mark.django_db
NAMES = {"sysadmin": "li", "secadmin": "wang", "auditor": "zhao"}


def test_three_people_with_a_post_and_a_password_each(capsys):
    call_command("administrators", **NAMES)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for post, username, password in lines:
        person = User.objects.get(username=username)
        assert NAMES[post.rstrip(":")] == username
        assert person.post_codes == (post.rstrip(":"),)
        assert person.check_password(password)
    assert len(lines) == 3
    assert audit_broken() == []


def test_a_second_time_is_refused():
    call_command("administrators", **NAMES)
    with pytest.raises(CommandError, match="already"):
        call_command("administrators", **{post: f"{name}2" for post, name in NAMES.items()})
    assert User.objects.count() == 3


def test_one_person_cannot_be_two_of_them():
    with pytest.raises(CommandError, match="different"):
        call_command("administrators", **(NAMES | {"auditor": "li"}))
    assert not User.objects.exists()


def test_a_taken_name_is_refused(fresh):
    with pytest.raises(CommandError, match="taken"):
        call_command("administrators", **(NAMES | {"auditor": "fresh"}))
    assert User.objects.get() == fresh
