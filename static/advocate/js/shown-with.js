// Shows the parts of a form that belong to the choice made: data-shown-with="field=value", or "field=one|other".
(() => {
  "use strict";
  const parts = [...document.querySelectorAll("[data-shown-with]")];
  // A browser refuses to send a form with an empty required field, even if nobody can see that field.
  const required = new Map(parts.map((part) => [part, part.querySelectorAll(":required")]));
  function show() {
    for (const part of parts) {
      const [field, value] = part.dataset.shownWith.split("=");
      const chosen = part.closest("form").elements[field];
      const isUnticked = chosen && chosen.type === "checkbox" && !chosen.checked;
      part.hidden = !chosen || isUnticked || !value.split("|").includes(chosen.value);
      for (const control of required.get(part)) {
        control.required = !part.hidden;
      }
    }
  }
  document.addEventListener("change", show);
  show();
})();
