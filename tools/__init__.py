"""What the project does with its own history: telling changes, comparing with published documents, making releases."""
