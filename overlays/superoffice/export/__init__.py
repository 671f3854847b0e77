"""Exports of tickets to files."""
