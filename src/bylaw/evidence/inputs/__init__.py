"""What an answer depended on: the tree, what was opened of it, and whether that is still so."""
