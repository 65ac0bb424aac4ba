#!/usr/bin/env bash
# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The same steps by swaks and curl, a shell for each mailbox: addresses on standard input, a line for each on standard
# output. Its settings are in the environment, as BENCH_*.
set -uo pipefail

probe() {
  swaks --server "$BENCH_HOST" --port "$BENCH_SMTP_PORT" --tls-on-connect --tls-verify --tls-ca-path "$BENCH_CA" \
    --helo '[127.0.0.1]' --auth PLAIN --auth-user "$1" --auth-password "$BENCH_PASSWORD" \
    --from "$1" --to "$1" --quit-after RCPT &&
    curl -sS --cacert "$BENCH_CA" -u "$1:$BENCH_PASSWORD" \
      "imaps://$BENCH_HOST:$BENCH_IMAP_PORT/" -X 'LIST "" "*"' \
      --next -sS --cacert "$BENCH_CA" -u "$1:$BENCH_PASSWORD" \
      "imaps://$BENCH_HOST:$BENCH_IMAP_PORT/" -X 'EXAMINE INBOX'
}

one() {
  local said
  if said=$(probe "$1" 2>&1) && grep -q " EXISTS" <<<"$said"; then
    echo "verified $1"
  else
    echo "failed $1: $(tail -n 1 <<<"$said")"
  fi
}

export -f one probe
# shellcheck disable=SC2016 # the inner shell expands it
xargs -P "$BENCH_IN_FLIGHT" -n 1 bash -c 'one "$0"'
