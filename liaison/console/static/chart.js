// Draws the chart of a page in the browser, with the runtime that the page loaded before: exact figures under the pointer, parts to pick.
// No expression becomes code (ast: true, the interpreter of vega), no style is written into the page: the console's policy allows neither.
"use strict";
(async () => {
  const place = document.querySelector("#chart");
  const told = document.querySelector("#picked");
  if (!place || !window.vegaEmbed) return;
  const chosen = document.documentElement.dataset.theme;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const scheme = () => (chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen);
  const number = (value, options) => new Intl.NumberFormat(place.dataset.language, options).format(value);
  const hint = told.textContent;

  // A tip of our own: vega's writes a style attribute, which the policy refuses.
  const tip = document.createElement("dl");
  tip.className = "chart-tip"; tip.hidden = true;
  document.body.append(tip);
  const point = (_, event, __, value) => {
    tip.hidden = !value;
    if (!value) return;
    tip.replaceChildren(...Object.entries(value).flatMap(([name, text]) => ["dt", "dd"].map((kind, at) => { const part = document.createElement(kind); part.textContent = at ? text : name; return part; })));
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room))}px`;
    tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 10)}px`;
  };

  // What is picked comes to so much together.
  const sum = (rows) => rows.reduce((all, row) => all + row.figure, 0);
  const say = (values, picked) => {
    const names = Object.entries(picked).filter(([name, wanted]) => name !== "vlPoint" && Array.isArray(wanted));
    const points = picked.vlPoint?.or;
    const is = points ? (row) => points.some((one) => Object.entries(one).every(([name, wanted]) => row[name] === wanted)) : (row) => names.every(([name, wanted]) => wanted.includes(row[name]));
    const figure = names.length || points ? sum(values.filter(is)) : 0;
    const total = sum(values);
    told.textContent = !(names.length || points) ? hint : place.dataset.picked.replace("{figure}", number(figure)).replace("{total}", number(total)).replace("{share}", number(total ? figure / total : 0, { style: "percent", maximumFractionDigits: 1 }));
  };

  let view;
  const draw = async () => {
    const answer = await fetch(`${place.dataset.chart}/${scheme()}.json`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const spec = await answer.json();
    const drawn = document.createElement("div");
    drawn.className = "chart";
    const picture = place.querySelector("picture, img, .chart");
    picture.replaceWith(drawn);
    view?.finalize();
    ({ view } = await vegaEmbed(drawn, spec, { ast: true, actions: false, defaultStyle: false, renderer: "canvas", tooltip: point, mode: "vega-lite", logLevel: 1 }));
    try { view.addSignalListener("picked", (_, picked) => say(spec.data.values, picked)); } catch { /* a chart of which nothing is picked */ }
    place.dataset.drawn = scheme();
  };
  const drawOrSay = () => draw().catch(() => { told.textContent = place.dataset.failed; });
  if (chosen === "auto") dark.addEventListener("change", drawOrSay);
  await drawOrSay();
})();
