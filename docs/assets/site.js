// The language switch leads to the same place on the same page, and its choice is remembered for the next visit.
for (const link of document.querySelectorAll(".gl-switch")) {
  const anchors = JSON.parse(link.dataset.anchors || "{}");
  const aim = () => {
    const here = decodeURIComponent(location.hash.slice(1));
    link.hash = anchors[here] || here;
  };
  for (const event of ["pointerenter", "focus", "click"]) link.addEventListener(event, aim);
  link.addEventListener("click", () => {
    try {
      localStorage.setItem("language", link.lang);
    } catch {
      // A browser that keeps nothing asks again.
    }
  });
}

// On a narrow screen the theme opens its search by an input that cannot be seen; a button does it for a keyboard too.
document.querySelector("[data-opens]").addEventListener("click", ({ currentTarget }) => {
  document.getElementById(currentTarget.dataset.opens).click();
  document.querySelector(".md-search__input").focus();
});

// The theme searches at every key; a word chosen from an input method with the mouse, dictated or pasted has none.
document.querySelector(".md-search__input").addEventListener("input", ({ target }) =>
  target.dispatchEvent(new KeyboardEvent("keyup")),
);

// A link within the page leads out of the list of pages.
{
  const pages = document.getElementById("pages");
  pages.addEventListener("click", ({ target }) => target.closest("a") && pages.hidePopover());
}

// What is folded unfolds for a link that leads there, and for paper.
{
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold; (fold = target?.closest("details:not([open])")); target.scrollIntoView()) fold.open = true;
  };
  unfold();
  addEventListener("hashchange", unfold);
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
}

// Whatever scrolls sideways takes the focus for as long as there is something to scroll to: then arrow keys scroll it.
// The observer tells when a box is shown and when its size changes; on new fonts it is asked to tell again.
addEventListener("load", () => {
  const label = document.documentElement.lang === "zh" ? "可以左右滚动" : "Scrolls sideways";
  const boxes = document.querySelectorAll(
    "span.arithmatex > .katex, div.arithmatex, pre > code, .gl-out, .gl-text, .gl-scroll, .md-typeset__scrollwrap, [style*='overflow-x']"
  );
  const observer = new ResizeObserver((entries) => {
    const wide = entries.map(({ target }) => target.scrollWidth > target.clientWidth);
    for (const [place, { target }] of entries.entries())
      for (const [name, value] of Object.entries({ tabindex: 0, role: "group", "aria-label": label }))
        if (wide[place]) target.setAttribute(name, value);
        else target.removeAttribute(name);
  });
  const observe = () => {
    for (const box of boxes) {
      observer.unobserve(box);
      observer.observe(box);
    }
  };
  observe();
  document.fonts.addEventListener("loadingdone", observe);
});
