# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Redaction: by the grammar of what is said, and the whole text where a server echoes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import sasl
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.redaction import (
    TEXT_LIMIT,
    WITHHELD,
    any_echoes,
    echoes,
    own_words,
    shown,
    visible,
)

GMAIL = (
    b"534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbtjL\r\n"
    b"534-5.7.14 XyzsI0hGGVmHJjhcU2eJQTZPOQ\r\n"
    b"534-5.7.14 KfbpToken> Please log in via your web browser and then try again.\r\n"
    b"534 5.7.14  https://support.google.com/mail/answer/78754 a1-20020a05 - gsmtp\r\n"
)


def forms(password: str, username: str = "sales01@acme.example") -> tuple[bytes, ...]:
    return sasl.wire_forms(Credentials(username, Secret(password.encode())))


def test_text_without_secrets_stays_as_it_is():
    raw = b"535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 For more, see the help - gsmtp\r\n"
    assert shown(raw, forms("hunter2-hunter2")) == (
        "535-5.7.8 Username and Password not accepted.\n535 5.7.8 For more, see the help - gsmtp"
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("535 Fehler: Postfach geh\u00f6rt nicht".encode(), "535 Fehler: Postfach geh\u00f6rt nicht"),
        ("535 \u767b\u5f55\u5931\u8d25".encode("gbk"), "535 \u767b\u5f55\u5931\u8d25"),
        (b"535 caf\xe9", "535 caf\u00e9"),
    ],
)
def test_any_servers_bytes_are_read(raw, text):
    assert shown(raw) == text


def test_evidence_cut_inside_a_character_is_still_utf8():
    raw = ("\u00e9" * 300).encode()[:513]
    assert shown(raw) == "\u00e9" * 256


def test_url_queries_and_fragments_are_redacted():
    text = shown(b"535 see http://a.example/p/q?token=abc#frag and https://b.example/x#y or https://c.example/ok.")
    assert text == "535 see http://a.example/p/q?******** and https://b.example/x?******** or https://c.example/ok."


def test_url_user_part_is_redacted():
    assert shown(b"550 see ftp://me:pw@a.example/x") == "550 see ftp://********@a.example/x"


def test_url_token_broken_over_lines_is_redacted():
    text = shown(GMAIL)
    assert "AKgnsb" not in text
    assert "XyzsI0" not in text
    assert "KfbpToken" not in text
    assert text.startswith("534-5.7.14 <https://accounts.google.com/signin/continue?********> Please log in")
    assert text.endswith("https://support.google.com/mail/answer/78754 a1-20020a05 - gsmtp")


def test_url_token_without_its_end_is_redacted_too():
    assert "Xyzs" not in shown(GMAIL[:110])


def test_webalert_keeps_the_host_only():
    raw = b"* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1&plt=AKgn] Web login required."
    assert shown(raw) == "* NO [WEBALERT https://accounts.google.com/********] Web login required."
    assert "secretpath" not in shown(b"a1 NO [WEBALERT https://a.example/secretpath] x")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"334 eyJzdGF0dXMiOiI0MDAifQ==", "334 ********"),
        (b"+ eyJzdGF0dXMiOiI0MDAifQ==", "+ ********"),
        (b"334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVz more", "334 ******** more"),
        (b"+ ready for more", "+ ready for more"),
        (b"* OK The Microsoft Exchange IMAP4 service is ready. [RgBSADMAUAAyADgAMQA=]", None),
    ],
)
def test_challenges_are_redacted_by_their_place(raw, text):
    assert shown(raw) == (text or raw.decode())


@pytest.mark.parametrize(
    ("raw", "gone"),
    [
        (b"500 unrecognized command: AUTH PLAIN AGpvZQBodW50ZXIy", "AGpvZ"),
        (b"501 5.5.4 Syntax: 'auth plain AGpvZQBodW50ZXIy'", "AGpvZ"),
        (b"500 AUTH XOAUTH2 dXNlcj1qb2UBYXV0aD1CZWFyZXI=", "dXNl"),
        (b"500 AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9", "biws"),
        (b"a1 BAD in command: a1 AUTHENTICATE PLAIN AGpvZQBodW50ZXIy", "AGpvZ"),
        (b'a1 BAD a1 LOGIN "joe" "hunt er2"', "er2"),
        (b'a1 BAD LOGIN "joe" "hun\\"ter2"', "ter2"),
        (b"a1 BAD LOGIN joe@acme.example hunter2 x", "hunter2"),
        (b'a1 BAD LOGIN joe "hunter2', "hunter2"),
        (b"a1 BAD unknown: a7 LOGIN joe hunter2", "hunter2"),
        (b"a1 BAD unknown command 'LOGIN joe hunter2'", "hunter2"),
        (b"a1 BAD LOGIN {3} hunter2", "hunter2"),
    ],
)
def test_echoed_commands_are_redacted_by_the_place_of_the_argument(raw, gone):
    text = shown(raw)
    assert gone not in text
    assert "********" in text


@pytest.mark.parametrize(
    "raw",
    [
        b"504 5.7.4 AUTH PLAIN not supported",
        b"504 AUTH LOGIN DISABLED here",
        b"535 5.7.3 AUTH LOGIN failed.",
        b"a1 NO AUTHENTICATE failed.",
        b"a1 NO LOGIN Invalid credentials",
        b"a1 NO [AUTHENTICATIONFAILED] LOGIN Rate limit hit.",
        b"a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        b"535 Login fail. Please enter your authorization code to login.",
        b"538 5.7.11 Encryption required for requested authentication mechanism",
    ],
)
def test_prose_about_commands_stays(raw):
    assert shown(raw) == raw.decode()


def test_control_and_direction_characters_are_visible():
    assert shown("550 a\x1b[31m\tb\x00\u202ec\r\n".encode()) == "550 a\\x1b[31m\\tb\\x00\\u202ec"
    assert shown(b"250-a\r\n250 b\r\n") == "250-a\n250 b"
    assert shown(b"250 a\rb") == "250 a\\rb"


def test_length_is_bounded():
    text = shown(b"550 " + b"x" * 60_000)
    assert text == "550 " + "x" * (TEXT_LIMIT - 4) + "... (57956 more characters)"
    assert shown(b"x" * TEXT_LIMIT) == "x" * TEXT_LIMIT


# Echoes


@pytest.mark.parametrize("password", ["hunter2-hunter2", 'quo"te\\back', "p\u00e4ssw\u00f6rt", "accepted", "x y z w"])
def test_an_echo_in_any_form_withholds_the_text(password):
    for form in forms(password):
        for echo in (form, form.upper() if form.isascii() else form):
            text = shown(b"535 5.7.8 Not good: " + echo + b" sorry\r\n", forms(password))
            assert text == f"535 5.7.8 {WITHHELD}"


def test_a_secret_that_is_a_common_word_is_not_masked_in_place():
    text = shown(b"535-5.7.8 Username and Password not accepted\r\n535 5.7.8 again\r\n", forms("Password"))
    assert text == f"535 5.7.8 {WITHHELD}"


def test_an_echo_in_gbk_is_found():
    password = "\u767b\u5f55\u5bc6\u7801"
    assert shown(b"535 " + f"\u9519\u8bef {password}".encode("gbk"), forms(password)) == f"535 {WITHHELD}"


def test_an_echo_cut_short_is_found():
    message = sasl.plain_message(Credentials("sales01@acme.example", Secret(b"hunter2-hunter2"))).octets
    assert shown(b"500 what is " + message[:20], forms("hunter2-hunter2")) == f"500 {WITHHELD}"


def test_an_echo_broken_over_lines_is_found():
    assert shown(b"535-5.7.8 hunt\r\n535 5.7.8 er2-hunter2\r\n", forms("hunter2-hunter2")) == f"535 5.7.8 {WITHHELD}"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a1 NO [AUTHENTICATIONFAILED] no hunter2", "a1 NO [AUTHENTICATIONFAILED]"),
        (b"a1 no [WEBALERT https://x/hunter2] go", "a1 NO [WEBALERT]"),
        (b"a1 BAD hunter2", "a1 BAD"),
        (b"* BYE hunter2", "* BYE"),
        (b"a1 NO [HUNTER2] x", "a1 NO"),
        (b"hunter2 NO x", "NO"),
        (b"535 hunter2", "535"),
        (b"hunter2", ""),
    ],
)
def test_an_echo_leaves_only_the_protocols_own_words(raw, text):
    assert shown(raw, forms("hunter2")) == f"{text} {WITHHELD}".strip()


def test_an_empty_secret_echoes_nothing():
    assert shown(b"535 no", forms("", "joe")[:0]) == "535 no"
    assert shown(b"535 no", (b"",)) == "535 no"
    assert shown(b"", (b"x",)) == ""
    assert shown(b"535 no" * 100, (b"",)) == "535 no" * 100


@pytest.mark.parametrize(("size", "gone"), [(3, False), (4, True), (7, True)])
def test_evidence_that_was_cut_inside_a_secret_is_withheld(size, gone):
    raw = b"535 5.7.8 ".ljust(512 - size, b".") + b"hunter2-hunter2"
    assert (shown(raw[:512], (b"", b"hunter2-hunter2")) == f"535 5.7.8 {WITHHELD}") is gone
    assert shown(raw[: 511 - size] + b"hunter2-hunter2"[:size], (b"hunter2-hunter2",)).endswith("hunter2"[:size])


@given(st.text(min_size=1, max_size=30), st.text(max_size=40), st.text(max_size=40), st.integers(0, 5))
def test_a_secret_is_never_shown(password, before, after, which):
    every = forms(password)
    form = every[which % len(every)]
    head = b"535 5.7.8 "
    text = shown(head + before.encode() + form + after.encode(), every)
    assert text == f"535 5.7.8 {WITHHELD}"


@given(
    st.text(min_size=1, max_size=30),
    st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=4),
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from([b"", b"\r\n250 ", b"\n", b"\xff"])), max_size=2
    ),
)
def test_no_echo_escapes_where_many_texts_are_looked_at_together(password, texts, hidden):
    every = forms(password)
    for which, place, joint in hidden:
        form = every[which % len(every)]
        half = len(form) // 2
        texts.insert(place, b"x" + form[:half] + joint + form[half:])
    if any(echoes(raw, every) for raw in texts):
        assert any_echoes(texts, every)


def test_texts_without_an_echo_are_told_together():
    assert not any_echoes([b"INBOX", b"Sent", b"two\r\nlines", b"caf\xe9", b"x" * 600], forms("hunter2-hunter2"))
    assert any_echoes([b"INBOX", b"hunter2-HUNTER2"], forms("hunter2-hunter2"))
    assert not any_echoes([b"hunter2"], (b"",))


@given(st.binary(max_size=400))
def test_whatever_comes_becomes_text_that_is_safe_to_print(raw):
    text = shown(raw, (b"hunter2",))
    assert all(c == "\n" or c >= " " for c in text)


@pytest.mark.parametrize(("size", "gone"), [(7, False), (8, True)])
def test_eight_octets_of_a_secret_are_an_echo(size, gone):
    text = shown(b"535 no " + b"Correct-Horse"[:size] + b" here", (b"correct-horse",))
    assert (text == f"535 {WITHHELD}") is gone


@pytest.mark.parametrize("size", [512, 513, 700])
def test_a_reply_of_any_size_may_have_been_cut(size):
    raw = b"535 ".ljust(size - 4, b".") + b"hunt"
    assert shown(raw, (b"hunter2-hunter2",)) == f"535 {WITHHELD}"


def test_what_is_no_utf8_is_read_as_a_whole_however_long():
    raw = b"535 " + "\u767b\u5f55\u5931\u8d25".encode("gbk") * 100
    assert shown(raw) == "535 " + "\u767b\u5f55\u5931\u8d25" * 100
    cut = ("535 x" + "\u00e9" * 300).encode()[:512]
    assert shown(cut) == "535 x" + "\u00e9" * 253


@pytest.mark.parametrize(("size", "masked"), [(16, False), (17, True)])
def test_a_long_word_after_auth_is_no_prose(size, masked):
    assert shown(b"535 AUTH PLAIN " + b"a" * size).endswith("********") is masked
    assert shown(b"535 AUTH PLAIN abc123 no") == "535 AUTH PLAIN ******** no"
    assert shown(b"535 AUTH PLAIN ABC123 no") == "535 AUTH PLAIN ******** no"


def test_own_words_are_bounded_and_visible():
    assert own_words(b"EHLO \xff\x1b\r\n") == "EHLO \ufffd\\x1b"
    assert own_words(b"x" * TEXT_LIMIT) == "x" * TEXT_LIMIT
    assert own_words(b"x" * (TEXT_LIMIT + 1)) == "x" * TEXT_LIMIT + "... (1 more characters)"


@given(st.text(max_size=20))
def test_a_text_that_can_be_printed_needs_no_look_at_each_character(text):
    assert visible(text) == text or not text.isprintable()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e]", visible(text))
