"""From a change to its tier and obligations, and from evidence to a verdict."""
