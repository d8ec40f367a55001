"use strict";
// The sandbox: what a shop's page does with the vendor's script, when a button is pressed.
(() => {
  const { options, token, user, ...wanted } = JSON.parse(document.getElementById("sandbox-setup").textContent);
  const button = document.querySelector("[data-show]");
  const refused = document.querySelector("[data-refused]");

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
    document.getElementById("squatchembed").replaceChildren();
    window.squatch.init(options);
    try {
      const widgets = window.squatch.widgets();
      const { widget } = await (user ? widgets.upsertUser({ ...wanted, user: { ...user }, jwt: token }) : widgets.render(wanted));
      if (wanted.engagementMedium === "POPUP") widget.open();
    } catch (error) {
      refused.textContent = reason(error);
      refused.hidden = false;
    }
  });
})();
