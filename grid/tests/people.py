"""A person with given verbs, for tests of pages."""

from citymgmt.accounts.models import Department, Membership, Post, User


def person(name, *verbs):
    post = Post.objects.create(code=name, name_zh=name, name_en=name, verbs=list(verbs))
    department = Department.objects.create(code=name, name_zh=name, kind="center")
    user = User.objects.create_user(name)
    Membership.objects.create(user=user, post=post, department=department)
    return user
