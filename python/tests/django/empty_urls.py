"""A project that has forgotten to include the routes."""

urlpatterns: list[object] = []
