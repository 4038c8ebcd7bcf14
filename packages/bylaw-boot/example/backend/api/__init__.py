"""What the shop answers to the outside."""
