"""The tickets of a new sandbox: the contract page's sample, two more, and made-up ones from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

_ZONE = timezone(timedelta(hours=1))
_START = datetime(2024, 1, 2, 8, 0, tzinfo=_ZONE)
_EMPTY = "0001-01-01T00:00:00"
_CUSTOMERS = [
    ("Ingrid", "", "Solberg", "Fjordkraft Drift", "no"), ("Lars", "", "Nyström", "Nordljus Energi", "sv"),
    ("Mette", "", "Kjær", "Havnebyg", "da"), ("Pieter", "van", "Dijk", "Waterweg Logistiek", "nl"),
    ("Amelia", "", "Hughes", "Thornbury Dental", "en"), ("Jonas", "", "Weber", "Weber Feinmechanik", "de"),
    ("Chloé", "", "Marchand", "Atelier Marchand", "fr"), ("Olu", "", "Adeyemi", "Bright Harbour", "en"),
]  # fmt: skip
_TOPICS = [
    ("Invoice {n} shows the wrong amount", "Finance/Invoices", "Invoices"),
    ("Cannot sign in since this morning", "Service/Access", "Access"),
    ("Printer on floor {m} is out of order", "Service/Hardware", "Hardware"),
    ("Question about the contract renewal", "Sales/Contracts", "Contracts"),
    ("Report {n} stops half way", "Service/Technical Support", "Technical Support"),
    ("Please update our delivery address", "Service/Orders", "Orders"),
    ("Order {n} has not arrived", "Service/Orders", "Orders"),
    ("Integration returns an error on import", "Service/Technical Support", "Technical Support"),
]
_OWNERS = [(1, "", 0), (10, "SJ", 10), (11, "TB", 14), (12, "KL", 15), (13, "MH", 21)]
# Stored as a tenant with several languages stores them; the page's own ticket stays as the page has it.
_PRIORITIES = [
    'NO:"Lav";US:"Low";SW:"Låg";GE:"Niedrig"',
    'NO:"Middels";US:"Medium";SW:"Mellan";GE:"Mittel"',
    'NO:"Høy";US:"High";SW:"Hög";GE:"Hoch"',
]
_STATUSES = [
    ("Active", 1, "[SR_SANDBOX_OPEN]"),
    ("Active", 2, 'NO:"Under arbeid";US:"In progress";SW:"Pågår";GE:"In Arbeit"'),
    ("Closed", 3, 'NO:"Lukket";US:"Closed";SW:"Stängd";GE:"Geschlossen"'),
    ("Postponed", 4, "[SR_SANDBOX_POSTPONED]"),
]
_CATEGORIES = {
    "Invoices": 'NO:"Fakturaer";US:"Invoices";SW:"Fakturor";GE:"Rechnungen"',
    "Orders": 'NO:"Ordrer";US:"Orders";SW:"Beställningar";GE:"Bestellungen"',
    "Contracts": 'NO:"Kontrakter";US:"Contracts";SW:"Avtal";GE:"Verträge"',
}
_TYPE = 'NO:"Supporthenvendelse";US:"Support Request";SW:"Supportärende";GE:"Supportanfrage"'
_RIGHTS = {
    "ContactName": {
        "FieldRight": {"Mask": "Update, UIHintMandatory", "Reason": "[SR_MANDATORY_FIELD_1281]"},
        "FieldType": "System.String", "FieldLength": 219,
    },
}  # fmt: skip
# A value inside a text, on few tickets: writing it in a culture's form takes a library that is slow to import.
_LIMITED = {
    **_RIGHTS,
    "TimeSpent": {
        "FieldRight": {"Mask": "Read", "Reason": "[SR_SANDBOX_LIMIT] [F:1234.5]"},
        "FieldType": "System.Int32", "FieldLength": 0,
    },
}  # fmt: skip
_ORIGINS = ["Email", "Phone", "CustomerCentre", "Chat", "Form"]
_SPECIAL = {439: (0, 4, 1), 829: (1, 1, 2)}  # id: customer, topic, status of two tickets that the page's request names


def document() -> dict[str, Any]:
    """Read the OpenAPI document that the generated package holds."""
    loaded: dict[str, Any] = json.loads(files("superoffice_api").joinpath("document.json").read_bytes())
    return loaded


def page_sample() -> dict[str, Any]:
    """Return ticket 1234 of the contract page, value for value."""
    sample: dict[str, Any] = document()["components"]["examples"]["PageResponse"]["value"][0]
    return sample


def tickets(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Make tickets 1 to `count`, the same ones for the same seed, then the page's sample and the two of its request."""
    fixed = {1234, *_SPECIAL}
    for number in range(1, count + 1):
        made = plausible(number, random.Random(f"{seed}:{number}"))  # noqa: S311 - sample data
        if number not in fixed:
            yield made
    for number, (customer, topic, status) in _SPECIAL.items():
        yield plausible(number, random.Random(number), customer, topic, status)  # noqa: S311 - sample data
    yield page_sample()


def plausible(
    number: int, rng: random.Random, customer: int | None = None, topic: int | None = None, status: int | None = None
) -> dict[str, Any]:
    """Make a ticket; what is not given is drawn from `rng`."""
    first, middle, last, company, language = _CUSTOMERS[
        rng.randrange(len(_CUSTOMERS)) if customer is None else customer
    ]
    subject, category_path, category = _TOPICS[rng.randrange(len(_TOPICS)) if topic is None else topic]
    base_status, status_id, status_name = _STATUSES[rng.randrange(len(_STATUSES)) if status is None else status]
    owner, owner_name, associate = _OWNERS[rng.randrange(len(_OWNERS))] if base_status != "Closed" else _OWNERS[1]
    priority = rng.randrange(3)
    origin = _ORIGINS[rng.randrange(len(_ORIGINS))]
    created = _START + timedelta(hours=7 * number % 16_000, minutes=rng.randrange(60))
    reply_minutes, close_minutes = rng.randrange(5, 600), rng.randrange(700, 9_000)
    replied = created + timedelta(minutes=reply_minutes) if owner != 1 else None
    closed = created + timedelta(minutes=close_minutes) if base_status == "Closed" else None
    changed = closed or replied or created
    email = f"{first}.{last}@{company.split()[0]}.example".lower()
    internal, external = rng.randrange(60, 90_000), rng.randrange(0, 90_000)

    def moment(value: datetime | None) -> str:
        return value.isoformat() if value else _EMPTY

    return {
        "TicketId": number,
        "Title": subject.format(n=rng.randrange(10_000, 99_999), m=rng.randrange(1, 9)),
        "CreatedAt": moment(created),
        "LastChanged": moment(changed),
        "ReadByOwner": moment(created + timedelta(minutes=reply_minutes // 2) if replied else None),
        "ReadByCustomer": moment(created),
        "FirstReadByUser": moment(created + timedelta(minutes=3) if replied else None),
        "Activate": moment(created + timedelta(days=7) if base_status == "Postponed" else None),
        "ClosedAt": moment(closed),
        "RepliedAt": moment(replied),
        "AlertTimeout": moment(created + timedelta(days=1) if base_status == "Active" else None),
        "Deadline": moment(created + timedelta(days=5 - priority)),
        "CreatedBy": 1 if origin != "Phone" else 10,
        "CreatedByName": "" if origin != "Phone" else "SJ",
        "Author": email,
        "OwnedBy": owner,
        "OwnedByName": owner_name,
        "Category": 10 + len(category),
        "CategoryName": _CATEGORIES.get(category, category),
        "CategoryFullname": category_path,
        "Slevel": "External",
        "Priority": priority + 1,
        "PriorityName": _PRIORITIES[priority],
        "BaseStatus": base_status,
        "TicketStatus": status_id,
        "TicketStatusDisplayValue": status_name,
        "Origin": origin,
        "CustId": 100 + len(last),
        "PersonFirstname": first,
        "PersonMiddleName": middle,
        "PersonLastname": last,
        "PersonFullname": " ".join(part for part in (first, middle, last) if part),
        "AlertLevel": rng.randrange(1, 4),
        "ConnectId": -1,
        "ReadStatus": "Green" if replied else "Red",
        "TimeToReply": reply_minutes * 2 // 3 if replied else 0,
        "RealTimeToReply": reply_minutes if replied else 0,
        "TimeToClose": close_minutes // 3 if closed else 0,
        "RealTimeToClose": close_minutes if closed else 0,
        "TimeSpentInternally": internal,
        "TimeSpentExternally": external,
        "TimeSpentQueue": internal // 4,
        "RealTimeSpentInternally": internal * 3,
        "RealTimeSpentExternally": external * 3,
        "RealTimeSpentQueue": internal,
        "TimeSpent": rng.randrange(0, 240),
        "HasAttachment": rng.random() < 0.3,
        "NumReplies": 1 if replied else 0,
        "NumMessages": 2 if replied else 1,
        "FromAddress": email,
        "ContactId": 50 + len(company),
        "ContactName": company,
        "OwnedByAssociateId": associate,
        "Language": language,
        "Sentiment": rng.randrange(0, 101),
        "SentimentConfidence": rng.randrange(40, 101),
        "SaleId": 0,
        "ProjectId": 0,
        "SaleHeading": "",
        "ProjectName": "",
        "FormSubmissionId": number if origin == "Form" else 0,
        "TicketTypeId": 1,
        "TicketTypeName": _TYPE,
        "TableRight": {"Mask": "Select, Update", "Reason": ""},
        "FieldProperties": _RIGHTS if number in _SPECIAL else _LIMITED if number % 100 == 50 else {},
    }
