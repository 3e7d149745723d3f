"""`{% csrf_token %}` of every form also says for whom its page was made (`ended.made_for`).

A browser has one session for all its tabs: a form filled in by one person could otherwise be
sent under the name of another who has signed in since.
"""

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from citymgmt.accounts.ended import MADE_FOR

register = template.Library()


class WhoseNode(CsrfTokenNode):
    def render(self, context):
        token = super().render(context)
        user = context.get("user")
        if not token or user is None or not user.is_authenticated:
            return token
        field = '{}<input type="hidden" name="{}" value="{}">'
        return format_html(field, token, MADE_FOR, user.pk)


@register.tag
def csrf_token(parser, token):
    return WhoseNode()
