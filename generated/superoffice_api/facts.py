# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""Names, media types and sign-in headers of the document."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

GetTicketsRequestFieldName: TypeAlias = Literal["TicketIds", "ticket_ids"]
"""The fields of GetTicketsRequest, by API name and by attribute."""

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
    "ticket_id",
    "title",
    "created_at",
    "last_changed",
    "read_by_owner",
    "read_by_customer",
    "first_read_by_user",
    "activate",
    "closed_at",
    "replied_at",
    "alert_timeout",
    "deadline",
    "created_by",
    "created_by_name",
    "author",
    "owned_by",
    "owned_by_name",
    "category",
    "category_name",
    "category_fullname",
    "slevel",
    "priority",
    "priority_name",
    "base_status",
    "ticket_status",
    "ticket_status_display_value",
    "origin",
    "cust_id",
    "person_firstname",
    "person_middle_name",
    "person_lastname",
    "person_fullname",
    "alert_level",
    "connect_id",
    "read_status",
    "time_to_reply",
    "real_time_to_reply",
    "time_to_close",
    "real_time_to_close",
    "time_spent_internally",
    "time_spent_externally",
    "time_spent_queue",
    "real_time_spent_internally",
    "real_time_spent_externally",
    "real_time_spent_queue",
    "time_spent",
    "has_attachment",
    "num_replies",
    "num_messages",
    "from_address",
    "contact_id",
    "contact_name",
    "owned_by_associate_id",
    "language",
    "sentiment",
    "sentiment_confidence",
    "sale_id",
    "project_id",
    "sale_heading",
    "project_name",
    "form_submission_id",
    "ticket_type_id",
    "ticket_type_name",
    "table_right",
    "field_properties",
]
"""The fields of Ticket, by API name and by attribute."""

TableRightFieldName: TypeAlias = Literal["Mask", "Reason", "mask", "reason"]
"""The fields of TableRight, by API name and by attribute."""

FieldPropertyFieldName: TypeAlias = Literal[
    "FieldRight", "FieldType", "FieldLength", "field_right", "field_type", "field_length"
]
"""The fields of FieldProperty, by API name and by attribute."""

FieldRightFieldName: TypeAlias = Literal["Mask", "Reason", "mask", "reason"]
"""The fields of FieldRight, by API name and by attribute."""

ErrorInfoFieldName: TypeAlias = Literal[
    "Error",
    "ErrorType",
    "Message",
    "ErrorMessage",
    "MessageDetail",
    "ErrorSource",
    "error",
    "error_type",
    "message",
    "error_message",
    "message_detail",
    "error_source",
]
"""The fields of ErrorInfo, by API name and by attribute."""

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
