"""Tickets as Arrow tables."""
