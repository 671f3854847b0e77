from __future__ import annotations
from typing import Final, Literal, NamedTuple, TypeAlias
GetTicketsRequestFieldName: TypeAlias = Literal['TicketIds']
TicketFieldName: TypeAlias = Literal['TicketId', 'Title', 'CreatedAt', 'LastChanged', 'ReadByOwner', 'ReadByCustomer', 'FirstReadByUser', 'Activate', 'ClosedAt', 'RepliedAt', 'AlertTimeout', 'Deadline', 'CreatedBy', 'CreatedByName', 'Author', 'OwnedBy', 'OwnedByName', 'Category', 'CategoryName', 'CategoryFullname', 'Slevel', 'Priority', 'PriorityName', 'BaseStatus', 'TicketStatus', 'TicketStatusDisplayValue', 'Origin', 'CustId', 'PersonFirstname', 'PersonMiddleName', 'PersonLastname', 'PersonFullname', 'AlertLevel', 'ConnectId', 'ReadStatus', 'TimeToReply', 'RealTimeToReply', 'TimeToClose', 'RealTimeToClose', 'TimeSpentInternally', 'TimeSpentExternally', 'TimeSpentQueue', 'RealTimeSpentInternally', 'RealTimeSpentExternally', 'RealTimeSpentQueue', 'TimeSpent', 'HasAttachment', 'NumReplies', 'NumMessages', 'FromAddress', 'ContactId', 'ContactName', 'OwnedByAssociateId', 'Language', 'Sentiment', 'SentimentConfidence', 'SaleId', 'ProjectId', 'SaleHeading', 'ProjectName', 'FormSubmissionId', 'TicketTypeId', 'TicketTypeName', 'TableRight', 'FieldProperties']
TableRightFieldName: TypeAlias = Literal['Mask', 'Reason']
FieldPropertyFieldName: TypeAlias = Literal['FieldRight', 'FieldType', 'FieldLength']
FieldRightFieldName: TypeAlias = Literal['Mask', 'Reason']
ErrorInfoFieldName: TypeAlias = Literal['Error', 'ErrorType', 'Message', 'ErrorMessage', 'MessageDetail', 'ErrorSource']
RequestMediaType: TypeAlias = Literal['application/json', 'text/json', 'application/xml', 'text/xml', 'application/x-www-form-urlencoded', 'application/json-patch+json', 'application/merge-patch+json']
ResponseMediaType: TypeAlias = Literal['application/json', 'text/json', 'application/xml', 'text/xml', 'application/json-patch+json', 'application/merge-patch+json']

class SecurityScheme(NamedTuple):
    header: str
    prefix: str

class Security:
    BASIC: Final = SecurityScheme('Authorization', 'Basic')
    SO_TICKET: Final = SecurityScheme('Authorization', 'SoTicket')
    BEARER: Final = SecurityScheme('Authorization', 'Bearer')
    XSRF_TOKEN: Final = SecurityScheme('X-XSRF-TOKEN', '')
    APP_TOKEN: Final = SecurityScheme('SO-AppToken', '')
