// Filters for the index of rules. The table is whole without them; the controls are made here, so
// that nobody meets one that does nothing. What is chosen stands in the address, to be shared.
(() => {
  "use strict";

  const place = document.querySelector("[data-filtered]");
  if (!place) return;
  const table = place.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const caption = table.querySelector("caption");

  const words = (name) => {
    const found = new Set();
    for (const row of rows) for (const word of row.dataset[name].split(" ")) if (word) found.add(word);
    return [...found].sort();
  };

  const form = document.createElement("form");
  form.className = "filters";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the rules");

  const labelled = (text, control) => {
    const label = document.createElement("label");
    const title = document.createElement("span");
    title.textContent = text;
    label.append(title, control);
    form.append(label);
    return control;
  };
  const select = (name, text, any) => {
    const control = document.createElement("select");
    control.name = name;
    for (const value of ["", ...words(name)]) control.append(new Option(value || any, value));
    return labelled(text, control);
  };
  const input = (name, text, hint) => {
    const control = document.createElement("input");
    control.type = "search";
    control.name = name;
    control.placeholder = hint;
    control.autocomplete = "off";
    return labelled(text, control);
  };

  const controls = {
    words: input("words", "Words", "blocking async"),
    packs: select("packs", "Pack", "any pack"),
    clause: input("clause", "Clause", "EC-4"),
    how: select("how", "How", "any way"),
    severity: select("severity", "Severity", "any severity"),
    default: select("default", "On by default", "either"),
  };
  const list = document.createElement("datalist");
  list.id = "clauses";
  for (const id of words("clauses")) list.append(new Option(id));
  form.append(list);
  controls.clause.setAttribute("list", list.id);

  const clear = document.createElement("button");
  clear.type = "reset";
  clear.textContent = "Clear";
  form.append(clear);

  // Read out when it changes; a caption with that role would be none any more.
  const count = document.createElement("output");
  count.className = "unseen";
  form.append(count);

  // EC-4 names EC-4 and every sentence of it, but not EC-40.
  const cites = (row, clause) =>
    row.dataset.clauses.toUpperCase().split(" ").some(
      (id) => id === clause || id.startsWith(clause + ".") || id.startsWith(clause + "-"),
    );

  const apply = () => {
    const asked = controls.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const clause = controls.clause.value.trim().toUpperCase();
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits =
        asked.every((word) => text.includes(word)) &&
        (!clause || cites(row, clause)) &&
        ["packs", "how", "severity", "default"].every(
          (name) => !controls[name].value || row.dataset[name].split(" ").includes(controls[name].value),
        );
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    caption.textContent = shown === rows.length ? `${shown} rules` : `${shown} of ${rows.length} rules`;
    count.textContent = caption.textContent;
  };

  const remember = () => {
    const chosen = new URLSearchParams();
    for (const [name, control] of Object.entries(controls)) if (control.value) chosen.set(name, control.value);
    const query = chosen.toString();
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
  };

  const chosen = new URLSearchParams(location.search);
  for (const [name, control] of Object.entries(controls)) control.value = chosen.get(name) || "";
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  place.prepend(form);
  apply();
})();
