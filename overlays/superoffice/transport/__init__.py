"""Sending requests: attempts and retries, connections, time limits. Knows nothing of authentication."""
