// Gives a name to what Django's admin scripts draw without one: Select2's fields, for screen readers.
"use strict";

(() => {
  const labelOf = (select) => select?.labels?.[0]?.firstChild?.textContent.trim() || select?.getAttribute("aria-label") || "";

  function nameFields() {
    document.querySelectorAll("select + .select2-container").forEach((drawn) => {
      const label = labelOf(drawn.previousElementSibling);
      drawn.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]").forEach((part) => {
        if (!label || part.getAttribute("aria-label") === label) return;
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", label);
      });
    });
    const search = document.querySelector(".select2-dropdown .select2-search__field:not([aria-label])");
    if (search) search.setAttribute("aria-label", labelOf(document.querySelector("select + .select2-container--open")?.previousElementSibling));
  }

  // Select2 draws when it likes: after the page, after a new row, and its list with each opening.
  new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
  nameFields();
})();
