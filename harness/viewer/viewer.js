// Lists of any length stay quick: only the rows in sight exist, and an item is fetched when it is opened.
// Everything from the data goes through textContent: an answer is text, whatever it holds.
"use strict";
const ROW = 36, SPARE = 6, TIED = 1e-9;
const $ = (id) => document.getElementById(id);
const { with_text: withText } = JSON.parse($("data").textContent);
const KINDS = {
  all: ["All", () => true],
  regressed: ["Regressed", (item) => item.change === "regressed"],
  fixed: ["Fixed", (item) => item.change === "fixed"],
  failed: ["Failed", (item) => item.failed || item.holes],
  unparsed: ["Unparsed", (item) => item.unparsed],
  truncated: ["Cut", (item) => item.truncated],
};
const TITLES = {
  regressed: "The score fell", fixed: "The score rose", failed: "No answer, or criteria that the judge left open",
  unparsed: "A judge's reply that could not be read", truncated: "Cut at the token limit",
};
const ORDERS = {
  id: () => 0,
  score: (a, b) => (a.score ?? 9) - (b.score ?? 9),
  fall: (a, b) => moved(a) - moved(b),
};
let state = {}, runs = [], items = [], shown = [], asked = 0;

const make = (tag, className = "", ...children) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
};
const points = (x) => (x === null || x === undefined ? "–" : (100 * x).toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−"));
const signed = (x) => (x > TIED ? "+" : "") + points(x);
const side = (x) => (x > TIED ? "up" : x < -TIED ? "down" : "soft");
const moved = (item) => (["regressed", "fixed", "same"].includes(item.change) ? item.score - item.before : 0);
const ask = async (path, query = {}) => {
  const reply = await fetch(path + "?" + new URLSearchParams(query));
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.error || reply.statusText);
  return told;
};
const title = (name) => runs.find((run) => run.name === name)?.title || name;
const go = (change, replace = false) => {
  const next = new URLSearchParams(Object.entries({ ...state, ...change }).filter(([, value]) => value));
  history[replace ? "replaceState" : "pushState"](null, "", "#" + next);
  return route();
};

function interval(run) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const all = runs.flatMap((one) => [one.low, one.high, one.score]).filter((x) => typeof x === "number");
  const least = Math.min(...all), most = Math.max(least + 0.01, ...all), place = (x) => `${(100 * (x - least)) / (most - least)}%`;
  const draw = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  draw("line", { class: "ground", x1: 0, x2: "100%", y1: "50%", y2: "50%" });
  if (typeof run.low === "number") draw("line", { x1: place(run.low), x2: place(run.high), y1: "50%", y2: "50%" });
  if (typeof run.score === "number") draw("circle", { cx: place(run.score), cy: "50%", r: 4 });
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${points(run.low)} to ${points(run.high)}`);
  return svg;
}

function runRow(run) {
  const row = make("tr");
  if (run.error || !run.task) {
    row.append(make("td", "", run.name), Object.assign(make("td", run.error ? "hole" : "soft", run.error || "reading"), { colSpan: 8 }));
    return row;
  }
  const link = Object.assign(make("a", "", run.title), { href: "#" + new URLSearchParams({ run: run.name }) });
  const state = run.sealed ? "finished" : `${run.rows} of ${run.planned || "?"} rows`;
  const cells = [
    ["", link, make("small", "", run.name)], ["", run.task], ["number", points(run.score)], ["plot", ...(typeof run.score === "number" ? [interval(run)] : []), make("small", "", typeof run.low === "number" ? `${points(run.low)} to ${points(run.high)}` : "–")],
    ["number", run.items.toLocaleString("en")], ["number", run.coverage === null ? "–" : (Math.floor(1000 * run.coverage) / 10) + " %"],
    [run.holes ? "number hole" : "number", run.holes.toLocaleString("en")], [run.failed ? "number hole" : "number", run.failed.toLocaleString("en")], ["", state],
  ];
  const names = [...$("runs").tHead.rows[0].cells].map((cell) => cell.textContent);
  row.append(...cells.map(([className, ...inside], at) => {
    const cell = make("td", className, ...inside);
    if (at > 1) cell.dataset.name = names[at];
    return cell;
  }));
  return row;
}

async function readRuns() {
  runs = (await ask("runs.json")).map((name) => runs.find((run) => run.name === name) || { name });
  const fill = () => $("runs").tBodies[0].replaceChildren(...runs.map(runRow));
  fill();
  for (const run of runs) {
    Object.assign(run, await ask("run.json", { run: run.name }));
    fill();
    if (state.run) against();
  }
}

function against() {
  const task = runs.find((run) => run.name === state.run)?.task;
  const others = runs.filter((run) => run.name !== state.run && run.task && run.task === task);
  const option = (value, text) => Object.assign(make("option", "", text), { value, selected: value === (state.with || "") });
  $("with").replaceChildren(option("", "no other run"), ...others.map((run) => option(run.name, run.title === run.name ? run.name : `${run.name} · ${run.title}`)));
  $("where").replaceChildren(...named(state.run));
}

function named(name) {
  const full = title(name);
  return full === name ? [name] : [full, " ", make("small", "", name)];
}

async function route() {
  const before = state;
  state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  $("shelf").hidden = Boolean(state.run);
  $("run").hidden = !state.run;
  $("said").textContent = "";
  document.title = (state.run ? title(state.run) + " · " : "") + "rvpo view";
  try {
    if (!state.run) { items = []; $("where").textContent = ""; await readRuns(); return; }
    against();
    if (state.run !== before.run || state.with !== before.with || !items.length) {
      const query = { run: state.run, ...(state.with && { with: state.with }) };
      items = await ask("items.json", query);
    }
    if (document.activeElement !== $("find")) $("find").value = state.find || "";
    await select();
    await open();
  } catch (error) {
    $("said").textContent = String(error.message || error);
  }
}

async function select() {
  const turn = ++asked;
  const found = state.find ? new Set(await ask("find.json", { run: state.run, words: state.find })) : null;
  if (turn !== asked) return;
  const kinds = Object.entries(KINDS).filter(([kind]) => state.with || !["regressed", "fixed"].includes(kind));
  const kind = kinds.some(([name]) => name === state.filter) ? state.filter : "all";
  $("filters").replaceChildren(...kinds.map(([name, [text, holds]]) => {
    const button = make("button", "", `${text} ${items.filter(holds).length.toLocaleString("en")}`);
    button.type = "button";
    button.title = TITLES[name] || "";
    button.ariaPressed = String(name === kind);
    button.onclick = () => go({ filter: name === "all" ? "" : name, item: "" });
    return button;
  }));
  $("order").querySelector("[value=fall]").disabled = !state.with;
  const order = state.order || (state.with ? "fall" : "id");
  $("order").value = order;
  shown = items.filter((item) => KINDS[kind][1](item) && (!found || found.has(item.id))).sort(ORDERS[order] || ORDERS.id);
  $("rows").style.height = shown.length * ROW + "px";
  $("count").textContent = `${shown.length.toLocaleString("en")} of ${items.length.toLocaleString("en")} items` + (withText ? "" : " · texts are not shown (--with-text)");
  paint();
}

function paint() {
  const list = $("list"), first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  $("rows").replaceChildren(...shown.slice(first, last).map((item, at) => row(item, first + at)));
  const chosen = shown.findIndex((item) => item.id === state.item);
  if (chosen >= first && chosen < last) list.setAttribute("aria-activedescendant", `row-${chosen}`);
  else list.removeAttribute("aria-activedescendant");
}

function row(item, place) {
  const node = make("div", "row");
  node.id = `row-${place}`;
  node.role = "option";
  node.ariaSelected = String(item.id === state.item);
  node.ariaPosInSet = place + 1;
  node.ariaSetSize = shown.length;
  node.style.top = place * ROW + "px";
  const id = make("span", "name", make("span", "id", item.id), make("small", "", marks(item)));
  const compared = item.change && item.change !== "unpaired" && item.change !== "other prompt";
  const score = compared ? `${points(item.before)} → ${points(item.score)}` : points(item.score);
  const last = compared ? make("span", "moved " + side(moved(item)), signed(moved(item))) : make("span", "moved soft", item.change || "");
  node.append(id, make("span", "score", score), ...(item.change ? [last] : []));
  node.onclick = () => go({ item: item.id });
  return node;
}

const marks = (item) => [
  item.failed && "no answer", item.holes && `${item.holes} open`, item.unparsed && `${item.unparsed} unparsed`, item.truncated && "cut",
].filter(Boolean).join(", ");

function reveal(place) {
  const list = $("list"), top = place * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
}

async function open() {
  document.body.classList.toggle("open", Boolean(state.item));
  const pane = $("item-pane");
  if (!state.item) { pane.replaceChildren(make("p", "note", "Choose an item. Arrow keys or j and k move, / searches, Esc goes back.")); paint(); return; }
  reveal(Math.max(0, shown.findIndex((item) => item.id === state.item)));
  paint();
  const wanted = state.item, names = [state.with, state.run].filter(Boolean);
  const known = (name) => name === state.run || items.find((item) => item.id === wanted)?.before !== undefined;
  const pages = await Promise.all(names.map((run) => (known(run) ? ask("item.json", { run, id: wanted }).catch(() => null) : null)));
  if (wanted !== state.item) return;
  const sides = pages.map((page, at) => page && { name: names[at], ...page }).filter(Boolean);
  pane.replaceChildren(...transcript(sides));
  pane.scrollTop = 0;
}

function transcript(sides) {
  if (!sides.length) return [make("p", "hole", "The run has no such item.")];
  const draws = Math.max(...sides.map((one) => one.draws.length));
  const at = Math.min(Number(state.draw) || 0, draws - 1);
  const here = sides.map((one) => ({ name: one.name, draw: one.draws[at] })).filter((one) => one.draw);
  const both = here.length > 1;
  const back = Object.assign(make("button", "", "Back to the list"), { id: "back", type: "button", onclick: () => go({ item: "" }) });
  const picker = make("div", "controls");
  for (let k = 0; draws > 1 && k < draws; k++) {
    const button = Object.assign(make("button", "", `Draw ${k + 1}`), { type: "button", ariaPressed: String(k === at) });
    button.onclick = () => go({ draw: k ? String(k) : "" });
    picker.append(button);
  }
  const hashes = [...new Set(here.map((one) => one.draw.hash))];
  const asked = here.filter((one, k) => !k || one.draw.hash !== here[0].draw.hash).map((one) => make("div", "turns", ...one.draw.turns.map(turn)));
  const warn = hashes.length > 1 ? [make("p", "hole", "The two runs were shown different prompts; this item is not compared.")] : [];
  return [
    back, make("h1", "", sides[0].id), make("p", "note", "prompt " + hashes.join(" and ")), ...warn, ...(draws > 1 ? [picker] : []),
    ...(withText ? [make("h2", "", "Prompt"), ...asked] : []),
    make("div", "sides", ...here.map((one) => reply(one, both))), verdicts(here, both),
  ];
}

const turn = ({ role, content }) => make("div", role, make("small", "", role), make("pre", "", content));

function reply({ name, draw }, both) {
  const bounds = draw.low !== null && draw.high !== null && draw.high - draw.low > TIED ? `, ${points(draw.low)} to ${points(draw.high)} with the open criteria` : "";
  const status = draw.status === "ok" ? "" : draw.status === "truncated" ? " · cut at the token limit" : ` · ${draw.status}`;
  const box = make("div", "", make("h2", "", both ? name : "Reply"), make("p", "note", `${points(draw.score)} points${bounds}${status}`));
  if (withText) box.append(make("pre", "", draw.response || draw.meta.error || "(no answer)"));
  return box;
}

function verdicts(here, both) {
  const ids = [...new Set(here.flatMap((one) => one.draw.verdicts.map((verdict) => verdict.id)))];
  if (!ids.length) return make("p", "note", "Nothing was judged here.");
  const table = make("table", "verdicts"), head = table.createTHead().insertRow();
  for (const [text, kind] of [["Criterion", ""], ["Points", "number"], ...here.map((one) => [both ? one.name : "Verdict", "number"])])
    head.append(Object.assign(make("th", kind, text), { scope: "col" }));
  const body = table.createTBody();
  for (const id of ids) {
    const found = here.map((one) => one.draw.verdicts.find((verdict) => verdict.id === id)), any = found.find(Boolean);
    const name = make("td", "", id);
    if (any.criterion) name.append(make("small", "", any.criterion));
    here.forEach((one, at) => { if (found[at]?.reason) name.append(make("small", "", (both ? one.name + ": " : "") + found[at].reason)); });
    const line = body.insertRow(), worth = make("td", "number points", String(any.points).replace("-", "−"));
    worth.dataset.side = "points";
    line.classList.toggle("changed", found.length > 1 && found[0]?.value !== found[1]?.value);
    line.append(name, worth);
    found.forEach((verdict, at) => {
      const cell = make("td", "number " + tone(verdict), word(verdict));
      cell.dataset.side = both ? here[at].name : "";
      cell.title = verdict?.judge || "";
      line.append(cell);
    });
  }
  return make("div", "", make("h2", "", "Verdicts"), make("div", "scroll", table));
}

const tone = (verdict) => (!verdict || verdict.status === "not_applicable" ? "soft" : verdict.hole ? "hole" : verdict.value >= 0.5 ? "up" : "down");
function word(verdict) {
  if (!verdict) return "–";
  if (verdict.status === "not_applicable") return "does not apply";
  if (verdict.hole) return "open: " + verdict.status.replaceAll("_", " ");
  const said = verdict.score === 1 ? "met" : verdict.score === 0 ? "not met" : points(verdict.score);
  return (verdict.value >= 0.5 ? "✓ " : "✗ ") + said;
}

let typing = 0;
$("find").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => go({ find: $("find").value.trim(), item: "" }, true), 150); });
$("with").addEventListener("change", () => go({ with: $("with").value, order: "", filter: "" }));
$("order").addEventListener("change", () => go({ order: $("order").value }));
$("list").addEventListener("scroll", () => requestAnimationFrame(paint));
addEventListener("resize", paint);
addEventListener("popstate", route);
addEventListener("keydown", (event) => {
  if (!state.run || event.ctrlKey || event.metaKey || event.altKey) return;
  const written = event.target.matches("input, select");
  if (event.key === "Escape") { if (written) $("list").focus(); else go(state.item ? { item: "" } : { run: "", with: "", filter: "", find: "", order: "", draw: "" }); return; }
  if (written) return;
  if (event.key === "/") { event.preventDefault(); $("find").focus(); return; }
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (!step || !shown.length) return;
  event.preventDefault();
  const now = shown.findIndex((item) => item.id === state.item);
  go({ item: shown[now < 0 ? 0 : Math.min(Math.max(now + step, 0), shown.length - 1)].id }, true);
});
(async () => { await route(); if (state.run) { await readRuns(); await route(); } })();
