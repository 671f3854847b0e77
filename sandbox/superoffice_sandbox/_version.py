"""The version, in step with the SDK's."""

__version__ = "0.1.0"
