"""What was run and seen: claims, the items that prove them, and the ledger that keeps them."""
