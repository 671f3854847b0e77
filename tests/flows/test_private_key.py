"""A system user's private key, in every form that people have it, and what is signed with it."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from superoffice import ConfigurationError
from superoffice._private_key import load_private_key, signed

from ..test_redaction import texts
from .keys import as_xml, pem, public_pem, rsa_key, rsa_xml

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
    "another kind": (pem(ec.generate_private_key(ec.SECP256R1())), None, "no RSA key"),
    "locked xml": (as_xml(XML), PASS, "never locked"),
    "public xml": (as_xml({name: XML[name] for name in ("Modulus", "Exponent")}), None, "is a public one"),
    "nil xml": ('<RSAKeyValue xsi:nil="true"/>', None, "is a public one"),
    "part of the xml": (as_xml({name: XML[name] for name in XML if name not in ("P", "DQ")}), None, "lacks <P>, <DQ>"),
    "entities": (DOCTYPE + as_xml({**XML, "D": "&d;"}), None, "without a document type"),
    "another xml": ("<html/>", None, "no RSAXML"),
    "cut xml": (as_xml(XML)[:-20], None, "no RSAXML"),
    "garbled xml": (as_xml({**XML, "D": "!" + XML["D"]}), None, "RSAXML is whole"),
    "nested xml": (as_xml({**XML, "D": "<a>1</a>"}), None, "RSAXML is whole"),
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
