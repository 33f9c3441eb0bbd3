"""Form fields that more than one face of the product uses."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _


class SmallFileField(forms.FileField):
    """A file of at most ``limit`` bytes; None where it is not required and not there."""

    def __init__(self, *, limit: int, label: object, help_text: object = "", required: bool = True) -> None:
        super().__init__(label=label, help_text=help_text, max_length=200, required=required)  # type: ignore[arg-type]
        self.limit = limit

    def clean(self, data: object, initial: object = None) -> "UploadedFile[bytes] | None":
        file: UploadedFile[bytes] | None = super().clean(data, initial)
        if file and (file.size or 0) > self.limit:
            raise forms.ValidationError(_("The file is too large."))
        return file


class FileOrTextForm(forms.Form):
    """Takes the same either as a file, in the field ``FILE``, or as text, in the field ``text``."""

    FILE = "file"

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        if not self.errors and bool(fields.get(self.FILE)) == bool(fields.get("text")):
            raise forms.ValidationError(_("Give a file or a text, one of both."))
        return fields
