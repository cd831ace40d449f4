/* The ledger's filter: shows the entries with the options chosen, and keeps the choice in the address. */
(() => {
  const form = document.querySelector(".gl-filter");
  if (!form) return;

  const selects = [...form.querySelectorAll("select")];
  const entries = [...document.querySelectorAll(".gl-account[id]")];
  const count = form.querySelector("output");
  const unfiltered = count.textContent;

  function show() {
    const chosen = selects.filter((select) => select.value);
    for (const entry of entries) {
      entry.hidden = chosen.some((select) => entry.dataset[select.name] !== select.value);
    }
    // A box or a group is there as long as an entry in it is, and so are its lines in tables of contents.
    for (const part of document.querySelectorAll(".gl-card, .gl-group")) {
      part.hidden = !part.querySelector(".gl-account:not([hidden])");
      const heading = part.querySelector(":scope > :is(h2, h3)");
      for (const link of document.querySelectorAll(`nav a[href="#${heading?.id}"]`)) {
        link.closest("li").hidden = part.hidden;
      }
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
    for (const other of document.querySelectorAll("a.gl-switch")) other.href = remember(other.href);
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
