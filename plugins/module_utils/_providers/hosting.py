# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Hosts of domains that also keep mail: Namecheap, Rackspace, WorkMail, Infomaniak, Gandi, DreamHost, Hostinger, …"""

from __future__ import annotations

from .model import Actor, Credential, Limit, Provider, Quirk, Source, Step, Unit, Variant
from .usual import imap_starttls, imaps, submission, submissions

_GITLAB = Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers")
_ISPDB = "https://github.com/thunderbird/autoconfig/blob/master/ispdb/"
_RACKSPACE_DOCS = "https://github.com/rackerlabs/rackspace-how-to/blob/master/content/rackspace-email/"
_AWS = "https://docs.aws.amazon.com/"

_NAMECHEAP = Provider(
    name="namecheap",
    title="Namecheap Private Email",
    sources={
        "servers": Source(
            "https://mailflowauthority.com/email-infrastructure/private-email-imap-settings",
            "2026-05",
            "Private Email IMAP settings",
        ),
        "dns": Source(
            "https://www.namecheap.com/support/knowledgebase/article.aspx/1262/2176/"
            "what-does-namecheap-private-email-dns-verification-imply",
            "2026-11",
            "What does Private Email DNS verification imply?",
        ),
    },
    variants=(
        Variant(
            "namecheap",
            "Namecheap Private Email",
            (
                submissions("mail.privateemail.com", "servers"),
                submission("mail.privateemail.com", "servers"),
                imaps("mail.privateemail.com", "servers"),
                imap_starttls("mail.privateemail.com", "servers"),
            ),
            (Credential.PASSWORD,),
            mx=(".privateemail.com",),
            account="Private Email",
        ),
    ),
    sending_include=("spf.privateemail.com",),
    dkim_selectors=("default",),
    fact_sources={"mx": ("dns",), "sending_include": ("dns",), "dkim_selectors": ("dns",)},
)

_RACKSPACE = Provider(
    name="rackspace",
    title="Rackspace Email",
    sources={
        "servers": Source(
            f"{_RACKSPACE_DOCS}rackspace-email-and-hosted-exchange-settings.md",
            "2019-01",
            "Rackspace Email and Hosted Exchange settings",
        ),
        "dns": Source(
            f"{_RACKSPACE_DOCS}set-up-dns-records-for-cloud-office-email.md",
            "2017-10",
            "Set up DNS records for Cloud Office email",
        ),
        "limit": Source(
            f"{_RACKSPACE_DOCS}rackspace-hosted-email-system-daily-sending-limit.md",
            "2020-11",
            "Daily sending limit for Rackspace hosted email systems",
        ),
        "rights": Source("https://www.rackspace.com/apps/support/portal/1685", "2026-11", "Manage access rights"),
        "gitlab": _GITLAB,
    },
    variants=(
        Variant(
            "rackspace",
            "Rackspace Email",
            (
                submissions("secure.emailsrvr.com", "servers", "gitlab"),
                imaps("secure.emailsrvr.com", "servers"),
            ),
            (Credential.PASSWORD,),
            mx=(".emailsrvr.com",),
            account="Rackspace Email",
        ),
    ),
    preparation=(
        Step(
            "Where logins are refused, look at the access rights of the mailbox in the control panel: "
            "IMAP can be off for a mailbox or for the whole domain.",
            Actor.ADMINISTRATOR,
            ("rights",),
        ),
    ),
    limits=(Limit("Rackspace Email", Unit.RECIPIENTS, ("limit",), per_day=10000),),
    sending_include=("emailsrvr.com",),
    fact_sources={"mx": ("dns",), "sending_include": ("dns",)},
)


def _workmail(region: str, place: str) -> Variant:
    return Variant(
        f"workmail-{region}",
        f"Amazon WorkMail, {place}",
        (
            submissions(f"smtp.mail.{region}.awsapps.com", "imap", "endpoints"),
            imaps(f"imap.mail.{region}.awsapps.com", "imap", "endpoints"),
        ),
        (Credential.PASSWORD,),
        mx=(f"inbound-smtp.{region}.amazonaws.com",),
        account="Amazon WorkMail",
    )


_WORKMAIL = Provider(
    name="workmail",
    title="Amazon WorkMail",
    sources={
        "imap": Source(f"{_AWS}workmail/latest/userguide/using_IMAP.html", "2026-11", "Setting up IMAP for WorkMail"),
        "endpoints": Source(f"{_AWS}general/latest/gr/workmail.html", "2026-11", "WorkMail endpoints and quotas"),
        "end": Source(f"{_AWS}workmail/latest/adminguide/workmail-end-of-support.html", "2026-11", "End of support"),
        "mx": Source("https://github.com/postalsys/emailengine", "2026-11", "EmailEngine, rules by mail exchanger"),
    },
    variants=(
        _workmail("us-east-1", "US East (N. Virginia)"),
        _workmail("us-west-2", "US West (Oregon)"),
        _workmail("eu-west-1", "Europe (Ireland)"),
    ),
    quirks=(
        Quirk("AWS ends WorkMail on 31 March 2027; after that day mailboxes cannot be reached.", ("end",)),
        Quirk("There is no STARTTLS: port 465 is the only way in for submission.", ("imap",)),
        Quirk("The region of the mailbox decides the server; its administrator knows it.", ("imap",)),
    ),
    fact_sources={"mx": ("mx",)},
)

_INFOMANIAK = Provider(
    name="infomaniak",
    title="Infomaniak",
    sources={
        "servers": Source("https://www.infomaniak.com/en/support/faq/admin2/email-service", "2026-11", "Mail Service"),
        "limits": Source(
            "https://www.infomaniak.com/en/support/faq/2065/understanding-the-24-hour-outgoing-email-limit",
            "2026-11",
            "Understanding the 24-hour outgoing email limit",
        ),
        "spf": Source("https://www.infomaniak.com/fr/support/faq/admin2/service-mail", "2026-11", "Service Mail"),
        "webmail": Source("https://infomaniak.com/en/support/faq/admin2/webmail", "2026-11", "Mail Infomaniak"),
        "mx": Source(
            "https://github.com/search?q=%22mta-gw.infomaniak.ch%22&type=code",
            "2026-11",
            "Zone files in public repositories",
        ),
        "domains": Source(
            "https://github.com/chatmail/provider-db/blob/master/_providers/infomaniak.com.md", "2021-10"
        ),
    },
    variants=(
        Variant(
            "infomaniak",
            "Infomaniak",
            (
                submissions("mail.infomaniak.com", "servers"),
                submission("mail.infomaniak.com", "servers"),
                imaps("mail.infomaniak.com", "servers"),
                imap_starttls("mail.infomaniak.com", "servers"),
            ),
            (Credential.PASSWORD,),
            domains=("ik.me",),
            mx=(".infomaniak.ch",),
            account="Infomaniak Mail Service",
        ),
    ),
    limits=(
        Limit("kSuite free, my kSuite, Mail Service Starter", Unit.RECIPIENTS, ("limits",), per_day=500),
        Limit("kSuite, my kSuite+, Mail Service Premium", Unit.RECIPIENTS, ("limits",), per_day=1440),
    ),
    quirks=(
        Quirk(
            "The login of an Infomaniak account opens the web mail; it is not the address and password of a mailbox.",
            ("webmail",),
        ),
    ),
    sending_include=("spf.infomaniak.ch",),
    fact_sources={"domains": ("domains",), "mx": ("mx",), "sending_include": ("spf",)},
)

_GANDI = Provider(
    name="gandi",
    title="Gandi",
    sources={
        "ispdb": Source(f"{_ISPDB}gandi.net.xml", "2026-03"),
        "gitlab": _GITLAB,
        "username": Source("https://docs.gandi.net/ja/gandimail/standard_email_settings/", "2026-11"),
        "dns": Source(
            "https://wiki.gandi.net/en/mail/create-email-mailbox", "2026-11", "How to create an email address"
        ),
    },
    variants=(
        Variant(
            "gandi",
            "Gandi",
            (
                submissions("mail.gandi.net", "ispdb"),
                submission("mail.gandi.net", "gitlab", "ispdb"),
                imaps("mail.gandi.net", "ispdb", "username"),
                imap_starttls("mail.gandi.net", "ispdb"),
            ),
            (Credential.PASSWORD,),
            mx=(".mail.gandi.net",),
            account="Gandi Mail",
        ),
    ),
    quirks=(Quirk("The user name is the whole address; without its domain logins fail.", ("username",)),),
    sending_include=("_mailcust.gandi.net",),
    fact_sources={"mx": ("dns",), "sending_include": ("dns",)},
)

_DREAMHOST = Provider(
    name="dreamhost",
    title="DreamHost",
    sources={
        "ports": Source("https://wiki.dreamhost.com/Secure_E-mail", "2026-11", "Secure email"),
        "hosts": Source(
            "https://blog.planetadigitalti.com.br/email-client-protocols-and-port-numbers",
            "2026-11",
            "DreamHost's article on client protocols and port numbers, mirrored",
        ),
        "username": Source("https://help.dreamhost.com/hc/en-us/articles/215029918-Add-an-email-address", "2026-11"),
    },
    variants=(
        Variant(
            "dreamhost",
            "DreamHost",
            (
                submissions("smtp.dreamhost.com", "hosts", "ports"),
                imaps("imap.dreamhost.com", "hosts", "ports"),
            ),
            (Credential.PASSWORD,),
            account="DreamHost",
        ),
    ),
    quirks=(Quirk("The user name is the whole address.", ("username",)),),
)

_HOSTINGER = Provider(
    name="hostinger",
    title="Hostinger",
    sources={
        "smtp": Source("https://nanopo.st/hosting/hostinger/", "2026-11", "Email on Hostinger"),
        "imap": Source(
            "https://github.com/search?q=%22imap.hostinger.com%22&type=code",
            "2026-11",
            "Settings in public repositories",
        ),
        "limits": Source(
            "https://www.hostinger.com/support/4625828-parameters-and-limits-of-hostinger-email/",
            "2026-03",
            "Parameters and limits of Hostinger Mail",
        ),
        "spf": Source(
            "https://www.hostinger.com/support/1583673-what-is-the-spf-record-for-hostinger-email/",
            "2025-08",
            "What is the SPF record for Hostinger Email?",
        ),
        "mx": Source("https://www.pangaea.id/article/email-dns-records", "2026-11", "Email DNS"),
    },
    variants=(
        Variant(
            "hostinger",
            "Hostinger Email",
            (
                submissions("smtp.hostinger.com", "smtp"),
                imaps("imap.hostinger.com", "imap"),
            ),
            (Credential.PASSWORD,),
            mx=(".hostinger.com",),
            account="Hostinger Email",
        ),
    ),
    limits=(
        Limit("Free Business Email", Unit.MESSAGES, ("smtp", "limits"), per_day=100),
        Limit("Business Starter", Unit.MESSAGES, ("smtp", "limits"), per_day=1000),
        Limit("Business Premium", Unit.MESSAGES, ("smtp", "limits"), per_day=3000),
    ),
    quirks=(Quirk("Limits hold for each mailbox over any 24 hours.", ("limits",)),),
    sending_include=("_spf.mail.hostinger.com",),
    fact_sources={"mx": ("mx",), "sending_include": ("spf",)},
)

_GODADDY = Provider(
    name="godaddy",
    title="GoDaddy",
    sources={
        "ispdb": Source(f"{_ISPDB}wildwestdomains.com.xml", "2026-03"),
        "gitlab": _GITLAB,
        "spf": Source(
            "https://www.godaddy.com/help/use-spf-records-to-prevent-spoofing-and-ensure-mail-delivery-40499",
            "2026-11",
            "Use SPF records to prevent spoofing",
        ),
    },
    variants=(
        Variant(
            "godaddy",
            "GoDaddy Workspace Email",
            (
                submissions("smtpout.secureserver.net", "gitlab", "ispdb"),
                imaps("imap.secureserver.net", "ispdb"),
            ),
            (Credential.PASSWORD,),
            mx=(".secureserver.net",),
            account="Workspace Email",
        ),
    ),
    sending_include=("secureserver.net",),
    fact_sources={"mx": ("ispdb",), "sending_include": ("spf",)},
)

_ONE_COM = Provider(
    name="one-com",
    title="one.com",
    sources={
        "ispdb": Source(f"{_ISPDB}one.com.xml", "2026-03"),
        "general": Source("https://esdocs.com/doc/508615/mail-%E2%80%93-general", "2015-02", "one.com: Mail, general"),
    },
    variants=(
        Variant(
            "one-com",
            "one.com",
            (
                submissions("send.one.com", "ispdb"),
                imaps("imap.one.com", "ispdb", "general"),
            ),
            (Credential.PASSWORD,),
            mx=(".one.com",),
            account="one.com",
        ),
    ),
    fact_sources={"mx": ("ispdb",)},
)

_TITAN = Provider(
    name="titan",
    title="Titan",
    sources={
        "servers": Source(
            "https://glama.ai/mcp/servers/filiperotherds/titan-mail-mcpb/schema", "2026-11", "Settings for Titan Mail"
        ),
        "starttls": Source("https://gist.github.com/carlfm01/153d9a5fa99fa0d0b89e25222e450628", "2024-01"),
        "mx": Source("https://github.com/huntrbrooks/easypath-collections/blob/main/TITAN_EMAIL_SETUP.md", "2026-11"),
    },
    variants=(
        Variant(
            "titan",
            "Titan",
            (
                submissions("smtp.titan.email", "servers"),
                submission("smtp.titan.email", "starttls"),
                imaps("imap.titan.email", "servers"),
            ),
            (Credential.PASSWORD,),
            mx=(".titan.email",),
            account="Titan",
        ),
    ),
    fact_sources={"mx": ("mx",)},
)

PROVIDERS = (
    _NAMECHEAP,
    _RACKSPACE,
    _WORKMAIL,
    _INFOMANIAK,
    _GANDI,
    _DREAMHOST,
    _HOSTINGER,
    _GODADDY,
    _ONE_COM,
    _TITAN,
)
