#!/usr/bin/env python
"""Django's command line in the project's settings."""

import os
import sys

from django.core.management import execute_from_command_line

from custody import celery as celery  # the application that enqueues

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
    execute_from_command_line(sys.argv)
