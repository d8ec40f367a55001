// Keeps the numbers of what switching on takes in step with the form.
(() => {
  "use strict";
  const part = document.querySelector("[data-needs]");
  if (!part) return;
  const form = part.closest("form");
  const shown = new Intl.NumberFormat(document.documentElement.lang);
  const at = (name) => part.querySelector(`[data-${name}]`);
  function count() {
    const { kind, codes_each: typed, name_pattern: pattern } = form.elements;
    const each = typed && (!kind || kind.value === "one_time") ? Number(typed.value) : 1;
    const isSaid = Number.isInteger(each) && each >= 1 && each <= 100;
    const isMade = pattern && pattern.value.trim() && (!kind || kind.value === "multi_use");
    const needed = isMade ? 0 : Number(part.dataset.advocates) * Math.max(0, each - Number(part.dataset.held));
    const missing = Math.max(0, needed - Number(part.dataset.stock));
    for (const [name, number] of Object.entries({ each, needed, missing })) {
      at(name).textContent = isSaid ? shown.format(number) : "–";
    }
    at("unsaid").hidden = isSaid;
    at("short").hidden = !isSaid || missing === 0;
    at("enough").hidden = !isSaid || missing > 0;
  }
  form.addEventListener("input", count);
  form.addEventListener("change", count);
  count();
})();
