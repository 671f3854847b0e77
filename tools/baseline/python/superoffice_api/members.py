from __future__ import annotations
from datetime import datetime
from .models import FieldProperty, FieldRight, TableRight, TicketBaseStatus, TicketOrigin, TicketReadStatus, TicketSecurityLevel

class GetTicketsRequestMembers:
    ticket_ids: list[int]

class TicketMembers:
    ticket_id: int
    title: str | None
    created_at: datetime | None
    last_changed: datetime | None
    read_by_owner: datetime | None
    read_by_customer: datetime | None
    first_read_by_user: datetime | None
    activate: datetime | None
    closed_at: datetime | None
    replied_at: datetime | None
    alert_timeout: datetime | None
    deadline: datetime | None
    created_by: int | None
    created_by_name: str | None
    author: str | None
    owned_by: int | None
    owned_by_name: str | None
    category: int | None
    category_name: str | None
    category_fullname: str | None
    slevel: TicketSecurityLevel | None
    priority: int | None
    priority_name: str | None
    base_status: TicketBaseStatus | None
    ticket_status: int | None
    ticket_status_display_value: str | None
    origin: TicketOrigin | None
    cust_id: int | None
    person_firstname: str | None
    person_middle_name: str | None
    person_lastname: str | None
    person_fullname: str | None
    alert_level: int | None
    connect_id: int | None
    read_status: TicketReadStatus | None
    time_to_reply: int | None
    real_time_to_reply: int | None
    time_to_close: int | None
    real_time_to_close: int | None
    time_spent_internally: int | None
    time_spent_externally: int | None
    time_spent_queue: int | None
    real_time_spent_internally: int | None
    real_time_spent_externally: int | None
    real_time_spent_queue: int | None
    time_spent: int | None
    has_attachment: bool | None
    num_replies: int | None
    num_messages: int | None
    from_address: str | None
    contact_id: int | None
    contact_name: str | None
    owned_by_associate_id: int | None
    language: str | None
    sentiment: int | None
    sentiment_confidence: int | None
    sale_id: int | None
    project_id: int | None
    sale_heading: str | None
    project_name: str | None
    form_submission_id: int | None
    ticket_type_id: int | None
    ticket_type_name: str | None
    table_right: TableRight | None
    field_properties: dict[str, FieldProperty] | None

class TableRightMembers:
    mask: str | None
    reason: str | None

class FieldPropertyMembers:
    field_right: FieldRight | None
    field_type: str | None
    field_length: int | None

class FieldRightMembers:
    mask: str | None
    reason: str | None

class ErrorInfoMembers:
    error: bool | None
    error_type: str | None
    message: str | None
    error_message: str | None
    message_detail: str | None
    error_source: str | None
