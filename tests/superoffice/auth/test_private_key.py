"""A system user's private key, in every form that people have it, and what is signed with it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from superoffice import ConfigurationError
from superoffice.auth.system_user import load_private_key, signed

from ...support.keys import as_xml, pem, public_pem, rsa_key, rsa_xml
from ...support.secrets import texts

KEY = rsa_key()
PASS = "p4ss/phrase+of&key"
FORMS = {
    "pkcs8": (pem(KEY), None),
    "traditional": (pem(KEY, traditional=True), None),
    "locked": (pem(KEY, PASS), PASS),
    "locked traditional": (pem(KEY, PASS, traditional=True), PASS),
    "with blanks": (f"\n  {pem(KEY)}\n\n", None),
    "windows": (pem(KEY).replace("\n", "\r\n"), None),
    "xml": (as_xml(rsa_xml(KEY)), None),
    "xml in lines": ("\ufeff\n" + as_xml(rsa_xml(KEY)).replace("><", ">\n  <"), None),
}


def wrapped(text: str, width: int, between: str) -> str:
    return between.join(text[at : at + width] for at in range(0, len(text), width))


def in_lines(width: int, between: str, head: str = "") -> str:
    """RSAXML whose values are broken into lines, with a declaration before it."""
    elements = {name: f"{between}{wrapped(text, width, between)}{between}" for name, text in rsa_xml(KEY).items()}
    return f"{head}{as_xml(elements)}"


PLAIN, OLD, LOCKED = pem(KEY), pem(KEY, traditional=True), pem(KEY, PASS, traditional=True)
DECLARED = '<?xml version="1.0" encoding="utf-16" standalone="yes"?>'
FORMS |= {
    "xml with wrapped values": (in_lines(64, "\n"), None),
    "xml with indented values": (in_lines(20, "\r\n\t  "), None),
    "xml with blanks in values": (in_lines(7, "   "), None),
    "xml with a declaration": (in_lines(64, "\n", f"\ufeff{DECLARED}\n"), None),
    "xml with a declaration on lines": (in_lines(64, "\n", DECLARED.replace(" ", "\n") + "<!-- a key -->"), None),
    "xml with breaks as two characters": (in_lines(64, "\\r\\n", DECLARED + "\\n"), None),
    "xml as JSON has it": (json.dumps(in_lines(64, "\n", DECLARED)), None),
    "xml as PHP's JSON has it": (json.dumps(in_lines(64, "\n")).replace("/", "\\/"), None),
    "xml in base64": (b64encode(in_lines(64, "\n", DECLARED).encode()).decode(), None),
    **{
        f"{name}, {how}": (change(text), passphrase)
        for name, (text, passphrase) in {
            "pkcs8": (PLAIN, None),
            "traditional": (OLD, None),
            "locked": (pem(KEY, PASS), PASS),
            "locked traditional": (LOCKED, PASS),
        }.items()
        for how, change in {
            "breaks as two characters": lambda text: text.replace("\n", "\\n"),
            "breaks of Windows as characters": lambda text: text.replace("\n", "\\r\\n"),
            "breaks escaped twice": lambda text: text.replace("\n", "\\\\n"),
            "breaks as blanks": lambda text: text.replace("\n", " "),
            "breaks as blanks and no last one": lambda text: text.replace("\n", " ").strip(),
            "breaks of an old Mac": lambda text: text.replace("\n", "\r"),
            "in quotes": lambda text: f'"{text}"',
            "in single quotes with characters": lambda text: "'" + text.replace("\n", "\\n") + "'",
            "as JSON has it": json.dumps,
            "in base64": lambda text: b64encode(text.encode()).decode(),
            "in base64 on lines": lambda text: wrapped(b64encode(text.encode()).decode(), 76, "\n"),
            "with a mark": lambda text: f"\ufeff{text}",
            "indented": lambda text: text.replace("\n", "\n      "),
            "after something else": lambda text: (
                f"Bag Attributes\n    friendlyName: a\n{public_pem(KEY).decode()}{text}"
            ),
            "before something else": lambda text: f"{text}{public_pem(KEY).decode()}",
        }.items()
    },
    "pkcs8 without breaks": (PLAIN.replace("\n", ""), None),
    "traditional without breaks or blanks": (OLD.replace("\n", "").replace(" ", ""), None),
    "on one line of base64": (
        "-----BEGIN PRIVATE KEY-----\n" + "".join(PLAIN.splitlines()[1:-1]) + "\n-----END PRIVATE KEY-----",
        None,
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_key_is_read(form: str) -> None:
    assert load_private_key(*FORMS[form]).private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("form", ["pkcs8", "xml"])
def test_it_signs_the_minute_in_utc(form: str) -> None:
    moment = datetime(2026, 3, 1, 1, 7, 59, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    text = signed("Super-9c2", load_private_key(*FORMS[form]), moment)
    plain, _, signature = text.rpartition(".")
    assert plain == "Super-9c2.202602281922"
    KEY.public_key().verify(b64decode(signature, validate=True), plain.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert signed("a", KEY, datetime(2026, 3, 1, tzinfo=UTC)).startswith("a.202603010000.")


XML = rsa_xml(KEY)
DOCTYPE = '<!DOCTYPE RSAKeyValue [<!ENTITY d "x">]>'
WRONG = {
    "nothing": ("", None, "neither PEM"),
    "a path": ("/etc/keys/private.pem", None, "neither PEM"),
    "public": (public_pem(KEY).decode(), None, "neither PEM"),
    "no passphrase": (pem(KEY, PASS), None, "locked with a passphrase"),
    "wrong passphrase": (pem(KEY, PASS), "other", "passphrase is right"),
    "needless passphrase": (pem(KEY), PASS, "not locked"),
    "cut off": (pem(KEY)[:900], None, "could not be read"),
    "garbled": (pem(KEY).replace("M", "*", 9), None, "could not be read"),
    "another kind": (pem(ec.generate_private_key(ec.SECP256R1())), None, "not an RSA key"),
    "locked xml": (as_xml(XML), PASS, "never locked"),
    "public xml": (
        as_xml({name: XML[name] for name in ("Modulus", "Exponent")}),
        None,
        "not that of the public",
    ),
    "nil xml": ('<RSAKeyValue xsi:nil="true"/>', None, "lacks <P>"),
    "part of the xml": (as_xml({name: XML[name] for name in XML if name not in ("P", "DQ")}), None, "lacks <P>, <DQ>"),
    "entities": (DOCTYPE + as_xml({**XML, "D": "&d;"}), None, "document type"),
    "a document type": (DOCTYPE + as_xml(XML), None, r"document type \(DOCTYPE\); take that out"),
    "a document type in small letters": (f"{DECLARED}\n<!doctype x>" + as_xml(XML), None, "document type"),
    "another xml": ("<html/>", None, "lacks <P>"),
    "cut xml": (as_xml(XML)[:-20], None, "whole RSAXML"),
    "garbled xml": (as_xml({**XML, "D": "!" + XML["D"]}), None, "RSAXML is whole"),
    "nested xml": (as_xml({**XML, "D": "<a>1</a>"}), None, "lacks <D>"),
    "base64 of something else": (b64encode(b"not a key").decode(), None, "neither PEM"),
    "base64 of no text": (b64encode(b"\xff\xfe\x00").decode(), None, "neither PEM"),
    "cut off, with characters": (pem(KEY)[:900].replace("\n", "\\n"), None, "could not be read"),
    "locked, with a needless break": (pem(KEY).replace("\n", "\\n"), PASS, "not locked"),
    "xml with a value of characters": (as_xml({**XML, "D": "\\u0041" + XML["D"]}), None, "RSAXML is whole"),
    "a list for a value": (
        "<RSAKeyValue>" + "".join(f"<{n}><a/><a/></{n}>" for n in XML) + "</RSAKeyValue>",
        None,
        "RSAXML",
    ),
    "numbers of two keys": (as_xml({**XML, "D": rsa_xml(rsa_key("other"))["D"]}), None, "RSAXML is whole"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_sign_is_refused_in_words_without_the_key(case: str) -> None:
    text, passphrase, said = WRONG[case]
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_private_key(text, passphrase)
    shown = texts(caught.value)
    for secret in (PASS, *(line for line in pem(KEY).splitlines() if "-" not in line), *XML.values()):
        assert len(secret) < 9 or secret not in shown
    for number in (KEY.private_numbers().d, KEY.private_numbers().p):
        assert str(number) not in shown
