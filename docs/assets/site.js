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
