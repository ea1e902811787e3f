"""``/dev/mail/``: only where settings.TIRAGE_DEV_PAGES says so."""

from django.conf import settings
from django.urls import URLPattern, path

from tirage.notifications import dev

app_name = "dev_mail"
urlpatterns: list[URLPattern] = []
if settings.TIRAGE_DEV_PAGES:
    urlpatterns = [
        path("", dev.mails, name="mails"),
        path("<str:name>/", dev.mail, name="mail"),
        path("<str:name>/html", dev.mail_html, name="mail_html"),
    ]
