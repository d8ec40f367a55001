// What every page needs; each part works on data attributes, and every page works without any of it.
"use strict";

(() => {
  const root = document.documentElement;

  // Colours: the answer already has the viewer's choice, so that nothing flashes; here it changes without a reload.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    if (!form) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    root.dataset.theme = chosen;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${chosen}; path=/; max-age=31536000; samesite=lax${secure}`;
    const visible = [...document.querySelectorAll("[data-theme-switch] [data-from]")].find((one) => one.dataset.from === chosen);
    if (visible) visible.focus();
  });

  // The menu as a drawer on narrow screens.
  const drawer = document.getElementById("sidebar");
  function closeDrawer() {
    if (!drawer) return;
    delete drawer.dataset.open;
    if (location.hash === "#sidebar") history.replaceState(null, "", location.pathname + location.search);
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-drawer]");
    if (opener) {
      event.preventDefault();
      drawer.dataset.open = "";
      drawer.querySelector("a").focus();
    } else if (event.target.closest("[data-drawer-close]")) {
      event.preventDefault();
      closeDrawer();
      document.querySelector("[data-drawer]").focus();
    }
  });

  // Where the parts of a page do not all fit, the one that is shown can be seen, once its letters are as wide as they stay.
  document.fonts.ready.then(() => {
    document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
      const row = tab.parentElement;
      row.scrollLeft = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
    });
  });

  // Dropdowns close on Escape, on a click elsewhere, and when the focus leaves.
  const openDropdowns = () => document.querySelectorAll("[data-dropdown][open]");
  document.addEventListener("click", (event) => {
    openDropdowns().forEach((one) => one.contains(event.target) || one.removeAttribute("open"));
  });
  document.addEventListener("focusin", (event) => {
    openDropdowns().forEach((one) => one.contains(event.target) || one.removeAttribute("open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    openDropdowns().forEach((one) => {
      one.removeAttribute("open");
      one.querySelector("summary").focus();
    });
    if (drawer && (drawer.dataset.open !== undefined || location.hash === "#sidebar")) {
      closeDrawer();
      document.querySelector("[data-drawer]").focus();
    }
  });

  // Dialogs: the same question as the link's page, without leaving this one.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && !event.ctrlKey && !event.metaKey) {
      const dialog = document.getElementById(opener.dataset.dialog);
      // A form with a mistake is sent as it is, so that its page names the mistake before anything is asked.
      if (dialog && opener.form?.checkValidity() !== false) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog")) event.target.closest("dialog")?.close();
  });

  // A form that must be sent once only. The clicked button's value has been taken when "submit" is over.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form || event.submitter?.formTarget === "_blank") return;  // what opens beside it leaves the form as it is
    setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((button) => {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }));
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once] button[aria-busy]").forEach((button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
  });

  // A form of one choice that is saved as soon as it is made; its button is for browsers without scripts.
  document.querySelectorAll("form[data-save-at-once]").forEach((form) => {
    form.querySelectorAll("button").forEach((button) => { button.hidden = true; });
    form.addEventListener("change", () => form.requestSubmit());
  });

  // Copy buttons appear where the browser can copy.
  function showCopyButtons(within) {
    if (navigator.clipboard) within.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  }
  showCopyButtons(document);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.copied);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  });

  // A polite voice for what changed.
  const voice = document.createElement("div");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  function say(text) {
    voice.textContent = "";
    setTimeout(() => { voice.textContent = text; }, 50);
  }

  // Select File: a file may be dropped on the area.
  document.querySelectorAll("[data-drop]").forEach((area) => {
    const input = area.querySelector("input[type=file]");
    area.addEventListener("dragover", (event) => { event.preventDefault(); area.dataset.over = ""; });
    area.addEventListener("dragleave", () => delete area.dataset.over);
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      delete area.dataset.over;
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  // Live parts: fetch a fragment, swap it in, go on until it says that it is over.
  function keepFresh(part) {
    const pause = Number(part.dataset.refreshSeconds || 2) * 1000;
    const announced = () => [...part.querySelectorAll("[data-announce]")].map((one) => one.textContent.trim()).join(", ");
    let failures = 0;
    async function refresh() {
      if (document.hidden) return wait();
      const before = announced();
      try {
        const answer = await fetch(part.dataset.refreshUrl, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
        if (answer.redirected || answer.status === 403 || answer.status === 404) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        swap(await answer.text());
        failures = 0;
      } catch {
        failures += 1;
      }
      const stop = part.querySelector("[data-refresh-stop]");
      if (stop && stop.dataset.refreshStop === "reload") return location.reload();
      if (announced() !== before) say(announced());
      if (!stop) wait();
    }
    function swap(html) {
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      part.innerHTML = html;
      showCopyButtons(part);
      if (focused) document.getElementById(focused)?.focus();
    }
    function wait() {
      setTimeout(refresh, Math.min(pause * 2 ** failures, 30000));
    }
    wait();
  }
  document.querySelectorAll("[data-refresh-url]").forEach(keepFresh);

  // The search from any page.
  const palette = document.getElementById("palette");
  if (palette) {
    const input = palette.querySelector("input");
    const hits = palette.querySelector(".palette__hits");
    let timer = 0;
    let latest = 0;
    const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");
    const open = () => {
      if (palette.open) return;
      palette.showModal();
      input.select();
    };
    document.addEventListener("keydown", (event) => {
      const shortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
      if (!shortcut && !slash) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-palette-open]") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      closeDrawer();
      open();
    });
    async function look() {
      const asked = ++latest;
      const url = `${hits.dataset.url}?fragment=1&q=${encodeURIComponent(input.value)}`;
      try {
        const answer = await fetch(url, { credentials: "same-origin" });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const html = await answer.text();
        if (asked === latest) hits.innerHTML = html;
      } catch {
        if (asked !== latest) return;
        const sorry = document.createElement("p");
        sorry.className = "hits__none";
        sorry.textContent = hits.dataset.failed;
        hits.replaceChildren(sorry);
      }
    }
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 150);
    });
    palette.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const stops = [input, ...hits.querySelectorAll("a.hit")];
      const now = stops.indexOf(document.activeElement);
      const next = now + (event.key === "ArrowDown" ? 1 : -1);
      stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
    });
  }
})();
