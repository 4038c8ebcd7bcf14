"""The boot probe: does the canonical command start, serve and stop, and does it fail fast?"""
