/* The ledger's filter: shows the entries with the options chosen, and keeps the choice in the address. */
(() => {
  const form = document.querySelector(".gl-filter");
  if (!form) return;

  const selects = [...form.querySelectorAll("select")];
  const entries = [...document.querySelectorAll(".gl-account[id]")];
  const count = form.querySelector("output");
  const unfiltered = count.textContent;
  const contents = (id) => document.querySelector(`.md-sidebar--secondary a[href="#${id}"]`);

  function show() {
    const chosen = selects.filter((select) => select.value);
    for (const entry of entries) {
      entry.hidden = chosen.some((select) => entry.dataset[select.name] !== select.value);
    }
    // A box or a group is there as long as an entry in it is, and so is its line in the table of contents.
    for (const part of document.querySelectorAll(".gl-card, .gl-group")) {
      part.hidden = !part.querySelector(".gl-account:not([hidden])");
      const line = contents(part.querySelector(":scope > :is(h2, h3)")?.id)?.closest("li");
      if (line) line.hidden = part.hidden;
    }
    const shown = entries.filter((entry) => !entry.hidden).length;
    count.textContent = chosen.length
      ? count.dataset.text.replace("{shown}", shown).replace("{all}", entries.length)
      : unfiltered;
  }

  /** Our part of the query of an address: `?reduction=mean&weight=yes`. The rest of it is not ours. */
  function remember(address) {
    const url = new URL(address, location.href);
    for (const { name, value } of selects) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    return url;
  }

  function update() {
    show();
    history.replaceState(history.state, "", remember(location.href));
    const other = document.querySelector("a.gl-switch"); // the same page in the other language
    if (other) other.href = remember(other.href);
  }

  /** A link to an entry that the filter hides undoes the filter. */
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    form.reset();
    update();
    target.scrollIntoView();
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
})();
