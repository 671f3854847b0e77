# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""SuperOffice ticket agent: client and models, as in the OpenAPI document."""
