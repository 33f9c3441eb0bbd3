"""Keeps the signer's tables in the signer's database, and every other table out of it."""

from typing import Any

from django.db import models

ALIAS = "signer_store"


class StoreRouter:
    """Routes by app label; the store app has the label of its database."""

    def db_for_read(self, model: type[models.Model], **_: Any) -> str | None:
        return ALIAS if model._meta.app_label == ALIAS else None

    def db_for_write(self, model: type[models.Model], **_: Any) -> str | None:
        return self.db_for_read(model)

    def allow_relation(self, left: models.Model, right: models.Model, **_: Any) -> bool:
        return (left._meta.app_label == ALIAS) == (right._meta.app_label == ALIAS)

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        return (app_label == ALIAS) == (db == ALIAS)
