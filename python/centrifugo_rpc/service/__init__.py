"""The handler service that the gateway calls."""
