// Arranging a draft without leaving the page; every form on it works without this, too.
"use strict";

(() => {
  const main = document.getElementById("content-start");
  const parts = () => [...main.querySelectorAll("[data-part]")];

  function prepare() {
    main.querySelectorAll("[data-handle]").forEach((handle) => { handle.hidden = false; });
    if (navigator.clipboard) main.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  }
  prepare();

  // A form is sent, and the page that it leads to takes this one's place, with the same element in focus.
  async function send(form, button, focus) {
    const data = new FormData(form, button);
    form.querySelectorAll("button").forEach((one) => { one.disabled = true; });
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-editor]")) throw new Error("elsewhere");
      main.replaceChildren(...page.getElementById("content-start").childNodes);
      // What was refused is shown at an address of its own, to which nothing may lead back.
      if (answer.redirected) history.replaceState(null, "", answer.url);
      prepare();
      document.getElementById(focus)?.focus();
      main.querySelector("[role=alert], .field--error")?.scrollIntoView({ block: "nearest" });
    } catch {
      location.reload();
    }
  }
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-in-place]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    const handle = form.querySelector("[data-handle]");
    send(form, button, handle ? handle.id : "");
  });

  function moveTo(part, place) {
    const form = part.querySelector(".part__move");
    const button = form.querySelector("[data-up]");
    button.disabled = false;
    button.value = String(Math.max(0, Math.min(place, parts().length - 1)));
    form.requestSubmit(button);
  }

  // With keys: the arrows on a handle.
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!handle || !step) return;
    event.preventDefault();
    const part = handle.closest("[data-part]");
    const place = parts().indexOf(part) + step;
    if (place >= 0 && place < parts().length) moveTo(part, place);
  });

  // With mouse or finger: the handle is dragged to between two others.
  let dragged = null;
  let target = null;
  function mark(over) {
    parts().forEach((part) => { delete part.dataset.over; });
    target = null;
    if (!over || over === dragged) return;
    target = over;
    over.dataset.over = parts().indexOf(over) < parts().indexOf(dragged) ? "before" : "after";
  }
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    if (!handle || event.button) return;
    dragged = handle.closest("[data-part]");
    dragged.dataset.dragged = "";
    handle.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (dragged) mark(document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-part]"));
  });
  function drop() {
    if (!dragged) return;
    const [part, place] = [dragged, target ? parts().indexOf(target) : -1];
    mark(null);
    delete part.dataset.dragged;
    dragged = null;
    if (place >= 0) moveTo(part, place);
  }
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", () => {
    mark(null);
    drop();
  });

  // The preview shows what is being typed; nothing of it is saved.
  let timer = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-typed]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const sent = document.createElement("form");
      sent.method = "post";
      sent.action = form.dataset.typed;
      sent.target = "preview";
      sent.hidden = true;
      for (const [name, value] of new FormData(form)) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = value;
        sent.append(field);
      }
      document.body.append(sent);
      sent.submit();
      sent.remove();
    }, 400);
  });
})();
