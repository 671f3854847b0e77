# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""The names in masks, as flags."""

from __future__ import annotations

from superoffice_runtime.flags import OpenFlag


class TableRights(OpenFlag):
    """What TableRight.Mask may name; several names may share bits."""

    NONE = 0
    SELECT = 1
    R = 1
    UPDATE = 2
    UR = 3
    INSERT = 4
    RI = 5
    URI = 7
    DELETE = 8
    UDR = 11
    FULL = 15
    FILTERING = 16
    F = 16
    RF = 17
    FI = 20
    RESTRICTED_UPDATE = 32
    URU = 34
    WRITE = 38
    UNUSED_1 = 64
    UNINITIALIZED = 128

    @classmethod
    def wire_names(cls) -> dict[str, int]:
        """Return the names on the wire with their bits."""
        return {
            "None": 0,
            "Select": 1,
            "R": 1,
            "Update": 2,
            "UR": 3,
            "Insert": 4,
            "RI": 5,
            "URI": 7,
            "Delete": 8,
            "UDR": 11,
            "FULL": 15,
            "Filtering": 16,
            "F": 16,
            "RF": 17,
            "FI": 20,
            "RestrictedUpdate": 32,
            "URU": 34,
            "WRITE": 38,
            "Unused1": 64,
            "Uninitialized": 128,
        }


class FieldRights(OpenFlag):
    """What FieldRight.Mask may name; several names may share bits."""

    NONE = 0
    READ = 1
    WRITE = 2
    UPDATE = 3
    UNUSED_1 = 4
    UNUSED_2 = 8
    UNUSED_3 = 16
    UNUSED_4 = 32
    NULLABLE = 32
    UI_HINT_MANDATORY = 64
    UI_HINT_READ_ONLY = 128
    UI_HINTS = 192
    UNDEFINED_VALUE_256 = 256

    @classmethod
    def wire_names(cls) -> dict[str, int]:
        """Return the names on the wire with their bits."""
        return {
            "None": 0,
            "Read": 1,
            "Write": 2,
            "Update": 3,
            "Unused1": 4,
            "Unused2": 8,
            "Unused3": 16,
            "Unused4": 32,
            "Nullable": 32,
            "UIHintMandatory": 64,
            "UIHintReadOnly": 128,
            "UIHints": 192,
            "UndefinedValue256": 256,
        }
