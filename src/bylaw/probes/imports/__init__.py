"""The import probe: what importing each first-party module really does."""
