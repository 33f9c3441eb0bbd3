"""Registers the reports application."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "custody.reports"
    label = "reports"
