"""The home page: what is selling now and what needs somebody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from tirage.backoffice.permissions import Permission, staff_required


@staff_required(Permission.ENTER)
def home(request: HttpRequest) -> HttpResponseBase:
    return render(request, "backoffice/home.html", {})
