"""Tables of these tests only; made and dropped by the fixtures in conftest."""

from django.contrib.gis.db import models


class Cell(models.Model):
    name = models.CharField(max_length=20)
    geom = models.PolygonField(srid=4490)

    class Meta:
        app_label = "spatial"


class Spot(models.Model):
    name = models.CharField(max_length=20)
    geom = models.PointField(srid=4490, null=True)
    wgs = models.PointField(srid=4326, null=True)
    reach = models.FloatField(default=0)

    class Meta:
        app_label = "spatial"


class Road(models.Model):
    name = models.CharField(max_length=20)
    geom = models.LineStringField(srid=4490)
    flat = models.LineStringField(srid=4507, null=True)

    class Meta:
        app_label = "spatial"


class Shape(models.Model):
    """No R*Tree on either side: the key is not the rowid."""

    name = models.CharField(max_length=20, primary_key=True)
    geom = models.GeometryField(srid=4490)

    class Meta:
        app_label = "spatial"


MODELS = [Cell, Spot, Road, Shape]
