# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Contains endpoint functions for accessing the API"""
