"""Payments, and what is about money."""

from django.urls import path

from tirage.backoffice.payments import views

urlpatterns = [
    path("payments/", views.payments, name="payments"),
    path("payments/daily/", views.daily_totals, name="daily_totals"),
    path("payments/<slug:reference>/", views.payment, name="payment"),
    path("payments/<slug:reference>/ask-bank", views.ask_bank, name="payment_ask_bank"),
    path("payments/<slug:reference>/answer", views.answer, name="payment_answer"),
    path("payments/<slug:reference>/refund", views.refund, name="payment_refund"),
]
