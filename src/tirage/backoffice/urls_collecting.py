"""Money to collect."""

from django.urls import path

from tirage.backoffice.views import collecting

urlpatterns = [
    path("", collecting.collect, name="collect"),
    path("retry", collecting.retry_many, name="collect_retry"),
    path("<slug:reference>/", collecting.collection, name="collection"),
    path("<slug:reference>/retry", collecting.retry, name="collection_retry"),
    path("<slug:reference>/link", collecting.mail_link, name="collection_link"),
    path("<slug:reference>/card", collecting.ask_card, name="collection_card"),
    path("<slug:reference>/let-go", collecting.give_up, name="collection_let_go"),
]
