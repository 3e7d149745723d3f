"""Rows a center starts from: who is told of deadlines."""

from citymgmt.accounts.models import Post
from dispatch.models import EscalationRule
from dispatch.notices.shipped import RULES


def load_escalation() -> int:
    """The shipped rules where there are none at all; the number added. Posts come first."""
    if EscalationRule.objects.exists():
        return 0
    posts = {post.code: post for post in Post.objects.all()}
    rules = [
        EscalationRule(
            moment=moment, stage=stage, scope=scope, post=posts.get(post), channel=channel,
            on_duty_only=on_duty,
        )
        for moment, stage, scope, post, channel, on_duty in RULES
        if not post or post in posts
    ]  # fmt: skip
    return len(EscalationRule.objects.bulk_create(rules))
