"""What a repository has settled on, each with the file and line that prove it."""
