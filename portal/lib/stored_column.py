"""A column that PostgreSQL computes and stores."""

from typing import Any

from django.db import models


class StoredColumn(models.GeneratedField):
    """Django's own, without its question whether the database can do it.

    Every PostgreSQL that this site runs on can. To ask, Django connects, and commands that need no database
    (``makemigrations``, ``check --deploy``, the translations) would need one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"db_persist": True} | kwargs)

    def _check_supported(self, databases: Any) -> list[Any]:
        return []

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs
