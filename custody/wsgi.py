"""Entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

from custody import celery as celery  # the application that enqueues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
application = get_wsgi_application()
