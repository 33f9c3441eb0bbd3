"""Entry point for an ASGI server; nothing here needs one, operators may."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
application = get_asgi_application()
