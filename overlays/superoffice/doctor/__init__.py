"""What is well with a site, and what to do."""
