"""An assistant for e-mail: what matters here is how it starts."""
