"""Model fields for amounts in base units."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from custody.common.money import MAX_DIGITS


class BaseUnitsField(models.DecimalField):  # type: ignore[type-arg]
    """Non-negative integer of up to 78 digits: NUMERIC(78,0) in PostgreSQL, int in Python."""

    default_validators = [MinValueValidator(0)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", MAX_DIGITS)
        kwargs.setdefault("decimal_places", 0)
        super().__init__(*args, **kwargs)

    def db_check(self, connection: object) -> str:
        return f'"{self.column}" >= 0'

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's own signature
        if value is None or isinstance(value, int):
            return value
        number = super().to_python(value)
        return None if number is None else int(number)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(value, float):
            raise TypeError("amounts are integers, never floats")
        return super().get_db_prep_save(None if value is None else Decimal(value), connection)
