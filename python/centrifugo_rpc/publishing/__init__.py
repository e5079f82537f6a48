"""Publishing through the gateway."""
