"""Changes of orders while they are prepared."""

from django.urls import path

from tirage.backoffice.views import changes

urlpatterns = [
    path("", changes.changes, name="changes"),
    path("<slug:reference>/", changes.change, name="change"),
    path("<slug:reference>/wines", changes.change_wines, name="change_wines"),
    path("<slug:reference>/drop", changes.drop_change, name="change_drop"),
    path("<slug:reference>/retry", changes.retry_change, name="change_retry"),
    path("<slug:reference>/ask-bank", changes.ask_about_change, name="change_ask_bank"),
]
