"""A shop's backend, as small as it gets: what matters is how it starts."""
