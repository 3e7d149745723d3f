from django.urls import path

from evaluation import (
    anchor_views,
    bulletin_views,
    case_views,
    league,
    missed_views,
    own_views,
    views,
)

app_name = "evaluation"
urlpatterns = [
    *league.urlpatterns,
    *anchor_views.urlpatterns,
    path("scores/", views.index, name="index"),
    path("scores/compute/", views.compute, name="compute"),
    path("scores/run/<slug:token>/", views.run, name="run"),
    path("scores/schemes/", views.schemes, name="schemes"),
    path("scores/schemes/<int:pk>/", views.scheme, name="scheme"),
    path("scores/bulletins/<int:pk>/", bulletin_views.bulletin, name="bulletin"),
    path("scores/bulletins/<int:pk>/status/", bulletin_views.advance, name="advance"),
    path("scores/bulletins/<int:pk>/correct/", bulletin_views.correct, name="correct"),
    path("scores/mine/", own_views.mine, name="mine"),
    path("scores/missed/", missed_views.missed, name="missed"),
    path("scores/missed/<str:number>/", missed_views.decide, name="decide_missed"),
    path("scores/missed/<str:number>/object/", missed_views.object_to, name="object_missed"),
    path("scores/<slug:ref>/", views.sheet, name="sheet"),
    path("scores/<slug:ref>/cases/", case_views.cases, name="cases"),
    path("scores/<slug:ref>/<slug:kind>/<int:of>/", case_views.one, name="object"),
    path("scores/<slug:ref>/<slug:kind>.<slug:form>", views.export, name="export"),
    path("scores/<int:pk>/bulletin/", bulletin_views.new, name="new_bulletin"),
]
