from django.urls import path

from cases.ledgers import views

app_name = "ledgers"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:code>/", views.ledger, name="ledger"),
    path("<slug:code>/print/", views.sheet, name="print"),
    path("<slug:code>.<slug:form>", views.file, name="file"),
]
