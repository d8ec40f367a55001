// Shows which codes a pattern makes while it is being typed.
(() => {
  "use strict";
  const shown = document.querySelector("[data-name-examples]");
  if (!shown) return;
  const field = shown.closest("form").elements.name_pattern;
  let waiting = 0, asked = 0;
  async function show() {
    const turn = ++asked;
    const address = `${shown.dataset.nameExamples}?${new URLSearchParams({ pattern: field.value })}`;
    const answer = await fetch(address, { credentials: "same-origin" });
    // Only the last question's answer counts, whichever comes first.
    if (answer.ok && turn === asked) shown.innerHTML = await answer.text();
  }
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 250);
  });
})();
