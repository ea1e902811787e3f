"""The WSGI callable that granian (or any other server) runs."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tirage.config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
