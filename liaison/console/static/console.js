// What a page does by itself: live numbers, a warning before the session ends, questions before grave acts, keys for lists, suggestions.
// Every page works without it.
"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // The menu is closed on small screens until it is asked for.
  const menu = one(".menu details");
  if (menu && matchMedia("(max-width: 800px)").matches) menu.open = false;

  // --- The session's end: a warning, a lock.
  const WARN_SECONDS = 180;
  let endsAt = Date.now() + Number(document.body.dataset.left || 0) * 1000;
  const ending = one("#ending");
  // --- A form that its page shows again is kept on the server, for its writer alone, while somebody writes in it.
  const KEEP_AFTER = 1500; // milliseconds without a keystroke
  const halfway = all("form[data-keep]").map((form) => ({ form, dirty: false, timer: 0, sent: false }));
  const keep = async (mine, last = false) => {
    const { form } = mine;
    if (mine.sent || !mine.dirty) return null;
    mine.dirty = false; clearTimeout(mine.timer);
    const place = one("[data-written]", form);
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", headers: { "X-Liaison-Keep": "1" }, keepalive: last }).catch(() => null);
    const told = answer && answer.ok && (answer.headers.get("content-type") || "").startsWith("application/json") ? await answer.json() : null;
    if (!told) { mine.dirty = true; place.textContent = place.dataset.lost; return null; }
    one('input[name="written"]', form).value = told.written;
    if (told.ended) return told;
    endsAt = Date.now() + told.left * 1000;
    if (form.dataset.keep === "move" && !mine.sent) history.replaceState(null, "", told.to);
    place.textContent = place.dataset.kept.replace("{time}", new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }));
    return told;
  };
  for (const mine of halfway) {
    const later = () => { mine.dirty = true; clearTimeout(mine.timer); mine.timer = setTimeout(async () => { const told = await keep(mine); if (told?.ended) location.assign(told.to); }, KEEP_AFTER); };
    mine.form.addEventListener("input", later);
    mine.form.addEventListener("change", later);
    mine.form.addEventListener("submit", () => { mine.sent = true; clearTimeout(mine.timer); });
  }
  addEventListener("pagehide", () => halfway.forEach((each) => keep(each, true)));
  let locking = false;
  const lock = async () => {
    if (locking) return;
    locking = true;
    for (const each of halfway) { const told = await keep(each); if (told?.ended) return location.assign(told.to); }
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  if (ending) {
    const form = one("form", ending);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" }).catch(() => null);
      if (!answer || !answer.ok) return lock();
      endsAt = Date.now() + Number(await answer.text()) * 1000;
      ending.close();
    });
    setInterval(() => {
      const left = (endsAt - Date.now()) / 1000;
      if (left <= 0) lock();
      else if (left < WARN_SECONDS && !ending.open) ending.showModal();
    }, 1000);
  }

  // --- Live numbers.
  const counted = all("[data-tally]");
  const jobs = all("[data-job]");
  const told = (number) => new Intl.NumberFormat(document.documentElement.lang).format(number);
  const show = (numbers) => {
    for (const place of counted) {
      const number = numbers[place.dataset.tally];
      if (number === undefined) continue;
      place.textContent = told(number);
      if (place.classList.contains("count")) place.hidden = number === 0;
    }
    for (const place of jobs) {
      const [state, done, total] = numbers[place.dataset.job] || [];
      if (state && state !== "running") return location.reload();
      const bar = one("progress", place);
      if (bar && total) { bar.max = total; bar.value = done; }
      if (done !== undefined) one(".told", place).textContent = total ? `${told(done)} / ${told(total)}` : told(done);
    }
  };
  if (counted.length || jobs.length) {
    const stream = new EventSource("/live");
    stream.addEventListener("now", (event) => {
      const said = JSON.parse(event.data);
      show(said.numbers);
    });
    stream.addEventListener("ended", () => { stream.close(); lock(); });
    addEventListener("pagehide", () => stream.close());
  }

  // --- Before what cannot be undone.
  for (const form of all("form[data-confirm]")) form.addEventListener("submit", (event) => { if (!confirm(form.dataset.confirm)) event.preventDefault(); });

  // --- A form is sent once.
  for (const form of all("form[method=post]")) form.addEventListener("submit", (event) => {
    setTimeout(() => { if (!event.defaultPrevented) all("button", form).forEach((button) => { button.disabled = true; }); }, 0);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) halfway.forEach((each) => { each.sent = false; }); if (event.persisted) all("button:disabled").forEach((button) => { button.disabled = false; }); });

  // --- All of a list at once.
  for (const box of all("input[data-all]")) box.addEventListener("change", () => all(`input[name="${box.dataset.all}"]`).forEach((each) => { each.checked = box.checked; }));

  // --- Keys: / searches; in a list with data-keys, j and k move, Enter opens, x marks; buttons with data-key are pressed by their letter.
  const rows = all("[data-keys] tbody tr");
  let here = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const go = (to) => {
    if (!rows.length) return;
    rows[here]?.removeAttribute("aria-selected");
    here = Math.max(0, Math.min(rows.length - 1, to));
    rows[here].setAttribute("aria-selected", "true");
    rows[here].scrollIntoView({ block: "nearest" });
    one("a", rows[here])?.focus();
  };
  const opened = (pressed) => (pressed.matches("details[open]:not(.keys) > summary") ? one("input:not([type=hidden]), select, textarea", pressed.parentElement) : null); // where one goes on
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const acts = {
      "/": () => one("#find")?.focus(),
      j: () => go(here + 1),
      k: () => go(here - 1),
      x: () => { const box = rows[here] && one("input[type=checkbox]", rows[here]); if (box) box.checked = !box.checked; },
    };
    const pressed = one(`[data-key="${CSS.escape(event.key)}"]`);
    if (pressed) { event.preventDefault(); if (pressed.matches("input, select, textarea")) pressed.focus(); else { pressed.click(); opened(pressed)?.focus(); } }
    else if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  });

  // --- Suggestions as one types: <input data-suggest="/suggest/..."> asks with ?text=; an answer is [{value, label}].
  for (const input of all("input[data-suggest]")) {
    const box = document.createElement("div");
    box.className = "suggest-box";
    input.after(box);
    const list = document.createElement("ul");
    list.className = "suggest"; list.id = `s-${input.id}`; list.hidden = true; list.setAttribute("role", "listbox");
    box.append(list);
    input.setAttribute("role", "combobox"); input.setAttribute("aria-autocomplete", "list"); input.setAttribute("aria-controls", list.id); input.setAttribute("aria-expanded", "false"); input.autocomplete = "off";
    let at = -1; let asked = 0;
    const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const take = (item) => { input.value = item.dataset.value; close(); input.dispatchEvent(new Event("change", { bubbles: true })); };
    const mark = (to) => { const items = [...list.children]; items[at]?.removeAttribute("aria-selected"); at = (to + items.length) % items.length; items[at].setAttribute("aria-selected", "true"); input.setAttribute("aria-activedescendant", items[at].id); items[at].scrollIntoView({ block: "nearest" }); };
    input.addEventListener("input", async () => {
      const mine = ++asked;
      if (input.value.trim().length < 1) return close();
      const other = input.dataset.with ? one(`[name="${input.dataset.with}"]`) : null;
      const query = new URLSearchParams({ text: input.value, ...(other ? { [input.dataset.with]: other.value } : {}) });
      const answer = await fetch(`${input.dataset.suggest}?${query}`, { credentials: "same-origin" }).catch(() => null);
      if (!answer || !answer.ok || mine !== asked) return;
      const found = await answer.json();
      list.replaceChildren(...found.map(({ value, label }, number) => { const item = document.createElement("li"); item.id = `${list.id}-${number}`; item.setAttribute("role", "option"); item.dataset.value = value; item.textContent = label; item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); }); return item; }));
      list.hidden = !found.length; at = -1; input.removeAttribute("aria-activedescendant"); input.setAttribute("aria-expanded", String(!list.hidden));
    });
    input.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
      else if (event.key === "Enter" && at >= 0) { event.preventDefault(); take(list.children[at]); }
      else if (event.key === "Escape") close();
    });
    input.addEventListener("blur", close);
  }

  // --- A value that is offered goes into its field, and is sent with the rest; without script its button sends it.
  for (const button of all("button[data-put]")) button.addEventListener("click", (event) => {
    const field = [...button.form.elements].find((each) => each.name === button.dataset.put);
    if (!field) return;
    event.preventDefault(); field.value = button.dataset.value; field.focus();
  });

  // --- A file dropped anywhere on its form.
  for (const form of all("form[data-drop]")) {
    const input = one("input[type=file]", form);
    for (const name of ["dragover", "drop"]) form.addEventListener(name, (event) => { event.preventDefault(); form.classList.toggle("over", name === "dragover"); if (name === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change")); } });
  }
})();
