# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SASL building blocks: what goes to the wire, and in which spans."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import sasl
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials

JOE = Credentials("j\u00f6@acme.example", Secret('p\u00e4ss "w\\'.encode()))
MESSAGE = base64.b64encode('\0j\u00f6@acme.example\0p\u00e4ss "w\\'.encode())


def test_plain_message_is_utf8_without_an_authorization_identity():
    assert sasl.plain_message(JOE).octets == MESSAGE


@pytest.mark.parametrize("credentials", [Credentials("a\0b", Secret(b"x")), Credentials("a", Secret(b"x\0y"))])
def test_plain_message_can_not_carry_nul(credentials):
    with pytest.raises(ValueError, match="NUL") as raised:
        sasl.plain_message(credentials)
    assert "x" not in str(raised.value).split()


def test_choose_keeps_the_plans_order_and_knows_only_what_it_can_speak():
    assert sasl.choose(("SCRAM-SHA-256", "LOGIN", "PLAIN"), ("plain", "LOGIN", "SCRAM-SHA-256")) == ("LOGIN", "PLAIN")
    assert sasl.choose(("PLAIN",), ("LOGIN",)) == ()


@pytest.mark.parametrize(("length", "fits"), [(499, True), (500, False)])
def test_section_5_4_initial_response_only_while_the_line_fits_512_octets(length, fits):
    parts = sasl.smtp_auth_line("PLAIN", Secret(b"x" * length))
    line = b"".join(part.octets if isinstance(part, Secret) else part for part in parts)
    assert sasl.carries_secret(parts) is fits
    assert len(line) == (512 if fits else 12)


def test_section_5_4_an_empty_initial_response_is_an_equals_sign():
    assert b"".join(sasl.smtp_auth_line("EXTERNAL", Secret(b""))) == b"AUTH EXTERNAL =\r\n"


def test_smtp_plain_steps():
    assert sasl.smtp_steps("PLAIN", JOE) == ((b"AUTH PLAIN ", Secret(MESSAGE), b"\r\n"),)
    long = Credentials("joe", Secret(b"x" * 500))
    assert sasl.smtp_steps("PLAIN", long) == ((b"AUTH PLAIN\r\n",), (sasl.plain_message(long), b"\r\n"))


def test_smtp_login_steps_have_no_initial_response():
    user = base64.b64encode("j\u00f6@acme.example".encode())
    password = Secret(base64.b64encode(JOE.password.octets))
    assert sasl.smtp_steps("LOGIN", JOE) == ((b"AUTH LOGIN\r\n",), (user, b"\r\n"), (password, b"\r\n"))


def test_a_mechanism_that_can_not_be_spoken_is_an_error():
    with pytest.raises(ValueError, match="CRAM-MD5"):
        sasl.smtp_steps("CRAM-MD5", JOE)


def test_wire_forms_are_all_that_can_have_been_sent():
    forms = sasl.wire_forms(JOE)
    raw = JOE.password.octets
    for form in (raw, base64.b64encode(raw), MESSAGE, raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')):
        assert form in forms
    assert all(forms)


def test_wire_forms_of_odd_secrets():
    assert b"" not in sasl.wire_forms(Credentials("joe", Secret(b"")))
    assert b"a\0b" in sasl.wire_forms(Credentials("joe", Secret(b"a\0b")))


def test_section_7_1_no_repr_shows_a_secret():
    steps = (*sasl.smtp_steps("PLAIN", JOE), *sasl.smtp_steps("LOGIN", JOE), JOE)
    assert MESSAGE.decode() not in repr(steps)
    assert base64.b64encode(JOE.password.octets).decode() not in repr(steps)
