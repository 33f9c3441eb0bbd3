"""Django app of the keys process: one command, no model; installed in that process alone."""

from django.apps import AppConfig


class KeysServerConfig(AppConfig):
    name = "custody.hsm.keys_server"
    label = "keys_server"
