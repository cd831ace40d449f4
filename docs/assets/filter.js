/* The ledger's filters: of a criterion's entries, by options; of all criteria, by words. Each keeps its choice in the address. */

/** The query of an address with these parts set, or left out where they are empty; the rest of it is not ours. */
function withChoice(address, parts) {
  const url = new URL(address, location.href);
  for (const [name, value] of parts) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url;
}

function remember(parts) {
  history.replaceState(history.state, "", withChoice(location.href, parts));
  for (const other of document.querySelectorAll("a.gl-switch")) other.href = withChoice(other.href, parts);
}

function said(text, words) {
  return text.replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

function filterEntries(form) {
  const selects = [...form.querySelectorAll("select")];
  const entries = [...document.querySelectorAll(".gl-account[id]")];
  const count = form.querySelector("output");
  const unfiltered = count.textContent;
  const has = (entry, select) => entry.dataset[select.name] === select.value;

  /** The fewest of the choices that no entry has together: one look at each pair, else all of them. */
  function inConflict(chosen) {
    for (const [place, one] of chosen.entries())
      for (const other of chosen.slice(place + 1))
        if (!entries.some((entry) => has(entry, one) && has(entry, other))) return [one, other];
    return chosen;
  }

  function told(chosen, shown) {
    if (!chosen.length) return unfiltered;
    if (shown) return said(count.dataset.text, { shown, all: entries.length });
    const choices = inConflict(chosen).map((select) => `${select.name} = ${select.selectedOptions[0].text}`);
    return said(count.dataset.none, { choices: choices.join(count.dataset.and) });
  }

  function show() {
    const chosen = selects.filter((select) => select.value);
    for (const entry of entries) entry.hidden = !chosen.every((select) => has(entry, select));
    // A box or a group is there as long as an entry in it is, and so are its lines in tables of contents.
    for (const part of document.querySelectorAll(".gl-card, .gl-group")) {
      part.hidden = !part.querySelector(".gl-account:not([hidden])");
      const heading = part.querySelector(":scope > :is(h2, h3)");
      for (const link of document.querySelectorAll(`nav a[href="#${heading?.id}"]`)) {
        link.closest("li").hidden = part.hidden;
      }
    }
    count.textContent = told(chosen, entries.filter((entry) => !entry.hidden).length);
  }

  function update() {
    show();
    remember(selects.map(({ name, value }) => [name, value]));
  }

  /** A link to an entry undoes a filter that hides it, and opens what is folded in it. */
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches(".gl-account, .gl-card, .gl-group")) return;
    if (target.closest("[hidden]")) {
      form.reset();
      update();
    }
    const folded = target.matches(".gl-account") && target.querySelector("details");
    if (folded) folded.open = true;
    target.scrollIntoView();
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView())); // cards have their true heights now
  }

  for (const [name, value] of new URLSearchParams(location.search)) {
    const select = selects.find((each) => each.name === name);
    if (select && [...select.options].some((option) => option.value === value)) select.value = value;
  }
  update();
  reveal();
  form.addEventListener("change", update);
  form.addEventListener("reset", () => setTimeout(update)); // after the controls have been
  addEventListener("hashchange", reveal);
}

function filterCriteria(form) {
  const [input, count] = form.querySelectorAll("input, output");
  const rows = [...document.querySelectorAll(".gl-atlas tr[data-words]")];

  function update() {
    const asked = input.value.trim();
    const words = asked.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.dataset.words.includes(word));
    for (const family of document.querySelectorAll(".gl-atlas tbody")) {
      family.hidden = !family.querySelector("tr[data-words]:not([hidden])");
    }
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = asked && said(count.dataset[shown ? "text" : "none"], { asked, shown, all: rows.length });
    remember([[input.name, asked]]);
  }

  input.value = new URLSearchParams(location.search).get(input.name) ?? "";
  update();
  input.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
}

for (const form of document.querySelectorAll(".gl-filter")) filterEntries(form);
for (const form of document.querySelectorAll(".gl-find")) filterCriteria(form);
