"""The mails: the winery's own words for them, and what was sent to whom."""

from __future__ import annotations

from django.db import models

from tirage.customers.models import Customer


class MailText(models.Model):
    """The winery's own subject and words for one kind of mail; without a row the built-in words are used."""

    kind = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=160)
    body = models.TextField()

    def __str__(self) -> str:
        return self.kind


class SentMail(models.Model):
    """One mail that was due: queued with the act, sent by the worker."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="mails")
    kind = models.CharField(max_length=40)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="sent_mail_by_customer")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"
