"""A page of the public site, with its tabs."""

from django.shortcuts import render

from hotline.portal import navigation


def page(request, name, context, status=200):
    context["public_nav"] = navigation.tabs(request)
    return render(request, f"hotline/portal/{name}.html", context, status=status)
