"""Addresses of the wall and the overview; included by `dispatch.urls`, in its namespace."""

from django.urls import path

from dispatch.command import overview, views

urlpatterns = [
    path("wall/", views.wall, name="wall"),
    path("wall/figures.json", views.wall_figures, name="wall_figures"),
    path("wall/layers.json", views.wall_layers, name="wall_layers"),
    path("wall/ground.json", views.wall_ground, name="wall_ground"),
    path("wall/list/<str:counter>/", overview.listing, name="wall_list"),
    path("overview/", overview.overview, name="overview"),
]
