"""Orders: the list, shipping many, and what is done with one."""

from django.urls import path

from tirage.backoffice.orders.views import cancelling, orders, shipping

urlpatterns = [
    path("orders/", orders.orders, name="orders"),
    path("orders/shipping/choose", shipping.choose, name="ship_choose"),
    path("orders/shipping/<slug:reference>/", shipping.shipping, name="shipping"),
    path("orders/shipping/<slug:reference>/run", shipping.run_shipping, name="ship_run"),
    path("orders/shipping/<slug:reference>/stop", shipping.stop, name="ship_stop"),
    path("orders/shipping/<slug:reference>/progress", shipping.progress, name="ship_progress"),
    path("orders/<slug:reference>/ship", shipping.ship, name="order_ship"),
    path("orders/<slug:reference>/ready", shipping.ready, name="order_ready"),
    path("orders/<slug:reference>/tracking", shipping.track, name="order_tracking"),
    path("orders/<slug:reference>/attended", shipping.attended, name="order_attended"),
    path("orders/<slug:reference>/", orders.order, name="order"),
    path("orders/<slug:reference>/note", orders.note, name="order_note"),
    path("orders/<slug:reference>/receipt", orders.mail_receipt, name="order_receipt"),
    path("orders/<slug:reference>/ask-bank", orders.ask_bank, name="order_ask_bank"),
    path("orders/<slug:reference>/refund", orders.refund, name="order_refund"),
    path("orders/<slug:reference>/cancel", cancelling.cancel, name="order_cancel"),
    path("orders/<slug:reference>/give-back", cancelling.give_back_wines, name="order_give_back"),
]
