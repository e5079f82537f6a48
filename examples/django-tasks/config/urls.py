"""The routes: those of the gateway alone."""

from django.urls import include, path

urlpatterns = [path("centrifugo-rpc/", include("centrifugo_rpc.django.urls"))]
