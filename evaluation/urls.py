from django.urls import path

from evaluation import bulletin_views, league, views

app_name = "evaluation"
urlpatterns = [
    *league.urlpatterns,
    path("scores/", views.index, name="index"),
    path("scores/compute/", views.compute, name="compute"),
    path("scores/run/<slug:token>/", views.run, name="run"),
    path("scores/schemes/", views.schemes, name="schemes"),
    path("scores/schemes/<int:pk>/", views.scheme, name="scheme"),
    path("scores/bulletins/<int:pk>/", bulletin_views.bulletin, name="bulletin"),
    path("scores/bulletins/<int:pk>/status/", bulletin_views.advance, name="advance"),
    path("scores/bulletins/<int:pk>/correct/", bulletin_views.correct, name="correct"),
    path("scores/<slug:ref>/", views.sheet, name="sheet"),
    path("scores/<slug:ref>/cases/", views.cases, name="cases"),
    path("scores/<slug:ref>/<slug:kind>/<int:of>/", views.one, name="object"),
    path("scores/<slug:ref>/<slug:kind>.<slug:form>", views.export, name="export"),
    path("scores/<int:pk>/bulletin/", bulletin_views.new, name="new_bulletin"),
]
