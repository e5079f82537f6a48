"""The JSON Schemas of Pydantic models."""
