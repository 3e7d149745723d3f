"""The cast: one person per post, named like it, and an outsider without any."""

from types import SimpleNamespace

import pytest

from citymgmt.accounts.actions import load_posts
from citymgmt.accounts.models import Department, Membership, Post, User
from citymgmt.accounts.posts import POSTS

EVERYBODY = [*POSTS, "outsider"]


@pytest.fixture
def departments(db):
    center = Department.objects.create(
        code="center", name_zh="指挥中心", name_en="Center", kind="center"
    )
    water = Department.objects.create(
        code="water", name_zh="水务局", name_en="Water", kind="department", parent=center
    )
    pipes = Department.objects.create(
        code="pipes", name_zh="管网所", name_en="Pipes", kind="department", parent=water
    )
    return SimpleNamespace(center=center, water=water, pipes=pipes)


@pytest.fixture
def posts(db):
    load_posts()
    return {post.code: post for post in Post.objects.all()}


@pytest.fixture
def cast(posts, departments):
    people = {
        name: User.objects.create(username=name, full_name=f"人·{name}") for name in EVERYBODY
    }
    for code, post in posts.items():
        Membership.objects.create(user=people[code], post=post, department=departments.center)
    return people


@pytest.fixture
def fresh(db):
    """Somebody new, without a post."""
    return User.objects.create(username="fresh")
