from django.urls import path

from evaluation.bulletins import league
from evaluation.bulletins import views as bulletin_views
from evaluation.missed import views as missed_views
from evaluation.record import views as anchor_views
from evaluation.schemes import views as scheme_views
from evaluation.sheets import case_views, own_views, views

app_name = "evaluation"
urlpatterns = [
    *league.urlpatterns,
    *anchor_views.urlpatterns,
    path("scores/", views.index, name="index"),
    path("scores/compute/", views.compute, name="compute"),
    path("scores/run/<uuid:token>/", views.run, name="run"),
    path("scores/schemes/", scheme_views.schemes, name="schemes"),
    path("scores/schemes/<int:pk>/", scheme_views.scheme, name="scheme"),
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
