"""``EncryptedField``: text that the database sees only as ciphertext.

Use it as ``name = EncryptedField(subject="person")``: ``subject`` names the attribute whose value
owns the data key (shredding that subject erases the field); without it every row is its own
subject. The primary key is part of what is authenticated, hence it must be known before the
first save: a text id or UUID made by us, not an automatic number. Renaming model or field
needs a data migration that encrypts again. Filtering by content is refused.
"""

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from custody.vault import keyring
from custody.vault.sealed import Sealed, seal

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField  # generic to the type checker only


class EncryptedAttribute(DeferredAttribute):
    """Decrypts on first access and keeps the text on the instance."""

    field: "EncryptedField"

    def __get__(self, instance: models.Model | None, owner: type[models.Model] | None = None) -> object:
        if instance is None:
            return self
        name = self.field.attname
        value = instance.__dict__.get(name, self)
        if value is self:
            value = super().__get__(instance, owner)
        if isinstance(value, Sealed):
            value = instance.__dict__[name] = self.field.unseal(instance, value)
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        # A data descriptor: without __set__ the instance's __dict__ would answer before __get__.
        instance.__dict__[self.field.attname] = value


class EncryptedField(_Text):
    """Text stored as AES-256-GCM ciphertext in a bytea column; see the module's docstring."""

    descriptor_class = EncryptedAttribute

    def __init__(self, *args: Any, subject: str = "", **kwargs: Any) -> None:  # noqa: ANN401
        self.subject = subject
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:  # noqa: ANN401
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"subject": self.subject} if self.subject else {})}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = list(super().check(**kwargs))
        if isinstance(self.model._meta.pk, models.AutoField):
            hint = "Give the model a text id or UUID as primary key."
            errors.append(
                checks.Error(
                    "EncryptedField needs a primary key known before the first save.",
                    hint=hint,
                    obj=self,
                    id="vault.E001",
                )
            )
        return errors

    def get_lookup(self, lookup_name: str) -> Any:  # noqa: ANN401
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def from_db_value(self, value: bytes | None, *_: object) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_prep_value(self, value: object) -> object:
        return value

    def get_db_prep_value(
        self, value: object, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is written by save() only, where it is encrypted")
        return value.data

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        number, key = keyring.key_for_writing(self._subject_of(model_instance))
        return seal(str(value), key=key, key_number=number, place=self._place_of(model_instance))

    def unseal(self, instance: models.Model, value: Sealed) -> str:
        """Decrypt for ``instance``; raises VaultIntegrityError, ShreddedError, KeysUnavailableError."""
        key = keyring.key_for_reading(value.key_number, self._subject_of(instance))
        return value.open(key=key, place=self._place_of(instance))

    def _place_of(self, instance: models.Model) -> str:
        if not instance.pk:
            raise ValueError(f"{instance._meta.label}: primary key must be set before encrypting {self.name}")
        return f"{self.model._meta.label_lower}|{instance.pk}|{self.name}"

    def _subject_of(self, instance: models.Model) -> str:
        if self.subject:
            return str(getattr(instance, self.subject))
        return f"{self.model._meta.label_lower}:{instance.pk}"
