"""What a project depends on: locked as declared, and free of known vulnerabilities."""
