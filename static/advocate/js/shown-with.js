// Shows the parts of a form that belong to the choice made: data-shown-with="field=value".
(() => {
  "use strict";
  const parts = [...document.querySelectorAll("[data-shown-with]")];
  function show() {
    for (const part of parts) {
      const [field, value] = part.dataset.shownWith.split("=");
      const chosen = part.closest("form").elements[field];
      part.hidden = !chosen || chosen.value !== value;
    }
  }
  document.addEventListener("change", show);
  show();
})();
