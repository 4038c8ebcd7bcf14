"""Start commands of a repository: where they stand, which one wins, and whether it can run."""
