"""Handlers: how they are registered, and how calls reach them."""
