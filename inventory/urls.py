from django.urls import path

from inventory.components import views

app_name = "inventory"
urlpatterns = [
    path("map/components.json", views.components_json, name="components_json"),
    path("map/components/<str:code>/", views.component_card, name="component_card"),
    path("components/", views.components, name="components"),
    path("components/<str:code>/", views.component, name="component"),
]
