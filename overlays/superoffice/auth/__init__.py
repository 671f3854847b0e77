"""Authentication: schemes, credentials that refresh, tenants, and where tokens are stored."""
