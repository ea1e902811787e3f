"""Payments, and what is about money."""

from django.urls import path

from tirage.backoffice.views import payments

urlpatterns = [
    path("", payments.payments, name="payments"),
    path("daily/", payments.daily_totals, name="daily_totals"),
    path("<slug:reference>/", payments.payment, name="payment"),
    path("<slug:reference>/ask-bank", payments.ask_bank, name="payment_ask_bank"),
    path("<slug:reference>/answer", payments.answer, name="payment_answer"),
    path("<slug:reference>/refund", payments.refund, name="payment_refund"),
]
