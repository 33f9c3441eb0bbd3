"""Registers the document store."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "custody.documents"
    label = "documents"
