"""Tables with geometry columns, and the R*Tree kept beside each."""

from django.contrib.gis.db.models import GeometryField
from django.db import NotSupportedError
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

from . import index


def _geometry_fields(model):
    return [field for field in model._meta.local_fields if isinstance(field, GeometryField)]


class SpatialSchemaEditor(DatabaseSchemaEditor):
    def create_model(self, model):
        super().create_model(model)
        for field in _geometry_fields(model):
            self._build_index(model, field, model._meta.db_table)

    def delete_model(self, model, handle_autom2m=True):
        for field in _geometry_fields(model):
            self._drop_index(model._meta.db_table, field)
        super().delete_model(model, handle_autom2m)

    def alter_db_table(self, model, old_db_table, new_db_table):
        """Renaming comes last when SQLite remakes a table, so the index is built here."""
        for field in _geometry_fields(model):
            self._drop_index(old_db_table, field)
        super().alter_db_table(model, old_db_table, new_db_table)
        for field in _geometry_fields(model):
            self._build_index(model, field, new_db_table)

    def add_field(self, model, field):
        super().add_field(model, field)
        if isinstance(field, GeometryField):
            self._build_index(model, field, model._meta.db_table)

    def remove_field(self, model, field):
        if isinstance(field, GeometryField):
            self._drop_index(model._meta.db_table, field)
        super().remove_field(model, field)

    def _alter_field(self, model, old_field, new_field, *args, **kwargs):
        spatial = isinstance(old_field, GeometryField), isinstance(new_field, GeometryField)
        if all(spatial) and old_field.srid != new_field.srid:
            raise NotSupportedError(
                f"{model._meta.label}.{old_field.name}: stored geometry cannot change its SRID "
                f"from {old_field.srid} to {new_field.srid}; add a column and transform into it."
            )
        if spatial[0]:
            self._drop_index(model._meta.db_table, old_field)
        super()._alter_field(model, old_field, new_field, *args, **kwargs)
        if spatial[1]:
            self._build_index(model, new_field, model._meta.db_table)

    def _drop_index(self, table, field):
        for sql in index.drop_statements(table, field.column, self.quote_name):
            self.execute(sql)

    def _build_index(self, model, field, table):
        self._drop_index(table, field)
        if not index.is_indexed(model, field, self.connection):
            return
        pk = model._meta.pk.column
        for sql in index.create_statements(table, pk, field.column, self.quote_name):
            self.execute(sql)
