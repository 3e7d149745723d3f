/** What is wrong with a page at its present size, as a list of sentences; see test_sizes.py. */
({ thing, control, least, share, target }) => {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  const high = innerHeight;

  const shown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const find = (selector) => [...document.querySelectorAll(selector)].find(shown);
  const name = (element) => element.tagName.toLowerCase() + [...element.classList].map((one) => `.${one}`).join("");

  /** The boxes around an element that can cut it off: what is taken out of the flow escapes some. */
  function* around(element) {
    let { position } = getComputedStyle(element);
    for (let box = element.parentElement; box && box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box);
      const holds = style.position !== "static" || style.transform !== "none";
      if (position === "fixed" || (position === "absolute" && !holds)) continue;
      position = style.position;
      if (box !== document.body && (style.overflowX !== "visible" || style.overflowY !== "visible")) yield box;
    }
  }

  /** The part of an element that nothing around it cuts off, as far as it is in the viewport. */
  function seen(element, [right, bottom] = [wide, high]) {
    const edge = element.getBoundingClientRect();
    const part = { left: Math.max(edge.left, 0), top: Math.max(edge.top, 0), right: Math.min(edge.right, right), bottom: Math.min(edge.bottom, bottom) };
    for (const box of around(element)) {
      const cut = box.getBoundingClientRect();
      [part.left, part.right] = [Math.max(part.left, cut.left), Math.min(part.right, cut.right)];
      [part.top, part.bottom] = [Math.max(part.top, cut.top), Math.min(part.bottom, cut.bottom)];
    }
    return { ...part, width: Math.max(0, part.right - part.left), height: Math.max(0, part.bottom - part.top) };
  }

  /** A place of `element` that is hit there; a covered middle is a covered element. */
  function covered(element) {
    const { left, top, width, height } = seen(element);
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (hit && (element.contains(hit) || hit.closest("label")?.contains(element))) return "";
    return hit ? name(hit) : "nothing";
  }

  function sideways() {
    const over = document.scrollingElement.scrollWidth - wide;
    if (over <= 0) return;
    const wider = [...document.body.querySelectorAll("*")].filter((one) => seen(one, [Infinity, Infinity]).right > wide + 0.5);
    faults.push(`scrolls sideways by ${over} px: ${wider.slice(0, 3).map(name).join(", ")}`);
  }

  function look(selector, check) {
    const element = find(selector);
    if (!element) return faults.push(`nothing is ${selector}`);
    element.scrollIntoView({ block: "center", inline: "nearest" });
    check(element, seen(element));
    if (element.disabled) faults.push(`${selector} is switched off`);
    const above = covered(element);
    if (above) faults.push(`${selector} is under ${above}`);
    return element;
  }

  scrollTo(0, 0);
  sideways();
  look(thing, (element, { width, height }) => {
    const narrowest = wide < 900 ? share * wide : 280;
    if (width < narrowest) faults.push(`${thing} is ${Math.round(width)} px wide, ${Math.round(narrowest)} is the least`);
    if (height < Math.min(least, high * 0.8)) faults.push(`${thing} shows ${Math.round(height)} px, ${least} is the least`);
  });
  if (control) {
    look(control, (element, { width, height }) => {
      const { offsetHeight, offsetWidth } = element;
      if (height < target || width < 24) faults.push(`${control} is ${Math.round(width)}×${Math.round(height)} px of ${offsetWidth}×${offsetHeight}`);
    });
  }
  scrollTo(0, 0);
  return faults;
}
