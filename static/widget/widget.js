"use strict";
// A participant's widget: leafs through codes, copies, and tells the server what was copied and shared.
(() => {
  const identity = document.getElementById("widget-ident");
  const ident = identity ? JSON.parse(identity.textContent) : null;
  if (ident) window.widgetIdent = ident; // where the shop's script looks for it

  const root = document.documentElement;
  const COPIED = "mutation ($code: String!) { markReferralCodeCopied(referralCode: $code) { referralCode { dateCopied } } }";
  const ENGAGED = "mutation ($event: UserAnalyticsEvent!) { createUserAnalyticsEvent(eventMeta: $event) }";
  const LOADED = "USER_REFERRAL_PROGRAM_LOADED_EVENT";
  const SHARED = "USER_REFERRAL_PROGRAM_ENGAGEMENT_EVENT";
  const SHOWN_COPIED_MS = 2500;

  /** Say of a colour whether it is dark, or nothing where it lets through what is behind it. */
  const isDark = (colour) => {
    const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return alpha < 0.5 ? undefined : 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  };

  /** Be as light or dark as the page around, which a frame of another origin cannot look at. */
  const matchColours = () => {
    if (root.dataset.colours !== "auto") return;
    let around = null;
    try {
      around = window.frameElement;
    } catch {
      return;
    }
    if (!around) return;
    const view = around.ownerDocument.defaultView;
    for (let part = around; part; part = part.parentElement || part.getRootNode().host) {
      const colour = view.getComputedStyle(part).backgroundColor;
      const dark = isDark(colour);
      if (dark === undefined) continue;
      root.dataset.colours = dark ? "dark" : "light";
      root.style.backgroundColor = colour; // else a browser paints one of its own below a frame of the other kind
      return;
    }
    const scheme = view.getComputedStyle(around).colorScheme;
    const follows = scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.colours = follows ? "dark" : "light";
  };
  matchColours();

  const send = (query, variables) => {
    if (!ident || !ident.token) return;
    const address = `${ident.appDomain}/api/v1/${encodeURIComponent(ident.tenantAlias)}/graphql`;
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${ident.token}` };
    // A share button may lead away at once. What cannot be told is no reason to disturb anybody.
    fetch(address, { method: "POST", headers, body: JSON.stringify({ query, variables }), keepalive: true }).catch(() => {});
  };

  const count = (type, shareMedium) => {
    if (!ident) return;
    const { userId: id, accountId, programId, engagementMedium } = ident;
    send(ENGAGED, { event: { id, accountId, programId, type, meta: { engagementMedium, shareMedium } } });
  };
  const engaged = (shareMedium) => count(SHARED, shareMedium);
  // In a shop's page its script says so; a microsite is a page of its own.
  if (ident?.engagementMedium === "HOSTED" && window.parent === window) count(LOADED);

  /** Remember that a code was given away; its notice shows from the next look at it on. */
  const given = (part) => {
    const code = part.closest("[data-code]");
    if (!code || code.dataset.recorded !== "yes") return;
    code.dataset.given = "";
    send(COPIED, { code: code.dataset.code });
  };

  /** Copy a field by way of its selection, where the clipboard is closed to a frame or to a page without TLS. */
  const copySelected = (field) => {
    field.focus();
    field.select();
    field.setSelectionRange(0, field.value.length);
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    }
  };

  const copy = async (field) => {
    // A frame of another origin may not, unless its page says so; asking would only be noted as a violation.
    if (document.featurePolicy?.allowsFeature("clipboard-write") === false) return copySelected(field);
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      return copySelected(field);
    }
  };

  const say = (words) => {
    document.querySelector(".heard").textContent = words;
  };

  const pressCopy = async (button) => {
    const { copied, notCopied } = document.querySelector(".widget").dataset;
    const done = await copy(document.getElementById(button.dataset.copy));
    say(done ? copied : notCopied);
    button.label ??= button.textContent;
    button.textContent = done ? copied : button.label;
    button.focus();
    if (!done) {
      document.getElementById(button.dataset.copy).select();
      showProblem(button, notCopied);
      return;
    }
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.textContent = button.label;
      say("");
    }, SHOWN_COPIED_MS);
    given(button);
    engaged("DIRECT");
  };

  const showProblem = (button, words) => {
    const row = button.closest(".copyable");
    if (row.nextElementSibling?.matches("[data-problem]")) return;
    const problem = document.createElement("p");
    problem.dataset.problem = "";
    problem.className = "notice";
    problem.textContent = words;
    row.after(problem);
  };

  /** Show another code, around the end to the beginning. */
  const turn = (list, step) => {
    const codes = [...list.querySelectorAll("[data-code]")];
    const numbers = [...list.querySelectorAll("[data-number]")];
    const now = codes.findIndex((code) => !code.hidden);
    const next = (now + step + codes.length) % codes.length;
    codes.forEach((code, place) => (code.hidden = place !== next));
    numbers.forEach((number, place) => (number.hidden = place !== next));
    const before = codes[next].querySelector("[data-before]");
    if (before && "given" in codes[next].dataset) before.hidden = false;
  };

  const close = () => window.frameElement?.squatchJsApi?.close?.();

  document.addEventListener("click", (event) => {
    const part = event.target.closest?.("[data-copy], [data-turn], [data-share], [data-close]");
    if (!part) return;
    if (part.dataset.copy) pressCopy(part);
    if (part.dataset.turn) turn(part.closest("[data-codes]"), Number(part.dataset.turn));
    if (part.dataset.share) {
      given(part);
      engaged(part.dataset.share);
    }
    if ("close" in part.dataset) close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && ident?.engagementMedium === "POPUP") close();
    const list = event.target.closest?.("[data-codes]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (list && step && !event.target.matches("input") && list.querySelector("[data-turn]")) turn(list, step);
  });
})();
