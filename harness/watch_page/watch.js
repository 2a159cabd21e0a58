"use strict";
const EVERY_MS = 2000, WIDTH = 300, HEIGHT = 130, LEFT = 46, RIGHT = 6, TOP = 8, BOTTOM = 20, COLOURS = 6;
const CHOICES = [
  ["mean", "Mean reward over the judged samples."],
  ["pass_rate", "Share of the judged samples with a reward of 0.5 or more."],
  ["attention", "Weight in the SoftMin, averaged over the samples in which something varies."],
  ["gain", "Mean over the last steps minus mean over the first."],
  ["group_variance", "Variance among the samples of one prompt: what there is to learn from."],
  ["all_met", "Share of the prompts whose samples all pass: nothing left to learn."],
  ["all_failed", "Share of the prompts whose samples all fail: nothing to learn from yet."],
  ["length_correlation", "Correlation with the length of the reply, within prompts."],
];
const SCORE = [["reward", "reward"], ["score", "rubric score"], ["eval_score", "held-out score"]];
const POLICY = [
  ["rvpo/k", "risk coefficient k"], ["rvpo/neglect", "neglect of the worst"],
  ["rvpo/attended", "criteria attended to"], ["rvpo/variance_penalty", "variance penalty"],
  ["rvpo/raw_advantage_mean", "mean A, raw"], ["rvpo/raw_advantage_positive", "share of A > 0, raw"],
  ["rvpo/prompt_mean_spread", "spread of prompts' mean A"], ["rvpo/dead_groups", "dead groups"],
  ["loss", "loss"], ["grad_norm", "gradient norm"], ["kl", "KL"], ["entropy", "entropy"],
  ["completions/mean_length", "tokens of a reply"], ["step_time", "seconds of a pass"],
];
const JUDGE = [
  ["rvpo/judge_wait_s", "seconds waited"], ["judge/usd_total", "USD in all"], ["judge/usd", "USD a step"],
  ["judge/cached", "share from the store"], ["rvpo/coverage", "coverage"], ["rvpo/unjudged_rows", "unjudged samples"],
];
// Of criteria: one scale for all of them, so that panels can be compared.
const SHARED = {
  pass_rate: [0, 1], attention: [0, 1], all_met: [0, 1], all_failed: [0, 1], gain: [-1, 1], length_correlation: [-1, 1],
  mean: [0, 1], group_variance: [0, 0.5],
};
const MEAN = /^rewards\/(.+)\/mean$/;
const hidden = new Set();
let runs = [], choice = "mean";

const $ = (id) => document.getElementById(id);
const make = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const draw = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const shown = (value) => {
  const size = Math.abs(value);
  if (size < 1e-12) return "0";
  if (size >= 10000 || size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
};

function series(figure) {
  return runs.flatMap((run, place) => {
    if (hidden.has(run.name)) return [];
    const from = figure.startsWith("eval_") ? run.held_out : run;
    const values = from.figures[figure];
    if (!values) return [];
    const points = values.flatMap((y, at) => (y === null ? [] : [[from.steps[at], y]]));
    return points.length ? [{ colour: place % COLOURS, points }] : [];
  });
}

function smooth(points) {
  const keep = Math.max(1, Math.round(points.length / 25));
  let mean = points[0][1];
  return points.map(([x, y], at) => [x, (mean += (y - mean) / Math.min(at + 1, keep))]);
}

function bounds(all, figure) {
  const ys = all.flatMap((one) => one.points.map((point) => point[1]));
  let low = Math.min(...ys), high = Math.max(...ys);
  if (SHARED[figure]) return SHARED[figure];
  if (low >= 0 && high <= 1 && (high - low > 0.2 || high === 0)) [low, high] = [0, 1];
  if (high - low < 1e-9) [low, high] = [low - Math.max(Math.abs(low) / 10, 0.05), high + Math.max(Math.abs(high) / 10, 0.05)];
  return [low, high];
}

function panel(title, figure, width = WIDTH) {
  const all = series(figure);
  if (!all.length) return [];
  const [low, high] = bounds(all, figure.split("/").at(-1));
  const last = Math.max(2, ...runs.map((run) => run.last));
  const x = (step) => LEFT + ((step - 1) / (last - 1)) * (width - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title });
  for (const value of [low, (low + high) / 2, high]) {
    svg.append(draw("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }));
    const label = draw("text", { x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" });
    label.textContent = shown(Number(value.toPrecision(2)));
    svg.append(label);
  }
  for (const [step, anchor] of [[1, "start"], [last, "end"]]) {
    const label = draw("text", { x: x(step), y: HEIGHT - 5, "text-anchor": anchor });
    label.textContent = step === 1 ? "step 1" : step;
    svg.append(label);
  }
  for (const run of runs) {
    if (hidden.has(run.name)) continue;
    for (const alarm of run.alarms.filter((each) => each.guard === figure && each.change === "raised"))
      svg.append(draw("line", { class: "ring", x1: x(alarm.step), x2: x(alarm.step), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  for (const { colour, points } of all) {
    const line = (from) => from.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    if (points.length === 1) {
      svg.append(draw("circle", { class: `dots c${colour}`, cx: x(points[0][0]), cy: y(points[0][1]), r: 3 }));
    } else if (points.length < 25) {
      svg.append(draw("polyline", { class: `curve c${colour}`, points: line(points) }));
    } else {
      svg.append(draw("polyline", { class: `curve faint c${colour}`, points: line(points) }));
      svg.append(draw("polyline", { class: `curve c${colour}`, points: line(smooth(points)) }));
    }
  }
  const hair = draw("line", { class: "hair", y1: TOP, y2: HEIGHT - BOTTOM });
  svg.append(hair);
  const now = make("span", { className: "now" });
  const tell = (step) => now.replaceChildren(...all.map(({ colour, points }) => {
    const near = points.reduce((best, point) => (Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best));
    return make("span", { className: `c${colour}`, textContent: shown(near[1]) });
  }));
  tell(last);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    const step = Math.round(1 + ((at - LEFT) / (width - LEFT - RIGHT)) * (last - 1));
    const held = Math.min(Math.max(step, 1), last);
    hair.setAttribute("x1", x(held));
    hair.setAttribute("x2", x(held));
    hair.style.visibility = "visible";
    tell(held);
    now.prepend(`step ${held}`);
  });
  svg.addEventListener("pointerleave", () => { hair.style.visibility = "hidden"; tell(last); });
  return [make("figure", {}, make("figcaption", {}, make("b", { textContent: title }), now), svg)];
}

function show() {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.figures)))];
  const labels = names.flatMap((name) => (MEAN.exec(name) || []).slice(1));
  const holes = names.filter((name) => name.startsWith("holes/")).sort().map((name) => [name, `unjudged: ${name.slice(6).replaceAll("_", " ")}`]);
  $("score").replaceChildren(...SCORE.flatMap(([figure, title]) => panel(title, figure, matchMedia("(min-width: 60rem)").matches ? 2 * WIDTH : WIDTH)));
  $("criteria").replaceChildren(...labels.flatMap((label) => panel(label.replaceAll("_", " "), `rewards/${label}/${choice}`)));
  $("policy").replaceChildren(...POLICY.flatMap(([figure, title]) => panel(title, figure)));
  $("judge").replaceChildren(...[...JUDGE, ...holes].flatMap(([figure, title]) => panel(title, figure)));
  $("meaning").textContent = CHOICES.find(([name]) => name === choice)[1];
  $("choice").replaceChildren(...CHOICES.map(([name]) => make("button", {
    type: "button", textContent: name.replaceAll("_", " "), ariaPressed: String(name === choice),
    onclick: () => { choice = name; show(); },
  })));
  $("runs").replaceChildren(...runs.map((run, place) => make("button", {
    type: "button", className: `c${place % COLOURS}`, ariaPressed: String(!hidden.has(run.name)),
    textContent: `${run.name} · ${run.done ? "done, " : ""}step ${run.last}`,
    onclick: () => { if (!hidden.delete(run.name)) hidden.add(run.name); show(); },
  })));
  const alarms = runs.flatMap((run, place) => run.alarms.map((alarm) => ({ ...alarm, run: run.name, place })));
  $("alarms-part").hidden = !alarms.length;
  $("alarms").replaceChildren(...alarms.sort((a, b) => b.step - a.step).map((alarm) => make("li", { className: alarm.change },
    make("b", { className: `c${alarm.place % COLOURS}`, textContent: runs.length > 1 ? `${alarm.run} ` : "" }),
    `step ${alarm.step}: ${alarm.change === "over" ? "over: " : ""}${alarm.words}`)));
}

async function follow() {
  try {
    const fresh = await (await fetch("data.json")).json();
    if (JSON.stringify(fresh) !== JSON.stringify(runs)) { runs = fresh; show(); }
    const growing = runs.filter((run) => !run.done).length;
    $("state").textContent = runs.some((run) => run.last) ? (growing ? "looking for new steps every two seconds" : "all runs are done") : "waiting for the first step";
  } catch {
    $("state").textContent = "the server is gone; this is what it last said";
  }
  setTimeout(follow, EVERY_MS);
}

runs = JSON.parse($("data").textContent) || [];
show();
if (location.protocol.startsWith("http") && !runs.length) follow();
