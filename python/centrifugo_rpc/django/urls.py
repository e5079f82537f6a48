"""The routes for the gateway, to include in the URL configuration of the project."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import views

app_name = "centrifugo_rpc"

urlpatterns: list[URLPattern] = [
    path("call", views.call, name="call"),
    path("cancel", views.cancel, name="cancel"),
    path("contract", views.contract, name="contract"),
    path("health", views.health, name="health"),
]
