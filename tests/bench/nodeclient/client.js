// Copyright (c) 2026, the mailops.mailbox contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The same mailboxes, probed with nodemailer and imapflow. SMTP and IMAP of a mailbox run side by side, as the engine's
// do. Reads a job (JSON) from standard input, writes what came of it to standard output.
//
// nodemailer has no call for RCPT TO without a message. An authentication handler may send any command, so this one
// goes on after AUTH: that is the only documented way to take the same steps. The options are those of the libraries'
// own examples, for each connection. With `trimmed`, one TLS context serves all connections, and of imapflow all that
// can be left out is left out; its ID and NAMESPACE can't.

import { readFileSync } from 'node:fs';
import tls from 'node:tls';

import { ImapFlow } from 'imapflow';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

const TIMEOUT = 60_000;

const job = JSON.parse(readFileSync(0, 'utf8'));
const ca = readFileSync(job.ca);
const trust = job.trimmed ? { secureContext: tls.createSecureContext({ ca }) } : { ca };
const leftOut = job.trimmed ? { disableAutoIdle: true, disableAutoEnable: true, disableCompression: true } : {};
const result = { verified: 0, problems: [], cpu_before: cpuSeconds(), peak_kib: 0, median_s: 0 };

async function envelope({ auth, sendCommand }) {
    const user = auth.credentials.user;
    const initial = Buffer.from(`\0${user}\0${auth.credentials.pass}`).toString('base64');
    for (const command of [`AUTH PLAIN ${initial}`, `MAIL FROM:<${user}>`, `RCPT TO:<${user}>`, 'RSET']) {
        const { status, response } = await sendCommand(command);
        if (status < 200 || status > 299) {
            throw new Error(response);
        }
    }
}

function probeSmtp(user) {
    return new Promise((resolve, reject) => {
        const connection = new SMTPConnection({
            host: job.host,
            port: job.smtp_port,
            secure: true,
            name: '[127.0.0.1]',
            connectionTimeout: TIMEOUT,
            greetingTimeout: TIMEOUT,
            socketTimeout: TIMEOUT,
            tls: trust,
            customAuth: { envelope },
        });
        let proven = false;
        connection.once('error', error => reject(new Error(`smtp: ${error.message}`)));
        connection.once('end', () => (proven ? resolve() : reject(new Error('smtp: closed'))));
        connection.connect(() => {
            connection.login({ method: 'envelope', credentials: { user, pass: job.password } }, error => {
                if (error) {
                    connection.close();
                    reject(new Error(`smtp login: ${error.message}`));
                    return;
                }
                proven = true;
                connection.quit();
            });
        });
    });
}

async function probeImap(user) {
    const client = new ImapFlow({
        host: job.host,
        port: job.imap_port,
        secure: true,
        auth: { user, pass: job.password },
        tls: trust,
        logger: false,
        ...leftOut,
    });
    await client.connect();
    const folders = await client.list({ listOnly: true });
    const inbox = await client.mailboxOpen('INBOX', { readOnly: true });
    await client.logout();
    if (!folders.length || !inbox.readOnly) {
        throw new Error(`imap: ${folders.length} folders, read only: ${inbox.readOnly}`);
    }
}

function cpuSeconds() {
    const usage = process.cpuUsage();
    return (usage.user + usage.system) / 1e6;
}

const durations = [];
const users = job.users[Symbol.iterator]();

async function work() {
    for (const user of users) {
        const began = process.hrtime.bigint();
        const outcomes = await Promise.allSettled([probeSmtp(user), probeImap(user)]);
        durations.push(Number(process.hrtime.bigint() - began) / 1e9);
        const problem = outcomes.find(outcome => outcome.status === 'rejected');
        if (!problem) {
            result.verified++;
        } else if (result.problems.length < 5) {
            result.problems.push(`${user}: ${problem.reason.message}`);
        }
    }
}

await Promise.all(Array.from({ length: job.in_flight }, work));
durations.sort((one, other) => one - other);
result.median_s = durations[durations.length >> 1];
result.peak_kib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
process.stdout.write(JSON.stringify(result), () => process.exit());
