// Copyright (c) 2026, the mailops.mailbox contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The yardstick of the bench: the same mailboxes, probed with Go's net/smtp and go-imap. SMTP and IMAP of a mailbox run
// side by side, as the engine's do. Reads a job (JSON) from standard input, writes what came of it to standard output.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const timeout = 60 * time.Second

type job struct {
	Host     string   `json:"host"`
	SMTPPort int      `json:"smtp_port"`
	IMAPPort int      `json:"imap_port"`
	CA       string   `json:"ca"`
	Password string   `json:"password"`
	Users    []string `json:"users"`
	InFlight int      `json:"in_flight"`
}

type outcome struct {
	Verified int      `json:"verified"`
	Problems []string `json:"problems"`
	Started  float64  `json:"cpu_before"`
	Median   float64  `json:"median_s"`
	Peak     int      `json:"peak_kib"`
}

func main() {
	var work job
	if err := json.NewDecoder(os.Stdin).Decode(&work); err != nil {
		fail(err)
	}
	pem, err := os.ReadFile(work.CA)
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		fail(errors.New("no certificate in the CA file"))
	}
	settings := &tls.Config{RootCAs: roots, ServerName: work.Host, MinVersion: tls.VersionTLS12}
	result := outcome{Started: cpuSeconds(), Problems: []string{}}
	users := make(chan string)
	var durations []float64
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range work.InFlight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for user := range users {
				began := time.Now()
				problem := probe(&work, settings, user)
				took := time.Since(began).Seconds()
				lock.Lock()
				durations = append(durations, took)
				if problem == nil {
					result.Verified++
				} else if len(result.Problems) < 5 {
					result.Problems = append(result.Problems, user+": "+problem.Error())
				}
				lock.Unlock()
			}
		}()
	}
	for _, user := range work.Users {
		users <- user
	}
	close(users)
	workers.Wait()
	slices.Sort(durations)
	result.Median = durations[len(durations)/2]
	result.Peak = peakKiB()
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

func probe(work *job, settings *tls.Config, user string) error {
	sending := make(chan error, 1)
	go func() { sending <- probeSMTP(work, settings, user) }()
	reading := probeIMAP(work, settings, user)
	return errors.Join(<-sending, reading)
}

func dial(work *job, settings *tls.Config, port int) (*tls.Conn, error) {
	raw, err := net.DialTimeout("tcp", net.JoinHostPort(work.Host, strconv.Itoa(port)), timeout)
	if err != nil {
		return nil, err
	}
	_ = raw.SetDeadline(time.Now().Add(timeout))
	conn := tls.Client(raw, settings)
	if err := conn.Handshake(); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

func probeSMTP(work *job, settings *tls.Config, user string) error {
	conn, err := dial(work, settings, work.SMTPPort)
	if err != nil {
		return fmt.Errorf("smtp connect: %w", err)
	}
	defer conn.Close()
	client, err := smtp.NewClient(conn, work.Host)
	if err != nil {
		return fmt.Errorf("smtp greeting: %w", err)
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"EHLO", func() error { return client.Hello("[127.0.0.1]") }},
		{"AUTH", func() error { return client.Auth(smtp.PlainAuth("", user, work.Password, work.Host)) }},
		{"MAIL", func() error { return client.Mail(user) }},
		{"RCPT", func() error { return client.Rcpt(user) }},
		{"RSET", client.Reset},
		{"QUIT", client.Quit},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			return fmt.Errorf("smtp %s: %w", step.name, err)
		}
	}
	return nil
}

func probeIMAP(work *job, settings *tls.Config, user string) error {
	conn, err := dial(work, settings, work.IMAPPort)
	if err != nil {
		return fmt.Errorf("imap connect: %w", err)
	}
	client := imapclient.New(conn, nil)
	defer client.Close()
	if err := client.WaitGreeting(); err != nil {
		return fmt.Errorf("imap greeting: %w", err)
	}
	if err := client.Login(user, work.Password).Wait(); err != nil {
		return fmt.Errorf("imap LOGIN: %w", err)
	}
	folders, err := client.List("", "*", nil).Collect()
	if err != nil || len(folders) == 0 {
		return fmt.Errorf("imap LIST: %d folders, %w", len(folders), err)
	}
	if _, err := client.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return fmt.Errorf("imap EXAMINE: %w", err)
	}
	if err := client.Logout().Wait(); err != nil {
		return fmt.Errorf("imap LOGOUT: %w", err)
	}
	return nil
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// peakKiB asks for VmHWM, because the peak that a parent is told of counts what the process was before exec.
func peakKiB() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "the Go client can't work:", err)
	os.Exit(1)
}
