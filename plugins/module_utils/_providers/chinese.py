# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Mail in China: QQ and Tencent Exmail, NetEase (163, 126, yeah.net), Alibaba."""

from __future__ import annotations

from .._models.names import Protocol
from .model import Actor, Credential, Limit, Provider, Quirk, Source, Step, Unit, Variant
from .usual import imaps, submission, submissions

_GITLAB = Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers")
_ISPDB = "https://github.com/thunderbird/autoconfig/blob/master/ispdb/"
_PROVIDER_DB = "https://github.com/chatmail/provider-db/blob/master/_providers/"

_QQ = Provider(
    name="qq",
    title="QQ Mail",
    identity="qq",
    hosts=("qq.com",),
    sources={
        "servers": Source("https://cloud.kd.cn/ask/9658.html", "2026-11", "QQ邮箱服务器设置"),
        "provider_db": Source(f"{_PROVIDER_DB}qq.md", "2021-06", "QQ Mail"),
        "ispdb": Source(f"{_ISPDB}qq.com.xml", "2026-03"),
        "code": Source("https://www.russky.net/zixun/189553.html", "2026-11", "QQ邮箱SMTP"),
        "gbk": Source("https://github.com/pandolia/qqbot/issues/36", "2026-11", "535 in GBK"),
    },
    variants=(
        Variant(
            "qq",
            "QQ Mail",
            (
                submissions("smtp.qq.com", "servers", "ispdb", "provider_db"),
                submission("smtp.qq.com", "servers", "code"),
                imaps("imap.qq.com", "servers", "ispdb", "provider_db"),
            ),
            (Credential.APP_PASSWORD,),
            domains=("qq.com", "foxmail.com"),
            account="QQ Mail",
        ),
    ),
    preparation=(
        Step(
            "Switch on POP3/IMAP/SMTP in the web mail (Settings, Account) and generate an authorization code; "
            "it is the password, the one of the account is refused.",
            Actor.USER,
            ("servers", "provider_db"),
        ),
    ),
    limits=(Limit("QQ Mail", Unit.MESSAGES, ("servers",), per_day=500, practical=True),),
    quirks=(Quirk("Replies are in GBK, not in UTF-8, and ask for the authorization code (授权码).", ("gbk",)),),
    app_password="[a-z]{16}",
    fact_sources={
        "domains": ("provider_db", "ispdb"),
        "hosts": ("servers",),
        "app_password": ("servers", "code"),
    },
)

_EXMAIL = Provider(
    name="exmail",
    title="Tencent Exmail",
    identity="qq",
    hosts=("exmail.qq.com",),
    sources={
        "servers": Source(
            "https://www.topmailsender.com/en/youxiang/205-tengxun-qiyeyouxiang-tencent-enterprise-mailbox",
            "2026-11",
            "Tencent Enterprise Mail, complete setup guide",
        ),
        "gitlab": _GITLAB,
        "lark": Source("https://www.larksuite.com/hc/zh-CN/articles/360048488465", "2026-11", "从腾讯企业邮搬家"),
        "mx": Source("https://github.com/postalsys/emailengine", "2026-11", "EmailEngine, rules by mail exchanger"),
    },
    variants=(
        Variant(
            "exmail",
            "Tencent Exmail",
            (
                submissions("smtp.exmail.qq.com", "servers", "gitlab"),
                imaps("imap.exmail.qq.com", "servers"),
            ),
            (Credential.APP_PASSWORD, Credential.PASSWORD),
            mx=("mxbiz1.qq.com", "mxbiz2.qq.com"),
            account="Tencent Exmail",
        ),
        Variant(
            "exmail-overseas",
            "Tencent Exmail, nodes overseas",
            (
                submissions("hwsmtp.exmail.qq.com", "servers"),
                imaps("hwimap.exmail.qq.com", "servers"),
            ),
            (Credential.APP_PASSWORD, Credential.PASSWORD),
            account="Tencent Exmail",
        ),
    ),
    preparation=(
        Step(
            "Put the member into the scope of the IMAP/SMTP service in the WeCom Admin Console (Collaboration, "
            "Security Management, Client Access Restriction).",
            Actor.ADMINISTRATOR,
            ("servers",),
        ),
        Step(
            "Switch on IMAP/SMTP (Settings, send and receive), switch on secure login (Settings, mailbox binding) and "
            "generate a password for clients there; it is the password.",
            Actor.USER,
            ("servers", "lark"),
        ),
    ),
    fact_sources={"mx": ("mx",), "hosts": ("servers",)},
)


def _netease(name: str, domain: str, *sources: str) -> Variant:
    return Variant(
        name,
        f"NetEase {domain}",
        (submissions(f"smtp.{domain}", *sources), imaps(f"imap.{domain}", *sources)),
        (Credential.APP_PASSWORD,),
        domains=(domain,),
        account=f"NetEase {domain}",
    )


_NETEASE = Provider(
    name="netease",
    title="NetEase",
    identity="netease",
    hosts=("163.com", "126.com", "yeah.net", "188.com", "netease.com"),
    sources={
        "servers": Source("https://note.lispstudio.com/dacaf276000eb6a58da4f0ecc45cd0e2", "2026-11", "163 and 126"),
        "code": Source(f"{_PROVIDER_DB}163.md", "2024-11", "163 Mail"),
        "ispdb_163": Source(f"{_ISPDB}163.com.xml", "2026-03"),
        "ispdb_126": Source(f"{_ISPDB}126.com.xml", "2026-03"),
        "ispdb_yeah": Source(f"{_ISPDB}yeah.net.xml", "2026-03"),
        "id": Source("https://github.com/mjs/imapclient/issues/544", "2026-11", "SELECT Unsafe Login"),
    },
    variants=(
        _netease("netease-163", "163.com", "servers", "code", "ispdb_163"),
        _netease("netease-126", "126.com", "ispdb_126", "servers"),
        _netease("netease-yeah", "yeah.net", "ispdb_yeah"),
    ),
    preparation=(
        Step(
            "Switch on POP3/SMTP/IMAP in the settings of the web mail and create an authorization code; "
            "it is the password.",
            Actor.USER,
            ("code",),
        ),
    ),
    quirks=(
        Quirk(
            "IMAP needs the command ID before SELECT; without it login works and SELECT is refused as Unsafe Login.",
            ("id", "servers"),
        ),
        Quirk("Free accounts may have two authorization codes at a time.", ("code",)),
    ),
    fact_sources={
        "domains": ("ispdb_163", "ispdb_126", "ispdb_yeah"),
        "hosts": ("servers", "ispdb_163", "ispdb_126", "ispdb_yeah", "id"),
    },
)

_ALIYUN = Provider(
    name="aliyun",
    title="Alibaba Mail",
    sources={
        "smtp": Source("https://www.yunzhuji.net/yfwq/209167.html", "2025-05", "阿里云邮箱外发服务器配置指南"),
        "gitlab": _GITLAB,
        "in_use": Source(
            "https://github.com/search?type=code&q=%22imap.qiye.aliyun.com%22",
            "2026-11",
            "Settings in public repositories",
        ),
        "mx": Source(
            "https://github.com/search?type=code&q=%22mx1.qiye.aliyun.com%22",
            "2026-11",
            "Zone files in public repositories",
        ),
        "dns": Source("https://www.russky.net/zixun/117578.html", "2026-11", "阿里域名邮箱SMTP配置"),
        "personal": Source(f"{_PROVIDER_DB}aliyun.md", "2023-09", "Alibaba Mail"),
    },
    variants=(
        Variant(
            "aliyun-enterprise",
            "Alibaba Enterprise Mail",
            (
                submissions("smtp.qiye.aliyun.com", "gitlab", "smtp"),
                imaps("imap.qiye.aliyun.com", "in_use"),
            ),
            (Credential.APP_PASSWORD, Credential.PASSWORD),
            mx=(".qiye.aliyun.com", ".mxhichina.com"),
            account="Alibaba Enterprise Mail",
        ),
        Variant(
            "aliyun",
            "Alibaba Mail (aliyun.com)",
            (submissions("smtp.aliyun.com", "personal"), imaps("imap.aliyun.com", "personal")),
            (Credential.PASSWORD,),
            domains=("aliyun.com",),
            account="Alibaba Mail",
        ),
    ),
    preparation=(
        Step(
            "Generate a password for third-party clients in the web mail (Settings, account security); "
            "it is shown once.",
            Actor.USER,
            ("dns", "smtp"),
            (Protocol.SMTP, Protocol.IMAP),
            variants=("aliyun-enterprise",),
        ),
    ),
    sending_include=("spf.mxhichina.com",),
    fact_sources={"domains": ("personal",), "mx": ("mx", "dns"), "sending_include": ("dns",)},
)

PROVIDERS = (_QQ, _EXMAIL, _NETEASE, _ALIYUN)
