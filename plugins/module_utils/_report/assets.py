# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Style and script of the page. They are part of the page itself; its content security policy allows these two only."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --bg: #fff; --fg: #1c2128; --soft: #59636e; --line: #d1d9e0; --panel: #f6f8fa;
  --ok: #1a7f37; --bad: #c1121f; --part: #9a4a00; --unsure: #6639ba; --link: #0550ae; --bar: #54aeff; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #0d1117; --fg: #e6edf3; --soft: #9aa4af; --line: #3d444d; --panel: #161b22;
    --ok: #4ac26b; --bad: #ff7b72; --part: #ffa657; --unsure: #d2a8ff; --link: #79c0ff; --bar: #1f6feb; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 1.25rem; background: var(--bg); color: var(--fg);
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; } h2 { margin: 1.75rem 0 .5rem; font-size: 1.1rem; }
p { margin: .25rem 0; } .soft, small { color: var(--soft); }
.policy { margin: .9rem 0; padding: .6rem .9rem; border: 1px solid var(--line); border-left: 5px solid var(--ok);
  border-radius: 6px; background: var(--panel); }
.policy.failed { border-left-color: var(--bad); color: inherit; }
.policy ul { margin: .3rem 0 0; padding-left: 1.2rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: .9rem 0; padding: 0; list-style: none; }
.tiles li { min-width: 7rem; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--panel); }
.tiles b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums; }
.verified, .ok { color: var(--ok); } .failed, .bad { color: var(--bad); } .partial { color: var(--part); }
.inconclusive, .warning { color: var(--unsure); } .skipped { color: var(--soft); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .55rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { background: var(--panel); white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
#mailboxes thead th { white-space: normal; position: sticky; top: 0; z-index: 1; padding: 0; }
#mailboxes thead th > * { display: block; width: 100%; padding: .4rem .55rem; text-align: inherit; }
#mailboxes { table-layout: fixed; } #mailboxes tr:not(.detail) small { display: block; }
col.wide { width: 22%; } col.narrow { width: 7.5%; } col.mid { width: 10.5%; } col.long { width: 16.5%; }
button { font: inherit; color: inherit; border: 0; background: none; cursor: pointer; padding: 0; text-align: left; }
thead button { font-weight: 600; } button:hover { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; border-radius: 2px; }
[aria-sort=ascending] button::after { content: " \\2191"; } [aria-sort=descending] button::after { content: " \\2193"; }
.toggle { overflow-wrap: anywhere; } .toggle::before { content: "\\25B8\\00A0"; color: var(--soft); }
.open .toggle::before, [aria-expanded=true].toggle::before { content: "\\25BE\\00A0"; }
.js .detail { display: none; } .js .open .detail { display: table-row; }
.detail > td { padding: .6rem 1.2rem 1rem; background: var(--panel); }
.detail h3 { margin: .6rem 0 .2rem; font-size: 1rem; } .detail ol { margin: .3rem 0; padding-left: 1.4rem; }
.detail li { margin-bottom: .35rem; } code, samp { font: 12.5px/1.4 ui-monospace, Consolas, Menlo, monospace; }
samp { display: block; margin: .3rem 0; padding: .35rem .6rem; border-left: 3px solid var(--line);
  background: var(--bg); white-space: pre-wrap; overflow-wrap: anywhere; }
.stages { width: auto; min-width: 34rem; margin-top: .6rem; }
.detail .stages td, .detail .stages th { padding: .1rem .6rem; border: 0; text-align: left; }
.detail .stages .n { text-align: right; }
.stages td:last-child { width: 16rem; vertical-align: middle; }
.bar { height: .7rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
.group th { background: var(--panel); font-weight: 600; }
#controls { display: none; flex-wrap: wrap; gap: .8rem; align-items: end; margin: .5rem 0; }
.js #controls { display: flex; } label { display: grid; gap: .15rem; color: var(--soft); font-size: .85rem; }
input, select { font: inherit; color: var(--fg); background: var(--bg); border: 1px solid var(--line);
  border-radius: 5px; padding: .3rem .5rem; } input { width: 22rem; max-width: 100%; }
details > summary { cursor: pointer; } .ids { color: var(--soft); } .causes code { white-space: nowrap; }
@media print { #controls { display: none !important; } body { max-width: none; padding: 0; font-size: 10px; }
  .js .detail { display: table-row; } tr { break-inside: avoid; } #mailboxes thead th { position: static; } }
"""

SCRIPT = """
"use strict";
(function () {
  var root = document.documentElement, table = document.getElementById("mailboxes");
  root.classList.add("js");
  var data = JSON.parse(document.getElementById("data").textContent);
  var boxes = Array.prototype.slice.call(table.tBodies);
  var columns = boxes.length ? boxes[0].rows[0].cells.length : 1;
  var fields = {};
  ["q", "status", "change", "group"].forEach(function (name) { fields[name] = document.getElementById(name); });
  var shown = document.getElementById("shown"), sort = "", dir = "asc", closed = {}, timer;
  var items = boxes.map(function (body, index) {
    return { body: body, index: index, tags: data.rows[index][0], status: body.dataset.status,
      change: body.dataset.change, provider: body.dataset.provider, category: body.dataset.category };
  });

  function element(name, text, className) {
    var made = document.createElement(name);
    if (text !== undefined) { made.textContent = text; }
    if (className) { made.className = className; }
    return made;
  }
  function words(item) {
    if (item.words === undefined) {
      item.words = [item.body.textContent, item.tags.join(" "), data.rows[item.index][3]].join(" ").toLowerCase();
    }
    return item.words;
  }
  function timings(item) {
    var list = data.rows[item.index][1], most = 1, made = element("table", undefined, "stages");
    list.forEach(function (stage) { most = Math.max(most, stage[3]); });
    var head = made.createTHead().insertRow();
    ["Stage", "", "Result", "ms", ""].forEach(function (name) {
      var cell = element("th", name); cell.scope = "col"; head.appendChild(cell);
    });
    var body = made.createTBody();
    list.forEach(function (stage) {
      var row = body.insertRow(), status = data.statuses[stage[2]];
      row.appendChild(element("td", data.stages[stage[1]]));
      row.appendChild(element("td", data.protocols[stage[0]]));
      row.appendChild(element("td", status, status));
      row.appendChild(element("td", stage[3].toFixed(1), "n"));
      var bar = element("div", undefined, "bar");
      bar.style.width = (100 * stage[3] / most).toFixed(1) + "%";
      row.appendChild(element("td")).appendChild(bar);
    });
    return made;
  }
  function unfold(item, open) {
    var body = item.body;
    if (open && !item.filled) {
      item.filled = true;
      var row = body.rows[1];
      if (!row) {
        row = body.insertRow(); row.className = "detail";
        row.insertCell().colSpan = columns;
      }
      var cell = row.cells[0];
      if (data.rows[item.index][3]) { cell.appendChild(element("p", "Servers: " + data.rows[item.index][3], "soft")); }
      if (item.tags.length) { cell.appendChild(element("p", "Tags: " + item.tags.join(", "), "soft")); }
      data.rows[item.index][2].forEach(function (text) { cell.appendChild(element("p", "! " + text, "warning")); });
      cell.appendChild(data.rows[item.index][1].length ? timings(item) : element("p", "No stage was run.", "soft"));
    }
    body.classList.toggle("open", open);
    body.querySelector(".toggle").setAttribute("aria-expanded", String(open));
  }
  function value(item) {
    var cell = item.body.rows[0].cells[sort], given = cell.dataset.sort;
    return given === undefined ? cell.textContent.toLowerCase() : (given === "" ? null : Number(given));
  }
  function ordered() {
    if (sort === "") { return items.slice(); }
    var turn = dir === "desc" ? -1 : 1;
    return items.map(function (item) { return [value(item), item]; }).sort(function (a, b) {
      if (a[0] === b[0]) { return a[1].index - b[1].index; }
      if (a[0] === null) { return 1; }
      if (b[0] === null) { return -1; }
      return a[0] < b[0] ? -turn : turn;
    }).map(function (pair) { return pair[1]; });
  }
  function group_of(item) {
    var by = fields.group.value;
    if (by === "tag") { return item.tags.slice().sort().join(", ") || "no tags"; }
    return item[by] || "none";
  }
  function heading(name, members) {
    var counts = {}, body = element("tbody", undefined, "group"), cell = element("th");
    members.forEach(function (item) { counts[item.status] = (counts[item.status] || 0) + 1; });
    var told = Object.keys(counts).sort().map(function (status) { return counts[status] + " " + status; });
    var button = element("button", name + " \\u2014 " + members.length + " (" + told.join(", ") + ")", "toggle");
    button.type = "button"; button.dataset.group = name;
    button.setAttribute("aria-expanded", String(!closed[name]));
    cell.colSpan = columns; cell.scope = "rowgroup"; cell.appendChild(button);
    body.insertRow().appendChild(cell);
    return body;
  }
  function show() {
    var parts = fields.q.value.toLowerCase().split(/\\s+/).filter(Boolean), count = 0;
    var status = fields.status.value, change = fields.change.value, hidden = document.createDocumentFragment();
    var list = ordered().filter(function (item) {
      var fits = (!status || item.status === status) && (!change || item.change === change) &&
        parts.every(function (part) { return words(item).indexOf(part) >= 0; });
      item.body.hidden = !fits;
      if (fits) { count += 1; } else { hidden.appendChild(item.body); }
      return fits;
    });
    var place = document.createDocumentFragment();
    Array.prototype.slice.call(table.querySelectorAll("tbody.group")).forEach(function (old) { old.remove(); });
    if (fields.group.value) {
      var groups = new Map();
      list.forEach(function (item) {
        var name = group_of(item);
        if (!groups.has(name)) { groups.set(name, []); }
        groups.get(name).push(item);
      });
      Array.from(groups.keys()).sort().forEach(function (name) {
        place.appendChild(heading(name, groups.get(name)));
        groups.get(name).forEach(function (item) {
          item.body.hidden = Boolean(closed[name]);
          place.appendChild(item.body);
        });
      });
    } else {
      list.forEach(function (item) { place.appendChild(item.body); });
    }
    table.appendChild(place);
    table.appendChild(hidden);
    shown.textContent = count === items.length ? items.length + " mailboxes"
      : count + " of " + items.length + " mailboxes";
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, index) {
      if (sort === index) { cell.setAttribute("aria-sort", dir === "desc" ? "descending" : "ascending"); }
      else { cell.removeAttribute("aria-sort"); }
    });
  }
  function remember() {
    var kept = new URLSearchParams();
    Object.keys(fields).forEach(function (name) { if (fields[name].value) { kept.set(name, fields[name].value); } });
    if (sort !== "") { kept.set("sort", sort); kept.set("dir", dir); }
    var open = items.filter(function (item) { return item.body.classList.contains("open"); });
    open.slice(0, 20).forEach(function (item) { kept.append("open", item.body.dataset.id); });
    try { history.replaceState(null, "", "#" + kept); } catch (error) { /* A page may not be allowed to. */ }
  }
  function recall() {
    var kept = new URLSearchParams(location.hash.slice(1)), open = kept.getAll("open");
    Object.keys(fields).forEach(function (name) { fields[name].value = kept.get(name) || ""; });
    var column = parseInt(kept.get("sort"), 10);
    sort = column >= 0 && column < columns ? column : "";
    dir = kept.get("dir") === "desc" ? "desc" : "asc";
    show();
    if (open.length) {
      items.forEach(function (item) { if (open.indexOf(item.body.dataset.id) >= 0) { unfold(item, true); } });
    }
  }

  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, index) {
    var button = element("button", cell.textContent);
    button.type = "button";
    cell.textContent = "";
    cell.appendChild(button);
    button.addEventListener("click", function () {
      dir = sort === index && dir === "asc" ? "desc" : "asc";
      sort = index; show(); remember();
    });
  });
  items.forEach(function (item) {
    var place = item.body.querySelector(".id"), button = element("button", place.textContent, "toggle");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    place.textContent = "";
    place.appendChild(button);
  });
  table.addEventListener("click", function (event) {
    var button = event.target.closest(".toggle");
    if (!button) { return; }
    if (button.dataset.group !== undefined) {
      var name = button.dataset.group;
      closed[name] = !closed[name]; show();
      Array.prototype.forEach.call(table.querySelectorAll(".group .toggle"), function (other) {
        if (other.dataset.group === name) { other.focus(); }
      });
      return;
    }
    var item = items.find(function (one) { return one.body === button.closest("tbody"); });
    unfold(item, !item.body.classList.contains("open")); remember();
  });
  fields.q.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(function () { show(); remember(); }, 120);
  });
  ["status", "change", "group"].forEach(function (name) {
    fields[name].addEventListener("change", function () { closed = {}; show(); remember(); });
  });
  document.getElementById("controls").addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", function () {
    recall(); document.getElementById("controls").scrollIntoView();
  });
  recall();
}());
"""
