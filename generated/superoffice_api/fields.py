# Generated from openapi/superoffice.yaml. Do not edit: change the document and run `nox -s generate`.
"""What the document says of each field of each object."""

from __future__ import annotations

from typing import Final

from superoffice_runtime.fields import Field, fields_of


class GetTicketsRequestFields:
    """The members of GetTicketsRequest, and what the document says of each."""

    ticket_ids: Final = Field(
        "TicketIds",
        "ticket_ids",
        "array of int32",
        "Ids of the tickets, in the order in which they are wanted. What an empty list yields is not documented: send none.",
    )


class TableRightFields:
    """The members of TableRight, and what the document says of each."""

    mask: Final = Field("Mask", "mask", "string", "Names of the rights, joined by commas.")
    reason: Final = Field("Reason", "reason", "string", "Why rights are lacking; blank, a resource key, or a text.")


class FieldRightFields:
    """The members of FieldRight, and what the document says of each."""

    mask: Final = Field(
        "Mask",
        "mask",
        "string",
        "Names of the rights, joined by commas.",
        evidence="FULL is seen too, without a number in any documentation; it stays an unknown name.",
    )
    reason: Final = Field("Reason", "reason", "string", "Why rights are lacking; blank, a resource key, or a text.")


class FieldPropertyFields:
    """The members of FieldProperty, and what the document says of each."""

    field_right: Final = Field(
        "FieldRight",
        "field_right",
        "FieldRight",
        "What the caller may do with the field.",
        members=fields_of(FieldRightFields),
    )
    field_type: Final = Field(
        "FieldType", "field_type", "string", "Name of the data type; an open set, blank at times."
    )
    field_length: Final = Field("FieldLength", "field_length", "int32", "Greatest length of the content.")


class TicketFields:
    """The members of Ticket, and what the document says of each."""

    ticket_id: Final = Field(
        "TicketId", "ticket_id", "int32", "Number that identifies the ticket; the server assigns it."
    )
    title: Final = Field("Title", "title", "string", "Subject line.")
    created_at: Final = Field(
        "CreatedAt", "created_at", "date-time", "Moment of creation.", sentinels={"year 1": "empty"}
    )
    last_changed: Final = Field(
        "LastChanged",
        "last_changed",
        "date-time",
        "Moment of the latest change of any kind.",
        sentinels={"year 1": "empty"},
    )
    read_by_owner: Final = Field(
        "ReadByOwner",
        "read_by_owner",
        "date-time",
        "Moment at which the owner last opened the ticket.",
        sentinels={"year 1": "empty"},
    )
    read_by_customer: Final = Field(
        "ReadByCustomer",
        "read_by_customer",
        "date-time",
        "Moment at which the customer opened the ticket.",
        sentinels={"year 1": "empty"},
    )
    first_read_by_user: Final = Field(
        "FirstReadByUser",
        "first_read_by_user",
        "date-time",
        "Moment at which any user opened the ticket for the first time.",
        sentinels={"year 1": "empty"},
    )
    activate: Final = Field(
        "Activate",
        "activate",
        "date-time",
        "Moment at which a postponed ticket becomes active again.",
        sentinels={"year 1": "empty"},
    )
    closed_at: Final = Field("ClosedAt", "closed_at", "date-time", "Moment of closing.", sentinels={"year 1": "empty"})
    replied_at: Final = Field(
        "RepliedAt",
        "replied_at",
        "date-time",
        "Moment of the first reply, that is of the first external message.",
        sentinels={"year 1": "empty"},
    )
    alert_timeout: Final = Field(
        "AlertTimeout",
        "alert_timeout",
        "date-time",
        "Moment at which the ticket rises to the next alert level.",
        sentinels={"year 1": "empty"},
    )
    deadline: Final = Field(
        "Deadline", "deadline", "date-time", "Moment by which the ticket is due.", sentinels={"year 1": "empty"}
    )
    created_by: Final = Field(
        "CreatedBy",
        "created_by",
        "int32",
        "User who created the ticket; the system user, 1, when it came from outside.",
        references="user",
        sentinels={"1": "created externally"},
    )
    created_by_name: Final = Field(
        "CreatedByName",
        "created_by_name",
        "string",
        "Initials of the creator, which are also the login name.",
        repeats=True,
    )
    author: Final = Field("Author", "author", "string", "Who wrote the first message, as text.")
    owned_by: Final = Field(
        "OwnedBy",
        "owned_by",
        "int32",
        "User who owns the ticket; the system user, 1, when nobody does.",
        references="user",
        sentinels={"1": "unassigned"},
    )
    owned_by_name: Final = Field(
        "OwnedByName", "owned_by_name", "string", "Initials of the owner, which are also the login name.", repeats=True
    )
    category: Final = Field(
        "Category", "category", "int32", "Category in which the ticket is filed.", references="category"
    )
    category_name: Final = Field(
        "CategoryName", "category_name", "string", "Short name of the category, such as `support`.", repeats=True
    )
    category_fullname: Final = Field(
        "CategoryFullname",
        "category_fullname",
        "string",
        "Name of the category with those of its parents before it, such as `norway/product A/support`.",
        repeats=True,
    )
    slevel: Final = Field(
        "Slevel", "slevel", "TicketSecurityLevel", "Security level; it decides who may see the ticket."
    )
    priority: Final = Field(
        "Priority",
        "priority",
        "int32",
        "Priority of the ticket; its time frame is what the fields on the priority's clock count by.",
        references="ticket_priority",
    )
    priority_name: Final = Field("PriorityName", "priority_name", "string", "Name of the priority.", repeats=True)
    base_status: Final = Field(
        "BaseStatus", "base_status", "TicketBaseStatus", "Which of the built-in states the ticket is in."
    )
    ticket_status: Final = Field(
        "TicketStatus",
        "ticket_status",
        "int32",
        "Status as the tenant itself has defined it.",
        references="ticket_status",
        evidence="The table's name is inferred; the page says only that the status is user defined.",
    )
    ticket_status_display_value: Final = Field(
        "TicketStatusDisplayValue",
        "ticket_status_display_value",
        "string",
        "Name of the tenant's own status, as users see it.",
        repeats=True,
    )
    origin: Final = Field("Origin", "origin", "TicketOrigin", "Channel through which the ticket came in.")
    cust_id: Final = Field(
        "CustId",
        "cust_id",
        "int32",
        "Person who is the customer; null or -1 without one.",
        references="person",
        sentinels={"null": "no customer", "-1": "no customer"},
    )
    person_firstname: Final = Field("PersonFirstname", "person_firstname", "string", "First name of the customer.")
    person_middle_name: Final = Field(
        "PersonMiddleName", "person_middle_name", "string", "Middle name of the customer, or a particle such as `van`."
    )
    person_lastname: Final = Field("PersonLastname", "person_lastname", "string", "Last name of the customer.")
    person_fullname: Final = Field(
        "PersonFullname", "person_fullname", "string", "Whole name of the customer, the ticket's primary person."
    )
    alert_level: Final = Field(
        "AlertLevel",
        "alert_level",
        "int32",
        "Alert level that the ticket has reached.",
        references="ticket_alert.level",
    )
    connect_id: Final = Field(
        "ConnectId",
        "connect_id",
        "int32",
        "The master ticket, where this one is connected to another.",
        references="ticket",
        sentinels={"0": "not connected", "-1": "not connected"},
        evidence="0 stands on the page's sample; -1 was seen from real servers.",
    )
    read_status: Final = Field(
        "ReadStatus", "read_status", "TicketReadStatus", "How far the owner has read the ticket, as a traffic light."
    )
    time_to_reply: Final = Field(
        "TimeToReply",
        "time_to_reply",
        "int32",
        "Minutes from creation to the first reply, within the priority's time frame.",
        unit="minutes",
        clock="priority",
    )
    real_time_to_reply: Final = Field(
        "RealTimeToReply",
        "real_time_to_reply",
        "int32",
        "Minutes from creation to the first reply, around the clock.",
        unit="minutes",
        clock="24x7",
    )
    time_to_close: Final = Field(
        "TimeToClose",
        "time_to_close",
        "int32",
        "Minutes from creation to closing, within the priority's time frame.",
        unit="minutes",
        clock="priority",
    )
    real_time_to_close: Final = Field(
        "RealTimeToClose",
        "real_time_to_close",
        "int32",
        "Minutes from creation to closing, around the clock.",
        unit="minutes",
        clock="24x7",
    )
    time_spent_internally: Final = Field(
        "TimeSpentInternally",
        "time_spent_internally",
        "int32",
        "Seconds in open states within the priority's office hours, without the present state.",
        unit="seconds",
        clock="priority",
    )
    time_spent_externally: Final = Field(
        "TimeSpentExternally",
        "time_spent_externally",
        "int32",
        "Seconds of waiting for others within the priority's office hours, without the present state.",
        unit="seconds",
        clock="priority",
    )
    time_spent_queue: Final = Field(
        "TimeSpentQueue",
        "time_spent_queue",
        "int32",
        "Seconds in queue states within the priority's office hours, without the present state.",
        unit="seconds",
        clock="priority",
    )
    real_time_spent_internally: Final = Field(
        "RealTimeSpentInternally",
        "real_time_spent_internally",
        "int32",
        "Seconds in open states around the clock, without the present state.",
        unit="seconds",
        clock="24x7",
    )
    real_time_spent_externally: Final = Field(
        "RealTimeSpentExternally",
        "real_time_spent_externally",
        "int32",
        "Seconds of waiting for others around the clock, without the present state.",
        unit="seconds",
        clock="24x7",
    )
    real_time_spent_queue: Final = Field(
        "RealTimeSpentQueue",
        "real_time_spent_queue",
        "int32",
        "Seconds in queue states around the clock, without the present state.",
        unit="seconds",
        clock="24x7",
    )
    time_spent: Final = Field(
        "TimeSpent",
        "time_spent",
        "int32",
        "Minutes of work that users booked on the ticket's messages, added up.",
        unit="minutes",
        read_only=True,
    )
    has_attachment: Final = Field(
        "HasAttachment", "has_attachment", "boolean", "True if anything is attached to the ticket."
    )
    num_replies: Final = Field("NumReplies", "num_replies", "int32", "How many messages went out to the customer.")
    num_messages: Final = Field("NumMessages", "num_messages", "int32", "How many messages the ticket has in all.")
    from_address: Final = Field(
        "FromAddress", "from_address", "string", "Address from which the ticket was created, for instance by e-mail."
    )
    contact_id: Final = Field(
        "ContactId",
        "contact_id",
        "int32",
        "Company of the customer, where the customer belongs to one.",
        references="contact",
        sentinels={"0": "no company"},
        evidence="0 was seen from real servers.",
    )
    contact_name: Final = Field("ContactName", "contact_name", "string", "Name of that company.", repeats=True)
    owned_by_associate_id: Final = Field(
        "OwnedByAssociateId", "owned_by_associate_id", "int32", "The owner as an associate.", references="associate"
    )
    language: Final = Field("Language", "language", "string", "Language of the first external message.", repeats=True)
    sentiment: Final = Field("Sentiment", "sentiment", "int32", "Index of the mood of the latest external message.")
    sentiment_confidence: Final = Field(
        "SentimentConfidence", "sentiment_confidence", "int32", "How certain that index is."
    )
    sale_id: Final = Field(
        "SaleId",
        "sale_id",
        "int32",
        "Sale to which the ticket belongs.",
        references="sale",
        sentinels={"0": "no sale"},
        evidence="0 stands on the page's sample with an empty heading.",
    )
    project_id: Final = Field(
        "ProjectId",
        "project_id",
        "int32",
        "Project to which the ticket belongs.",
        references="project",
        sentinels={"0": "no project"},
        evidence="0 stands on the page's sample with an empty name.",
    )
    sale_heading: Final = Field("SaleHeading", "sale_heading", "string", "Heading of that sale.", repeats=True)
    project_name: Final = Field("ProjectName", "project_name", "string", "Name of that project.", repeats=True)
    form_submission_id: Final = Field(
        "FormSubmissionId",
        "form_submission_id",
        "int32",
        "The submitted form from which the ticket was made.",
        references="form_submission",
        sentinels={"0": "no form"},
        evidence="The table's name is inferred; 0 stands on the page's sample.",
    )
    ticket_type_id: Final = Field(
        "TicketTypeId",
        "ticket_type_id",
        "int32",
        "Type of the request.",
        references="ticket_type",
        evidence="The table's name is inferred from the field's.",
    )
    ticket_type_name: Final = Field("TicketTypeName", "ticket_type_name", "string", "Name of that type.", repeats=True)
    table_right: Final = Field(
        "TableRight",
        "table_right",
        "TableRight",
        "What the caller may do with the ticket as a whole.",
        members=fields_of(TableRightFields),
    )
    field_properties: Final = Field(
        "FieldProperties",
        "field_properties",
        "map of FieldProperty",
        "For each named field, its data type and what the caller may do with it.",
        members=fields_of(FieldPropertyFields),
    )


class ErrorInfoFields:
    """The members of ErrorInfo, and what the document says of each."""

    error: Final = Field("Error", "error", "boolean", "True where the body is an error.")
    error_type: Final = Field("ErrorType", "error_type", "string", "Kind of error, often the name of an exception.")
    message: Final = Field("Message", "message", "string", "What went wrong.")
    error_message: Final = Field(
        "ErrorMessage", "error_message", "string", "What went wrong, in the shape that agents use."
    )
    message_detail: Final = Field("MessageDetail", "message_detail", "string", "More about it.")
    error_source: Final = Field("ErrorSource", "error_source", "string", "Where in the server it arose.")
