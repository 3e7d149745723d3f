"""The people of the demonstration city: departments, one account per post, a realistic staff.

A database is a demonstration from the row on record that `make_people` writes; nothing else
writes one, and `make_people` refuses a database with people of its own.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.models import UserObjectPermission

from citymgmt.accounts.actions import load_posts
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AuditEvent, Department, Membership, Post, User
from citymgmt.accounts.posts import POSTS, SCREEN
from citymgmt.accounts.queries import people
from citymgmt.lib.errors import NotNow

MARK = "demonstration"
PASSWORD = "citymgmt-demo"
ROLES = Path(__file__).parent / "data" / "responsible_roles.csv"

CENTER, SUPERVISION, COMMAND = "center", "supervision_center", "command_center"
DISTRICT, STREETS, CONTRACTOR = "district", "street_office", "contractor"
K = Department.Kind
FIXED = [
    # code, Chinese, English, kind, code of the parent
    (CENTER, "安宁区城市管理监督指挥中心",
     "Anning District Urban Management Supervision and Command Center", K.CENTER, None),
    (SUPERVISION, "监督中心", "Supervision center", K.CENTER, CENTER),
    (COMMAND, "指挥中心", "Command center", K.CENTER, CENTER),
    (DISTRICT, "安宁区人民政府", "Anning District Government", K.DISTRICT, None),
    (CONTRACTOR, "安宁城市信息采集有限公司", "Anning City Data Collection Co., Ltd.",
     K.CONTRACTOR, None),
]  # fmt: skip
STREETS_IN_ENGLISH = {
    "培黎街道": "Peili Subdistrict", "西路街道": "Xilu Subdistrict",
    "沙井驿街道": "Shajingyi Subdistrict", "十里店街道": "Shilidian Subdistrict",
    "孔家崖街道": "Kongjiaya Subdistrict", "银滩路街道": "Yintanlu Subdistrict",
    "刘家堡街道": "Liujiabu Subdistrict", "安宁堡街道": "Anningbu Subdistrict",
}  # fmt: skip
# Where the account named like the post works. The department's two look after the whole district.
HOME_OF = {
    "collector": CONTRACTOR, "acceptor": SUPERVISION, "shift_leader": SUPERVISION,
    "dispatcher": COMMAND, "liaison": DISTRICT, "handler": DISTRICT, "inspector": COMMAND,
    "leader": COMMAND, "evaluator": SUPERVISION, "sysadmin": CENTER, "secadmin": CENTER,
    "auditor": CENTER, "screen": COMMAND,
}  # fmt: skip
# Further people of a post at the center and its contractor.
STAFF = {
    "collector": 24,
    "acceptor": 4,
    "shift_leader": 2,
    "dispatcher": 3,
    "leader": 1,
    "evaluator": 1,  # who writes a bulletin does not check it
}
PER_UNIT = {"liaison": 1, "handler": 2}
SCREEN_NAME = "指挥大厅大屏"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国玉兰志红春梅海燕文斌晓东宁雪峰"


class Person(NamedTuple):
    username: str
    post: str
    department: str


def marked() -> bool:
    """True on a database that the demonstration made."""
    return AuditEvent.objects.filter(verb=MARK).exists()


def offered() -> bool:
    """One-click sign-in: asked for by the installation, and on a demonstration's database."""
    return settings.DEMO and marked()


def one_per_post():
    """The accounts named like their posts, in the order of the posts."""
    order = Post.objects.filter(code=OuterRef("username")).values("order")
    return people(active=True).filter(username__in=POSTS).order_by(Subquery(order))


@transaction.atomic
def make_people(*, streets: Sequence[tuple[str, str]]) -> dict[str, list[User]]:
    """Departments, posts, people and their department grants; whatever is there stays.

    `streets` are (9-digit code, Chinese name). Answers the people of each post, the account
    named like the post first: whoever calls grants them their areas. `NotNow` on a database
    with people or departments that are not the demonstration's.
    """
    if not marked() and (User.objects.exists() or Department.objects.exists()):
        raise NotNow(
            _("This database holds people who are not the demonstration's."), code="not_empty"
        )
    posts = {post.code: post for post in load_posts()}
    departments = _make_departments(streets)
    planned = list(_people([d for d in departments.values() if _disposes(d)]))
    users = _make_users(planned)
    _make_memberships(planned, users, posts, departments)
    _grant_departments(planned, users, departments)
    if not marked():
        record(verb=MARK, data={"people": len(users), "departments": len(departments)})
    return {code: [users[p.username] for p in planned if p.post == code] for code in POSTS}


def _disposes(department) -> bool:
    return department.path.startswith(f"/{DISTRICT}/") and department.code != DISTRICT


def _make_departments(streets) -> dict[str, Department]:
    known = {d.code: d for d in Department.objects.all()}
    for code, zh, en, kind, parent in _tree(streets):
        if code not in known:
            group = kind if parent in {DISTRICT, STREETS} and kind != K.DISTRICT else ""
            known[code] = Department.objects.create(
                code=code, name_zh=zh, name_en=en, kind=kind, group=group, parent=known.get(parent)
            )
    return known


def _tree(streets) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Rows like `FIXED`, parents first: the center, a unit for every role, the street offices."""
    yield from FIXED
    with ROLES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["role"], row["zh"], row["en"], row["kind"], DISTRICT
    for code, name in streets:
        yield f"street-{code}", name, STREETS_IN_ENGLISH.get(name, ""), K.STREET, STREETS


def _people(units) -> Iterator[Person]:
    for post in POSTS:
        yield Person(post, post, HOME_OF[post])
    for post, number in STAFF.items():
        for n in range(1, number + 1):
            yield Person(f"{post}{n:02}", post, HOME_OF[post])
    for unit in sorted(units, key=lambda unit: unit.code):
        for post, number in PER_UNIT.items():
            for n in range(1, number + 1):
                yield Person(f"{post}-{unit.code}-{n}", post, unit.code)


def chinese_name(number: int) -> str:
    """A name for each number; no two are the same below 1600."""
    surname = SURNAMES[number % len(SURNAMES)]
    # 457 has no factor in common with 1600: each pair of given characters comes once.
    first, second = divmod(number * 457 % len(GIVEN) ** 2, len(GIVEN))
    return surname + GIVEN[first] + (GIVEN[second] if second != first else "")


def _make_users(planned) -> dict[str, User]:
    names = [person.username for person in planned]
    known = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    # One hash for all: hashing is slow by design, and this password is published anyway.
    password = make_password(PASSWORD)
    User.objects.bulk_create(
        User(
            username=person.username, password=password,
            full_name=SCREEN_NAME if person.post == SCREEN else chinese_name(number),
            on_duty=person.post == "collector",
        )
        for number, person in zip(count(1), planned, strict=False)
        if person.username not in known
    )  # fmt: skip
    return {user.username: user for user in User.objects.filter(username__in=names)}


def _make_memberships(planned, users, posts, departments):
    held = set(Membership.objects.values_list("user_id", "post_id"))
    since = timezone.localdate() - timedelta(days=365)
    Membership.objects.bulk_create(
        Membership(
            user=users[p.username], post=posts[p.post], department=departments[p.department],
            since=since,
        )
        for p in planned
        if (users[p.username].pk, posts[p.post].pk) not in held
    )  # fmt: skip


def _grant_departments(planned, users, departments):
    permission = Permission.objects.get(
        content_type__app_label="accounts", codename="handle_department"
    )
    UserObjectPermission.objects.bulk_create(
        (
            UserObjectPermission(
                user=users[p.username], permission=permission,
                content_type_id=permission.content_type_id,
                object_pk=str(departments[p.department].pk),
            )
            for p in planned
            if p.post in PER_UNIT
        ),
        ignore_conflicts=True,
    )  # fmt: skip
