"use strict";
// The sandbox: what a shop's page does with the vendor's script, when a button is pressed.
(() => {
  const { options, token, user, ...wanted } = JSON.parse(document.getElementById("sandbox-setup").textContent);
  const button = document.querySelector("[data-show]");
  const refused = document.querySelector("[data-refused]");
  const stage = document.querySelector("[data-stage]");

  /** Return what a refusal says: the script hands on the answer's text. */
  const reason = (error) => {
    try {
      return JSON.parse(error.message).message;
    } catch {
      return error.message;
    }
  };

  button?.addEventListener("click", async () => {
    refused.hidden = true;
    stage.hidden = wanted.engagementMedium === "POPUP"; // which opens over the page
    document.getElementById("squatchembed").replaceChildren();
    window.squatch.init(options);
    try {
      const widgets = window.squatch.widgets();
      const { widget } = await (user ? widgets.upsertUser({ ...wanted, user: { ...user }, jwt: token }) : widgets.render(wanted));
      if (wanted.engagementMedium === "POPUP") widget.open();
      document.getElementById("squatchFrame")?.setAttribute("title", stage.ariaLabel); // the vendor's script gives none
    } catch (error) {
      refused.textContent = reason(error);
      refused.hidden = false;
      stage.hidden = true;
    }
  });
})();
