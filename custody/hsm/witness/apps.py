"""Django app of the witness process: one command, no model; installed in that process alone."""

from django.apps import AppConfig


class WitnessConfig(AppConfig):
    name = "custody.hsm.witness"
    label = "witness"
