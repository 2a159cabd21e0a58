// The item explorer. Rows are made in pages and a row's inside when it is opened, so 5,000 items stay quick.
// Everything from the data goes through textContent: an answer is text, whatever it holds.
(async () => {
  "use strict";
  const PAGE = 50;
  const root = document.getElementById("explorer");
  if (!root) return;
  const list = root.querySelector(".list");
  const more = root.querySelector(".show-more");
  const shown = root.querySelector(".shown");
  const search = root.querySelector("input");
  const buttons = [...root.querySelectorAll("button[data-filter]")];

  const unpack = async (id) => {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  let data;
  try {
    data = await unpack("item-data");
  } catch {
    list.textContent = "This browser cannot unpack the items (it lacks DecompressionStream).";
    return;
  }
  // The texts come after the list: it is there at once, and an item that is opened waits for them.
  const ready = unpack("text-data").then((texts) => {
    for (const item of data.items) if (item.t !== undefined) Object.assign(item, texts[item.t]);
  });
  if (data.left_out) {
    const note = root.querySelector(".left-out");
    note.hidden = false;
    note.textContent = "Texts are here for the items that moved most; of " + data.left_out.toLocaleString("en") + " others they were left out to keep this file small (rvpo view shows them).";
  }

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const points = (x) => (x === null ? "–" : (100 * x).toFixed(1).replace("-0.0", "0.0").replace("-", "−"));
  const signed = (x) => (points(x) === "0.0" || x < 0 ? points(x) : "+" + points(x));
  const side = (d) => (d > 1e-9 ? "up" : d < -1e-9 ? "down" : "tie");
  const kinds = { all: () => true, regressed: (i) => side(i.d) === "down", fixed: (i) => side(i.d) === "up", unchanged: (i) => side(i.d) === "tie" };

  const earned = (x) => (x === 1 ? "earned" : x === 0 ? "missed" : points(x));

  const criteria = (item) => {
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const word of ["Criterion", data.a, data.b]) head.append(make("th", word === "Criterion" ? "" : "number", word));
    const body = table.createTBody();
    for (const [place, [name, a, b]] of item.criteria.entries()) {
      const [text, why] = item.words ? item.words[place] : ["", ""];
      const row = body.insertRow();
      const label = make("th", "", text || name);
      label.scope = "row";
      if (why) label.append(make("div", "note", data.b + ": " + why));
      row.append(label);
      row.append(make("td", "number", earned(a)));
      row.append(make("td", "number " + (a === null || b === null ? "" : side(b - a)), earned(b)));
    }
    return table;
  };
  const answers = (name, texts) => {
    const box = make("div");
    box.append(make("h4", "", name));
    for (const text of texts) box.append(make("pre", "", text || "(empty)"));
    return box;
  };
  const detail = (item) => {
    const box = make("div", "detail");
    if (item.words) {
      box.append(make("h4", "", "Prompt"), make("pre", "", item.prompt));
      const sides = make("div", "sides");
      sides.append(answers(data.a, item.answers_a), answers(data.b, item.answers_b));
      box.append(sides);
    } else {
      box.append(make("p", "note", "prompt " + item.hash.slice(0, 16) + " (texts are left out of this file)"));
    }
    if (item.criteria.length) box.append(criteria(item));
    return box;
  };
  const row = (item) => {
    const node = make("details", "item");
    const summary = make("summary");
    summary.append(make("span", "", item.id), make("span", "", points(item.a) + " → " + points(item.b)));
    summary.append(make("span", "change " + side(item.d), signed(item.d)));
    node.append(summary);
    node.addEventListener("toggle", async () => {
      await ready;
      if (node.open && node.childElementCount === 1) node.append(detail(item));
    });
    return node;
  };

  let matching = [];
  let filter = "all";
  const showMore = () => {
    const start = list.childElementCount;
    list.append(...matching.slice(start, start + PAGE).map(row));
    more.hidden = list.childElementCount >= matching.length;
    shown.textContent = list.childElementCount.toLocaleString("en") + " of " + matching.length.toLocaleString("en") + " items";
  };
  const said = (item) => (item.words ? [item.prompt, ...item.answers_a, ...item.answers_b] : []);
  const refresh = async () => {
    const words = search.value.trim().toLowerCase();
    if (words) await ready;
    if (words !== search.value.trim().toLowerCase()) return;
    const found = (item) => !words || [item.id, ...said(item)].join("\n").toLowerCase().includes(words);
    matching = data.items.filter((item) => kinds[filter](item) && found(item));
    list.replaceChildren();
    showMore();
  };
  for (const button of buttons) {
    button.append(" " + data.items.filter(kinds[button.dataset.filter]).length.toLocaleString("en"));
    button.addEventListener("click", () => {
      filter = button.dataset.filter;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      refresh();
    });
  }
  search.addEventListener("input", refresh);
  more.addEventListener("click", showMore);
  await refresh();
  if (list.firstElementChild) list.firstElementChild.open = true;
})();
