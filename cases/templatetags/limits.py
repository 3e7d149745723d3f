"""{{ row|limit_words }}: the limit of a condition, a promise or a case in words."""

from django import template

from cases.standards import units

register = template.Library()


@register.filter
def limit_words(row):
    return units.limit_words(row.limit_value, row.limit_unit)
