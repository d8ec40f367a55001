// Keeps the numbers of what switching on takes in step with the form.
(() => {
  "use strict";
  const part = document.querySelector("[data-needs]");
  if (!part) return;
  const form = part.closest("form");
  const shown = new Intl.NumberFormat(document.documentElement.lang);
  const put = (name, number) => { part.querySelector(`[data-${name}]`).textContent = shown.format(number); };
  function count() {
    const { kind, codes_each: typed, name_pattern: pattern } = form.elements;
    const each = typed && (!kind || kind.value === "one_time") ? Number(typed.value) : 1;
    if (!Number.isInteger(each) || each < 1 || each > 100) return;
    const isMade = pattern && pattern.value.trim() && (!kind || kind.value === "multi_use");
    const needed = isMade ? 0 : Number(part.dataset.advocates) * Math.max(0, each - Number(part.dataset.held));
    const missing = Math.max(0, needed - Number(part.dataset.stock));
    put("each", each);
    put("needed", needed);
    put("missing", missing);
    part.querySelector("[data-short]").hidden = missing === 0;
    part.querySelector("[data-enough]").hidden = missing > 0;
  }
  form.addEventListener("input", count);
  form.addEventListener("change", count);
  count();
})();
