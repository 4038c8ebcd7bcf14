"""Rules of the Acme backend team."""
