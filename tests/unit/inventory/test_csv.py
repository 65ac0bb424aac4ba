# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spreadsheets of mailboxes: every program writes them its own way, and no cell may show in what is said of them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.plugin_utils import _columns as columns
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes_csv import RowPlace, SheetError, read

SECRET = "open-Sesame"


def owned(text: str, **names: str | None) -> list[dict[str, object]]:
    sheet = read(text.encode(), names)
    assert not sheet.troubles and not [row for row in sheet.rows if row.troubles]
    return [row.own for row in sheet.rows]


@pytest.mark.parametrize(
    "text",
    [
        "email,smtp.port\na@acme.example,465\n",
        "\ufeffemail,smtp.port\r\na@acme.example,465\r\n",
        "email;smtp.port\ra@acme.example;465\r",
        '"email"\t"smtp.port"\n"a@acme.example"\t"465"',
        "sep=;\nemail;smtp.port\na@acme.example;465\n",
        "\n\nemail, smtp.port \n\n a@acme.example , 465\n,\n",
        'email,smtp.port,"bcc,signature, of people"\na@acme.example,465,\n',
    ],
)
def test_separators_line_ends_and_blanks(text: str) -> None:
    names = {"bcc,signature, of people": None}
    assert owned(text, **names) == [{"email": "a@acme.example", "smtp": {"port": 465}}]


def test_only_the_header_tells_the_separator() -> None:
    assert owned("email,name\na@acme.example,a;b;c;d\n") == [{"email": "a@acme.example", "name": "a;b;c;d"}]
    assert owned("email\na@acme.example\n") == [{"email": "a@acme.example"}]
    assert owned('email;"a,b,c"\na@acme.example;x\n', **{"a,b,c": None}) == [{"email": "a@acme.example"}]


@pytest.mark.parametrize(
    ("header", "row", "own"),
    [
        (
            # as one product's interface names the settings of an account
            "from_name,from_email,user_name,password,smtp_host,smtp_port,imap_host,imap_port,max_email_per_day,"
            "custom_tracking_url,bcc,signature,warmup_enabled,total_warmup_per_day,daily_rampup,client_id",
            "Ada,ada@acme.example,ada,pw,smtp.acme.example,587,imap.acme.example,993,50,t,b,s,true,20,2,7",
            {
                "name": "Ada", "email": "ada@acme.example", "username": "ada", "secret": {"password": "pw"},
                "smtp": {"host": "smtp.acme.example", "port": 587}, "imap": {"host": "imap.acme.example", "port": 993},
                "daily_limit": 50,
            },
        ),
        (
            "Email,First Name,Last Name,IMAP Username,IMAP Password,IMAP Host,IMAP Port,SMTP Username,SMTP Password,"
            "SMTP Host,SMTP Port,Daily Limit,Warmup Enabled,Warmup Limit,Warmup Increment",
            "ada@acme.example,Ada,Love,i,ip,imap.acme.example,993,s,sp,smtp.acme.example,465,30,TRUE,1,1",
            {
                "email": "ada@acme.example", "name": "Ada Love", "daily_limit": 30,
                "imap": {"username": "i", "secret": {"password": "ip"}, "host": "imap.acme.example", "port": 993},
                "smtp": {"username": "s", "secret": {"password": "sp"}, "host": "smtp.acme.example", "port": 465},
            },
        ),
        (
            "email,password,smtpHost,smtpPort,smtpTls,imapHost,imapPort,imapTls,fromName,dailyLimit,warmupEnabled",
            "ada@acme.example,pw,smtp.acme.example,587,starttls,imap.acme.example,993,ssl,Ada,30,true",
            {
                "email": "ada@acme.example", "secret": {"password": "pw"}, "name": "Ada", "daily_limit": 30,
                "smtp": {"host": "smtp.acme.example", "port": 587}, "imap": {"host": "imap.acme.example", "port": 993},
            },
        ),
        (
            "SMTP email,SMTP login,SMTP password,SMTP server,SMTP port,SMTP from name,IMAP email,IMAP server,IMAP port",
            "a@acme.example,u,pw,smtp.acme.example,465,Ada,v,imap.acme.example,993",
            {
                "email": "a@acme.example", "name": "Ada",
                "smtp": {"username": "u", "secret": {"password": "pw"}, "host": "smtp.acme.example", "port": 465},
                "imap": {"username": "v", "host": "imap.acme.example", "port": 993},
            },
        ),
    ],
)  # fmt: skip
def test_columns_of_other_programs(header: str, row: str, own: dict[str, object]) -> None:
    assert owned(f"{header}\n{row}\n") == [own]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("tags", '"outreach, eu;de  x"', ["outreach", "eu", "de", "x"]),
        ("imap.folders", '"Sent Items, Archive/2026"', ["Sent Items", "Archive/2026"]),
        ("tls.verify", "NO", False),
        ("tls.verify", "maybe", "maybe"),
        ("smtp.security", "StartTLS", "starttls"),
        ("smtp encryption", "SSL/TLS", "tls"),
        ("smtp.port", "587.0", "587.0"),
        ("daily_limit", "٣", "٣"),
        ("daily_limit", "9" * 5000, "9" * 5000),
        ("password", " pw ", "pw "),
        ("password", '" pw "', " pw "),
        ("vault_path", "mail/a", "mail/a"),
        ("smtp_secret_vault_version", "3", 3),
    ],
)
def test_cells_become_the_type_of_their_key(column: str, cell: str, value: object) -> None:
    found: object = owned(f"email,{column}\na@acme.example,{cell}\n")[0]
    for step in str(columns.path_of(column)).split("."):
        assert isinstance(found, dict)
        found = found[step]
    assert found == value


def test_an_empty_cell_is_not_given_and_an_empty_row_is_no_row() -> None:
    assert owned("email,name,password\na@acme.example,, \n,,\n") == [{"email": "a@acme.example"}]


def test_lines_are_those_of_the_file() -> None:
    sheet = read(b'email,signature\n"a@acme.example","<p>\n\n</p>"\n\nb@acme.example,\nc@acme.example\n')
    assert [row.line for row in sheet.rows] == [2, 6, 7]
    assert sheet.ignored == ["signature"]
    assert [[(t.line, t.column) for t in row.troubles] for row in sheet.rows] == [[], [], [(7, "")]]


@pytest.mark.parametrize(
    ("header", "column", "said"),
    [
        ("email,smtp_hots", "smtp_hots", "Did you mean smtp_host?"),
        ("email,imap.prot", "imap.prot", "Did you mean imap.port?"),
        ("email,favourite colour", "favourite colour", "as in columns: {favourite colour: KEY} (without KEY it is ign"),
        ("email,Größe", "column 2", "as in columns: {HEADER: KEY} (without KEY"),
        ("email,providers", "providers", "Did you mean provider?"),
        (f"email,{SECRET}!!", "column 2", "is not a known column"),
        ("email,E-Mail", "E-Mail", "stands for email"),
        ("email,from_email", "from_email", "stands for email, as email does"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(header: str, column: str, said: str) -> None:
    sheet = read(f"\n{header}\na@acme.example,{SECRET}\n".encode())
    assert [(trouble.line, trouble.column) for trouble in sheet.troubles] == [(2, column)]
    assert said in sheet.troubles[0].text
    assert SECRET not in sheet.troubles[0].text
    assert len(sheet.rows) == 1


@pytest.mark.parametrize("header", [f"a@acme.example,{SECRET}", f"email,{SECRET},465", f"x,{SECRET}"])
def test_a_file_without_header_shows_nothing_of_its_first_row(header: str) -> None:
    sheet = read(f"{header}\na,b\n".encode())
    assert sheet.troubles
    assert SECRET not in repr(sheet.troubles) + repr([row.troubles for row in sheet.rows])


def test_own_names_of_columns() -> None:
    assert owned("Adresse,Owner\na@acme.example,me\n", Adresse="email", Owner=None) == [{"email": "a@acme.example"}]
    assert owned("bcc,email\nb,a@acme.example\n", bcc="name") == [{"name": "b", "email": "a@acme.example"}]


@pytest.mark.parametrize(
    "row", [f"a@acme.example,{SECRET}", f"a@acme.example,x,{SECRET},y", f'a@acme.example,"{SECRET}"x,y']
)
def test_a_row_whose_cells_are_shifted_is_used_in_no_part(row: str) -> None:
    sheet = read(f"email,name,password\n{row}\nb@acme.example,b,pw\n".encode())
    assert [row.own.get("email") for row in sheet.rows] == [None, "b@acme.example"]
    assert [trouble.line for trouble in sheet.rows[0].troubles] == [2]
    assert SECRET not in repr(sheet.rows[0])


def test_a_quote_that_is_not_closed_is_told_where_it_begins() -> None:
    sheet = read(b'email,name\na@acme.example,a\nb@acme.example,"b\nc@acme.example,c\n')
    assert [(row.line, len(row.troubles)) for row in sheet.rows] == [(2, 0), (3, 1)]


@pytest.mark.parametrize(
    ("rows", "line", "last"),
    [
        ('a@acme.example,"a\nb@acme.example,b\n', 2, 3),
        ('a@acme.example,"a\nb@acme.example,"b"\nc@acme.example,c\n', 2, 3),
        ('"a ""x""\n", "a\nb@acme.example,"b"\n', 3, 4),
        ('"","a\n\n"b\nc@acme.example,c\n', 2, 4),
    ],
)
def test_a_quote_that_takes_other_rows_in_is_told_where_it_opens(rows: str, line: int, last: int) -> None:
    (row,) = (row for row in read(f"email,name\n{rows}".encode()).rows if row.troubles)
    assert (row.line, row.whole, row.troubles[0].line) == (line, True, line)
    assert f"up to {last} are lost" in row.troubles[0].text


@pytest.mark.parametrize(
    ("row", "whole"),
    [('a@acme.example,"a"x', False), ("a@acme.example,a,a", False), ('a@acme.example,"a\nb@acme.example",b', True)],
)
def test_only_a_row_of_several_lines_may_hold_others(row: str, whole: bool) -> None:
    (found,) = read(f"email,name\n{row}\n".encode()).rows
    assert found.troubles
    assert found.whole is whole


@pytest.mark.parametrize(
    ("header", "rows", "whole"),
    [
        ("id,email,signature,tags", 'ok,ok@acme.example,"Foo,x\ns1,s1@acme.example,Bar",x', True),
        (
            "id,email,signature,tags",
            'ok,ok@acme.example,"Foo,x\ns1,s1@acme.example,b,x\ns2,s2@acme.example,Bar",x',
            True,
        ),
        ("id,email,name,tags", 'ok,ok@acme.example,"Foo,x\ns1,s1@acme.example,Bar",x', True),
        ("id,email,password,tags", 'ok,ok@acme.example,"Foo,x\r\ns1,s1@acme.example,Bar",x', True),
        ("email,tags", 'ok@acme.example,"x\ns1@acme.example,x"', True),
        ("email,signature", 'ok@acme.example,"Yours,\nAda"', False),
        ("email,name", '"ok@acme.example\n",Ada', False),
    ],
)
def test_a_cell_of_several_lines_may_hold_other_rows(header: str, rows: str, whole: bool) -> None:
    (row,) = read(f"{header}\n{rows}\n".encode()).rows
    assert (row.whole, bool(row.troubles)) == (whole, whole)


@pytest.mark.parametrize("row", ["#s1,s1@acme.example,pw", " # s1,,", "# gone", '"#s1","s1@acme.example",pw'])
def test_a_row_is_no_comment(row: str) -> None:
    (found,) = read(f"id,email,password\n{row}\n".encode()).rows
    assert found.own == {}
    assert "CSV has no comments" in found.troubles[0].text
    assert not read(b"password,email\n#pw,a@acme.example\n").rows[0].troubles


def test_a_value_without_a_header_is_not_lost() -> None:
    sheet = read(b"email,,\na@acme.example,,\nb@acme.example,,x\n")
    assert [[trouble.column for trouble in row.troubles] for row in sheet.rows] == [[], ["column 3"]]


@pytest.mark.parametrize("cell", ["{{ lookup('pipe', 'id') }}", "x{%if%}", "{# #}", " #jinja2:a:1,b:2"])
def test_a_cell_is_no_template(cell: str) -> None:
    sheet = read(f'email,id\na@acme.example,"{cell}"\n'.encode())
    assert "id" not in sheet.rows[0].own
    assert [(trouble.line, trouble.column) for trouble in sheet.rows[0].troubles] == [(2, "id")]
    assert "{{" not in sheet.rows[0].troubles[0].text


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "is empty"),
        (b" \r\n\r\n", 1, "is empty"),
        ("email\r\na\r\nä".encode("latin-1"), 3, "not UTF-8"),
        ("email\n".encode("utf-16"), 1, "UTF-16"),
        ("email,name\r\na@acme.example,A\r\n".encode("utf-16-le"), 1, "is UTF-16. Save it as CSV UTF-8."),
        ("email,name\r\na@acme.example,A\r\n".encode("utf-16-be"), 1, "is UTF-16. Save it as CSV UTF-8."),
        ("email,größe\r\na@acme.example,Ł\r\n".encode("utf-16-le"), 1, "is UTF-16. Save it as CSV UTF-8."),
        (b'email,"x\n', 1, "quote"),
    ],
)
def test_files_that_hold_no_table(content: bytes, line: int, said: str) -> None:
    with pytest.raises(SheetError) as caught:
        read(content)
    assert caught.value.trouble.line == line
    assert said in caught.value.trouble.text


def test_a_lone_nul_is_not_utf_16() -> None:
    assert len(read(b"email,name\na@acme.example,A\0B\n").rows) == 1


def test_a_problem_finds_its_column() -> None:
    place = RowPlace("x.csv", read(b"email,Smtp Port,app_password,tags\na@acme.example,1,pw,x\n").rows[0])
    found = [place.find(path) for path in ("smtp.port", "tags[1]", "secret", "imap")]
    assert [(where.line, where.key, where.exact) if where else None for where in found] == [
        (2, "Smtp Port", True), (2, "tags", True), (2, "app_password", False), None,
    ]  # fmt: skip


def test_every_name_of_a_column_leads_to_a_key() -> None:
    names = {name: columns.path_of(name) for known in columns._NAMES.values() for name in known}
    assert None not in names.values()
    assert set(names.values()) <= {*columns.PATHS, columns.FIRST, columns.LAST}
    assert not [name for name in columns.IGNORED if columns.path_of(name)]
    assert all(columns.normal(name) == name for name in (*names, *columns.IGNORED))


CELL = st.text(st.characters(exclude_characters="\0{", exclude_categories=("Cs",)), max_size=12).filter(
    lambda cell: not cell.lstrip().lower().startswith("#jinja2")
)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from(",;\t"), st.sampled_from(("\n", "\r\n"))
)
def test_what_a_writer_quotes_is_read_back(rows: list[tuple[str, str]], separator: str, end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    # Any other first cell may begin with no #.
    writer.writerow(["password", "name"])
    writer.writerows(row[::-1] for row in rows)
    given_cells = [row for row in rows if any(cell.strip() for cell in row)]
    sheet = read(out.getvalue().encode())
    assert [(row.own.get("name", ""), row.own.get("secret", {}).get("password", "")) for row in sheet.rows] == [
        (name.strip(), password if password.strip() else "") for name, password in given_cells
    ]


LINES = st.lists(
    st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"a", b"email", b"@", b"password", b" ", b"{{", b"\xff"])
)


@given(
    st.one_of(st.binary(max_size=200), LINES.map(b"".join), LINES.map(lambda parts: b"email,name\n" + b"".join(parts)))
)
def test_any_bytes_are_rows_or_one_error(content: bytes) -> None:
    try:
        sheet = read(content)
    except SheetError as error:
        assert 1 <= error.trouble.line <= content.count(b"\n") + content.count(b"\r") + 1
        return
    starts = [row.line for row in sheet.rows]
    assert starts == sorted(set(starts))
    for row in sheet.rows:
        assert row.own or row.troubles or sheet.troubles or sheet.ignored or not row.columns


@given(
    st.lists(st.sampled_from([f"{SECRET}x", f'"{SECRET}"', f"{SECRET}{{{{", ",", ";", "\n", '"', "a@b"]), max_size=12)
)
def test_no_text_holds_a_cell(parts: list[str]) -> None:
    for header in ("email,password,name,\n", ""):
        try:
            sheet = read((header + "".join(parts)).encode())
        except SheetError as error:
            assert SECRET not in str(error)
            continue
        troubles = [*sheet.troubles, *(trouble for row in sheet.rows for trouble in row.troubles)]
        assert SECRET not in repr([trouble for trouble in troubles if trouble.column != "name"])
