"""The configuration, from code and environment."""
