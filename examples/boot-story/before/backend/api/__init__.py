"""What the assistant answers to the outside."""
