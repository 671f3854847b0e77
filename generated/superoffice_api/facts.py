# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Names, media types and sign-in headers of the document."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

GetTicketsRequestFieldName: TypeAlias = Literal["TicketIds"]
"""The fields of GetTicketsRequest, by wire name."""

TicketFieldName: TypeAlias = Literal[
    "TicketId",
    "Title",
    "CreatedAt",
    "LastChanged",
    "ReadByOwner",
    "ReadByCustomer",
    "FirstReadByUser",
    "Activate",
    "ClosedAt",
    "RepliedAt",
    "AlertTimeout",
    "Deadline",
    "CreatedBy",
    "CreatedByName",
    "Author",
    "OwnedBy",
    "OwnedByName",
    "Category",
    "CategoryName",
    "CategoryFullname",
    "Slevel",
    "Priority",
    "PriorityName",
    "BaseStatus",
    "TicketStatus",
    "TicketStatusDisplayValue",
    "Origin",
    "CustId",
    "PersonFirstname",
    "PersonMiddleName",
    "PersonLastname",
    "PersonFullname",
    "AlertLevel",
    "ConnectId",
    "ReadStatus",
    "TimeToReply",
    "RealTimeToReply",
    "TimeToClose",
    "RealTimeToClose",
    "TimeSpentInternally",
    "TimeSpentExternally",
    "TimeSpentQueue",
    "RealTimeSpentInternally",
    "RealTimeSpentExternally",
    "RealTimeSpentQueue",
    "TimeSpent",
    "HasAttachment",
    "NumReplies",
    "NumMessages",
    "FromAddress",
    "ContactId",
    "ContactName",
    "OwnedByAssociateId",
    "Language",
    "Sentiment",
    "SentimentConfidence",
    "SaleId",
    "ProjectId",
    "SaleHeading",
    "ProjectName",
    "FormSubmissionId",
    "TicketTypeId",
    "TicketTypeName",
    "TableRight",
    "FieldProperties",
]
"""The fields of Ticket, by wire name."""

TableRightFieldName: TypeAlias = Literal["Mask", "Reason"]
"""The fields of TableRight, by wire name."""

FieldPropertyFieldName: TypeAlias = Literal["FieldRight", "FieldType", "FieldLength"]
"""The fields of FieldProperty, by wire name."""

FieldRightFieldName: TypeAlias = Literal["Mask", "Reason"]
"""The fields of FieldRight, by wire name."""

ErrorInfoFieldName: TypeAlias = Literal["Error", "ErrorType", "Message", "ErrorMessage", "MessageDetail", "ErrorSource"]
"""The fields of ErrorInfo, by wire name."""

RequestMediaType: TypeAlias = Literal[
    "application/json",
    "text/json",
    "application/xml",
    "text/xml",
    "application/x-www-form-urlencoded",
    "application/json-patch+json",
    "application/merge-patch+json",
]
"""The media types in which a request body may be sent."""

ResponseMediaType: TypeAlias = Literal[
    "application/json",
    "text/json",
    "application/xml",
    "text/xml",
    "application/json-patch+json",
    "application/merge-patch+json",
]
"""The media types in which a response may be asked for."""


class SecurityScheme(NamedTuple):
    """The header that carries a credential, and the word before it (empty: none)."""

    header: str
    prefix: str


class Security:
    """The sign-in schemes of the document."""

    BASIC: Final = SecurityScheme("Authorization", "Basic")
    SO_TICKET: Final = SecurityScheme("Authorization", "SoTicket")
    BEARER: Final = SecurityScheme("Authorization", "Bearer")
    XSRF_TOKEN: Final = SecurityScheme("X-XSRF-TOKEN", "")
    APP_TOKEN: Final = SecurityScheme("SO-AppToken", "")
