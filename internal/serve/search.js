// Suggests titles while somebody types into a search field: a combobox with a list (ARIA APG, "Editable Combobox With List
// Autocomplete"). Without this script the form does everything.
"use strict";
(() => {
  const field = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (!field || !list) return;

  const book = location.pathname.match(/^\/content\/([^/]+)\//);
  const named = [...field.form.querySelectorAll("input[name=content]")].map((input) => encodeURIComponent(input.value));
  const ask = "/suggest?count=8" + (book ? [book[1]] : named).map((name) => "&content=" + name).join("") + "&term=";

  let options = [], at = -1, asked = "", wait = 0, current = null, leaving = false;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    at = n;
    options.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
    if (at < 0) { field.removeAttribute("aria-activedescendant"); return; }
    clearTimeout(wait); // what was chosen stays where it is, though an answer be under way
    if (current) current.abort();
    field.setAttribute("aria-activedescendant", options[at].id);
  };
  const show = (items) => {
    list.replaceChildren();
    options = items.filter((item) => item.kind === "path").map((item, i) => {
      const option = document.createElement("li");
      option.id = "suggestion-" + i;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dir = "auto";
      option.textContent = item.value;
      if (item.from) { // an archive's own words, and what the reader says of it
        const from = document.createElement("span");
        const name = document.createElement("bdi");
        from.className = "by";
        name.textContent = item.from;
        from.append(name, item.note ? " · " + item.note : "");
        option.append(document.createElement("br"), from);
      }
      option.addEventListener("mousedown", (e) => { e.preventDefault(); location.assign(item.url); });
      option.dataset.url = item.url;
      list.append(option);
      return option;
    });
    list.hidden = options.length === 0;
    field.setAttribute("aria-expanded", String(options.length > 0));
    mark(-1);
  };
  const suggest = async () => {
    const typed = field.value.trim();
    if (typed === asked) return;
    asked = typed;
    if (current) current.abort();
    if (!typed) { close(); return; }
    current = new AbortController();
    try {
      const answer = await fetch(ask + encodeURIComponent(typed), { signal: current.signal });
      if (answer.ok) show(await answer.json());
    } catch (e) { /* typed on, or the program ended: the form still works */ }
  };
  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(suggest, 80); });
  field.form.addEventListener("submit", (e) => { if (leaving) e.preventDefault(); });
  window.addEventListener("pageshow", () => { leaving = false; });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    const n = options.length;
    if (e.key === "ArrowDown") mark(at + 1 < n ? at + 1 : -1);
    else if (e.key === "ArrowUp") mark(at < 0 ? n - 1 : at - 1);
    else if (e.key === "Escape") close();
    else if (e.key === "Enter" && at >= 0) { leaving = true; location.assign(options[at].dataset.url); }
    else return;
    e.preventDefault();
  });
})();
