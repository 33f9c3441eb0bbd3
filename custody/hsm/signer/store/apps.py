"""Django app of the signer's store; the only app of the signer process."""

from django.apps import AppConfig


class SignerStoreConfig(AppConfig):
    name = "custody.hsm.signer.store"
    label = "signer_store"
