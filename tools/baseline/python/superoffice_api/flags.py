from __future__ import annotations
from superoffice_runtime.flags import OpenFlag

class TableRights(OpenFlag):
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
        ...

class FieldRights(OpenFlag):
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
        ...
