"""The WSGI callable that granian (or any other server) runs."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tirage.config.settings")

from django.core.wsgi import get_wsgi_application

from tirage.checkout.recording import keep_recording
from tirage.core.heartbeats import keep_writing

application = get_wsgi_application()
keep_writing()
keep_recording()

# What is loaded now stays for good; without this the collector walks all of it again and again under load.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 25, 50)
