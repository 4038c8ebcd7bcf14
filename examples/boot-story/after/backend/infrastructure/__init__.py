"""A package: infrastructure."""
