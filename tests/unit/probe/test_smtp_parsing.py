# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enhanced codes and EHLO keywords out of replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_parsing import (
    Reply,
    ehlo_keywords,
    enhanced_code,
    keyword_lines,
)


def reply(code: int, *lines: bytes) -> Reply:
    return Reply(code, lines, b"\r\n".join(lines))


@pytest.mark.parametrize(
    ("code", "lines", "expected"),
    [
        (535, (b"5.7.8 Username and Password not accepted",), "5.7.8"),
        (535, (b"5.7.8",), "5.7.8"),
        (550, (b"#5.1.0 Address rejected.",), "5.1.0"),
        (550, (b"5.7.520: Access denied",), "5.7.520"),
        (250, (b"2.1.0 Ok",), "2.1.0"),
        (534, (b"Please log in", b"5.7.14 then try again"), "5.7.14"),
        (535, (b"Error: authentication failed",), None),
        (535, (b"4.7.0 says another class",), None),
        (454, (b"4.7.0 Temporary", b"5.7.8 contradicts"), "4.7.0"),
        (535, (b"5.7 short",), None),
        (535, (b"5.7.1234 long",), None),
        (354, (b"3.0.0 no such class",), None),
        (535, (b"192.0.2.1 is blocked",), None),
        (250, (b"",), None),
        (250, (), None),
    ],
)
def test_enhanced_code_has_the_class_of_the_reply(code, lines, expected):
    assert enhanced_code(reply(code, *lines)) == expected


def test_ehlo_keywords_have_their_parameters():
    ehlo = reply(
        250, b"mx.acme.example at your service", b"size 35882577", b"AUTH plain LOGIN", b"PIPELINING", b"", b" "
    )
    keywords = ehlo_keywords(ehlo)
    assert keywords == {"SIZE": ("35882577",), "AUTH": ("PLAIN", "LOGIN"), "PIPELINING": ()}
    assert keyword_lines(keywords) == ("SIZE 35882577", "AUTH PLAIN LOGIN", "PIPELINING")


def test_the_old_form_of_auth_adds_to_the_new_one():
    assert ehlo_keywords(reply(250, b"hi", b"AUTH=LOGIN", b"AUTH LOGIN PLAIN"))["AUTH"] == ("LOGIN", "PLAIN")
    assert ehlo_keywords(reply(250, b"hi", b"AUTH="))["AUTH"] == ()


def test_the_first_line_is_the_servers_name_and_no_keyword():
    assert ehlo_keywords(reply(250, b"STARTTLS")) == {}


@given(st.integers(200, 599), st.lists(st.binary(max_size=60), max_size=6))
def test_parsing_takes_whatever_comes(code, lines):
    anything = reply(code, *lines)
    enhanced = enhanced_code(anything)
    assert enhanced is None or enhanced.startswith(str(code)[0] + ".")
    assert all(keyword == keyword.upper() for keyword in ehlo_keywords(anything))
