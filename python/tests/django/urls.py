"""The routes."""

from django.urls import include, path

urlpatterns = [path("rpc/", include("centrifugo_rpc.django.urls"))]
