"""The back office. Every view here is guarded by ``staff_required``; a test walks this list and proves it."""

from django.urls import include, path

from tirage.backoffice.views import delivery, home, lists, mails, orders, search, settings, team, wishes

app_name = "backoffice"
urlpatterns = [
    path("", home.home, name="home"),
    path("search", search.search, name="search"),
    path("lists/<slug:name>/columns", lists.choose_columns, name="columns"),
    path("", include("tirage.backoffice.urls_customers")),
    path("", include("tirage.backoffice.urls_cellar")),
    path("", include("tirage.backoffice.urls_releases")),
    path("settings/import/", include("tirage.backoffice.urls_imports")),
    path("payments/", include("tirage.backoffice.urls_payments")),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:reference>/", orders.order, name="order"),
    path("orders/<slug:reference>/note", orders.note, name="order_note"),
    path("orders/<slug:reference>/receipt", orders.mail_receipt, name="order_receipt"),
    path("orders/<slug:reference>/ask-bank", orders.ask_bank, name="order_ask_bank"),
    path("orders/<slug:reference>/refund", orders.refund, name="order_refund"),
    path("orders/<slug:reference>/cancel", orders.cancel, name="order_cancel"),
    path("wishes/", wishes.wishes, name="wishes"),
    path("wishes/decline", wishes.decline, name="wishes_decline"),
    path("settings/", settings.winery, name="settings"),
    path("settings/look/", settings.look, name="look"),
    path("settings/mails/", mails.mails, name="mails"),
    path("settings/mails/<slug:kind>/", mails.mail, name="mail"),
    path("settings/mails/<slug:kind>/preview", mails.mail_preview, name="mail_preview"),
    path("settings/mails/<slug:kind>/restore", mails.restore, name="mail_restore"),
    path("settings/team/", team.team, name="team"),
    path("settings/team/invite", team.invite, name="team_invite"),
    path("settings/team/<slug:reference>/", team.member, name="member"),
    path("settings/team/<slug:reference>/invite", team.invite_again, name="member_invite"),
    path("settings/team/<slug:reference>/second-factor", team.reset_factor, name="member_factor"),
    path("settings/delivery/", delivery.delivery, name="delivery"),
    path("settings/delivery/methods/new", delivery.method, name="delivery_method_new"),
    path("settings/delivery/methods/<slug:reference>/", delivery.method, name="delivery_method"),
    path("settings/delivery/methods/<slug:reference>/rates", delivery.rates, name="delivery_rates"),
    path(
        "settings/delivery/methods/<slug:reference>/remove",
        delivery.remove_method,
        name="delivery_method_remove",
    ),
    path("settings/delivery/zones/new", delivery.zone, name="delivery_zone_new"),
    path("settings/delivery/zones/<str:name>/", delivery.zone, name="delivery_zone"),
    path("settings/delivery/zones/<str:name>/remove", delivery.remove_zone, name="delivery_zone_remove"),
    path("settings/delivery/places/new", delivery.destination, name="delivery_destination_new"),
    path("settings/delivery/states", delivery.states, name="delivery_states"),
    path("settings/delivery/places/<slug:country>/", delivery.destination, name="delivery_country"),
    path(
        "settings/delivery/places/<slug:country>/<slug:state>/",
        delivery.destination,
        name="delivery_destination",
    ),
    path("settings/delivery/export/<slug:table>.<slug:kind>", delivery.export, name="delivery_export"),
    path("settings/delivery/import/<slug:table>", delivery.import_table, name="delivery_import"),
]
