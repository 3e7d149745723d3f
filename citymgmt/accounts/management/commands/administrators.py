"""The first three administrators of a new installation; later ones are appointed on the pages."""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from citymgmt.accounts.actions import appoint, load_posts, save_department, save_person
from citymgmt.accounts.models import Department, Membership, User
from citymgmt.accounts.posts import SEPARATED


class Command(BaseCommand):
    help = (
        "Create the system, security and audit administrator; prints a password for each,"
        " to be changed at the first sign-in."
    )

    def add_arguments(self, parser):
        for post in sorted(SEPARATED):
            parser.add_argument(f"--{post}", required=True, metavar="USERNAME")
        parser.add_argument("--center", default="监督指挥中心", help="name of the first department")

    @transaction.atomic
    def handle(self, *args, center, **options):
        if Membership.objects.not_over().filter(post__code__in=SEPARATED).exists():
            raise CommandError("There are administrators already; they appoint the next ones.")
        names = {post: options[post] for post in sorted(SEPARATED)}
        if len(set(names.values())) < len(names):
            raise CommandError("The three administrators are three different people.")
        if User.objects.filter(username__in=names.values()).exists():
            raise CommandError("One of these user names is taken.")
        posts = {post.code: post for post in load_posts()}
        department = Department.objects.order_by("id").first() or save_department(
            department=Department(code="center", name_zh=center, kind="center"), by=None
        )
        for post, username in names.items():
            password = f"{secrets.token_urlsafe(12)}-Aa1"
            person = User(username=username)
            person.set_password(password)
            save_person(person=person, by=None)
            appoint(user=person, post=posts[post], department=department, by=None)
            self.stdout.write(f"{post}: {username} {password}")
