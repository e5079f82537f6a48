"""The routes for the gateway: ``path("centrifugo-rpc/", include("centrifugo_rpc.django.urls"))``."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "centrifugo_rpc"

urlpatterns = [
    path("call", views.call, name="call"),
    path("contract", views.contract, name="contract"),
    path("health", views.health, name="health"),
]
