from __future__ import annotations

import os
import warnings

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")

# Celery warns of root because of pickled messages, which settings refuse; containers often run as root.
warnings.filterwarnings("ignore", message=r"\s*You're running the worker with superuser privileges")

app = Celery("advocate")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
