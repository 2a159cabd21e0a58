// The status page: asks the service it came from for /v1/usage once a second and shows it. Asks nobody else.
"use strict";

const WIDTH = 1000, HEIGHT = 200, EVERY_MS = 1000;
const KINDS = ["rules", "spared", "asked", "holes"];
const WORDS = { spared: "from the store", asked: "asked", rules: "by rules", holes: "failed" };
const at = (id) => document.getElementById(id);
let shown = [], stepS = 5;

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const count = (n) => (n < 1e6 ? whole : short).format(n);
const rate = (n) => (n >= 100 ? whole.format(n) : n === 0 ? "0" : n.toFixed(n < 10 ? 1 : 0));
const money = (usd) => (usd === null ? "unknown" : `$${usd.toFixed(usd === 0 || usd >= 1 ? 2 : 4)}`);

function span(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].map(([unit, name]) => {
    const n = Math.floor(seconds / unit);
    seconds -= n * unit;
    return [n, name];
  });
  const first = parts.findIndex(([n]) => n > 0);
  return first < 0 ? "0 s" : parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, name]) => `${n} ${name}`).join(" ");
}

function figures(usage) {
  const { stats, saved, proxy, judge } = usage;
  const tokens = stats.usage, spared = stats.hits + stats.shared;
  const texts = {
    "model": judge.model || `${judge.kind} judge`,
    "where": [judge.model && judge.kind, judge.endpoint].filter(Boolean).join(" · ") || "rvpo judge service",
    "uptime": span(usage.uptime_s),
    "verdicts": count(usage.steps.reduce((sum, step) => sum + step.verdicts, 0)),
    "responses": count(usage.responses),
    "hit-rate": usage.hit_rate === null ? "–" : `${(100 * usage.hit_rate).toFixed(usage.hit_rate < 0.9995 ? 1 : 0)} %`,
    "hits": count(spared),
    "cost": money(stats.usd),
    "saved": stats.saved_usd === null ? `${count(saved.verdicts)} verdicts` : money(stats.saved_usd),
    "saved-tokens": count(saved.usage.prompt_tokens + saved.usage.completion_tokens),
    "in-flight": count(usage.responses_in_flight),
    "most": count(usage.most_in_flight),
    "calls": count(stats.calls),
    "attempts": count(stats.attempts),
    "from-store": count(stats.hits),
    "shared": count(stats.shared),
    "by-rules": count(stats.rule_verdicts),
    "prompt-tokens": count(tokens.prompt_tokens),
    "cached-tokens": count(tokens.cached_prompt_tokens),
    "completion-tokens": count(tokens.completion_tokens),
    "proxy-hits": count(proxy.hits),
    "proxy-misses": count(proxy.misses),
    "proxy-failures": count(proxy.failures),
  };
  for (const [id, text] of Object.entries(texts)) at(id).textContent = text;
  at("hit-bar").style.width = `${100 * (usage.hit_rate ?? 0)}%`;
  document.title = `${texts.model} – rvpo judge service`;
}

function failures(causes) {
  const rows = Object.entries(causes).sort((a, b) => b[1] - a[1]);
  const most = rows.length ? rows[0][1] : 1;
  at("no-failures").hidden = rows.length > 0;
  at("failures").replaceChildren(...rows.map(([cause, n]) => {
    const row = document.createElement("li"), name = document.createElement("span");
    const number = document.createElement("b"), bar = document.createElement("i");
    name.textContent = cause.replaceAll("_", " ");
    number.textContent = count(n);
    bar.style.width = `${(100 * n) / most}%`;
    row.append(name, number, bar);
    return row;
  }));
}

const rates = (step) => ({
  rules: (step.verdicts - step.asked - step.spared - step.holes) / stepS,
  spared: step.spared / stepS, asked: step.asked / stepS, holes: step.holes / stepS, all: step.verdicts / stepS,
});

function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((n) => n * unit).find((n) => n >= value);
}

const svg = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

const label = (text, style, name = "") => {
  const node = document.createElement("span");
  node.textContent = text;
  node.className = name;
  Object.assign(node.style, style);
  return node;
};

const x = (place) => (shown.length < 2 ? 0 : (place * WIDTH) / (shown.length - 1));

function chart(steps) {
  // The last step is still running: it would look like a dip.
  const whole = steps.length > 1 ? steps.slice(0, -1) : steps;
  const missing = Math.max(0, 24 - whole.length);
  shown = [...Array(missing).fill({ verdicts: 0, asked: 0, spared: 0, holes: 0 }), ...whole].map(rates);
  const top = roundUp(Math.max(1, ...shown.map((each) => each.all)));
  const y = (value) => HEIGHT - (value / top) * HEIGHT;
  const floor = shown.map(() => 0);
  at("areas").replaceChildren(...KINDS.map((kind) => {
    const under = shown.map((_, place) => `${x(place)},${y(floor[place])}`).reverse();
    shown.forEach((each, place) => { floor[place] += each[kind]; });
    const over = shown.map((_, place) => `${x(place)},${y(floor[place])}`);
    const band = svg("g", { class: kind });
    band.append(
      svg("path", { d: `M${over.join("L")}L${under.join("L")}Z`, class: "band" }),
      svg("path", { d: `M${over.join("L")}`, class: "edge" }),
    );
    band.style.display = shown.some((each) => each[kind] > 0) ? "" : "none";
    return band;
  }).reverse());
  const marks = [0, 0.5, 1];
  at("grid").replaceChildren(...marks.map((m) => svg("line", { x1: 0, x2: WIDTH, y1: y(m * top), y2: y(m * top) })));
  at("scale").replaceChildren(...marks.map((m) => label(short.format(m * top), { top: `${y(m * top)}px` })));
  const minutes = (shown.length * stepS) / 60;
  const marksAt = [[0, `${span(Math.round(minutes * 60))} ago`, "first"], [0.5, "", ""], [1, "now", "last"]];
  at("times").replaceChildren(...marksAt.map(([m, text, name]) => label(text, { left: `${100 * m}%` }, name)));
}

function point(event) {
  const box = at("chart").querySelector("svg").getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  const inside = share >= 0 && share <= 1 && shown.length > 1;
  at("tip").hidden = !inside;
  at("cursor").toggleAttribute("hidden", !inside);
  if (!inside) return;
  const place = Math.round(share * (shown.length - 1)), each = shown[place];
  const ago = (shown.length - 1 - place) * stepS;
  const lines = [...KINDS].reverse().filter((kind) => each[kind] > 0).map((kind) => `${rate(each[kind])}/s ${WORDS[kind]}`);
  at("tip").textContent = [`${span(ago)} ago: ${rate(each.all)}/s`, ...lines].join("\n");
  at("tip").style[share < 0.5 ? "left" : "right"] = `calc(${share < 0.5 ? "48px + " : ""}${100 * Math.min(share, 1 - share)}% + 14px)`;
  at("tip").style[share < 0.5 ? "right" : "left"] = "auto";
  for (const name of ["x1", "x2"]) at("cursor").setAttribute(name, x(place));
}

function show(usage) {
  stepS = usage.step_s;
  figures(usage);
  failures(usage.stats.failures);
  chart(usage.steps);
  at("rate").textContent = rate(shown.at(-1).all);
}

function state(dot, { stale = false, door = false } = {}) {
  at("dot").className = `dot ${dot}`;
  at("page").classList.toggle("stale", stale);
  at("door").hidden = !door;
}

async function ask() {
  const token = sessionStorage.getItem("token");
  try {
    const reply = await fetch("v1/usage", { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (reply.status === 401) {
      at("wrong").hidden = token === null;
      state("", { stale: true, door: true });
      return;
    }
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
    show(await reply.json());
    state("live");
  } catch {
    at("where").textContent = "no answer; asking on";
    state("lost", { stale: true });
  }
}

async function keepAsking() {
  if (!document.hidden && at("door").hidden) await ask();
  setTimeout(keepAsking, EVERY_MS);
}

at("chart").addEventListener("pointermove", point);
at("chart").addEventListener("pointerleave", point);
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", at("token").value.trim());
  ask();
});
keepAsking();
