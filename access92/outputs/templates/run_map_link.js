/* What is chosen and tried as the fragment of an address, and as text that a file holds. Pure: nothing of the page.

   `shown`: { scenario, choice, public, rule, threshold, view, base, area (its id), at: [zoom, lat, lon], actions, kept }, with `actions`
   as run_map_trials.js has them and `kept` a list of { name, scenario, actions }. What is as the page has it at first is left out. */
A92.Link = Object({});

A92.Link.KEYS = { scenario: "scenario", choice: "mode", public: "public", rule: "services", threshold: "seuil", view: "vue", base: "base",
  area: "commune", at: "carte", actions: "essai", kept: "gardes" };

/* Any JSON value as signs that an address holds unchanged, and back. */
/** @type {A92Scripts["Link"]["pack"]} */
A92.Link.pack = function (value) {
  "use strict";
  var bytes = new TextEncoder().encode(JSON.stringify(value)), text = "";
  bytes.forEach(function (byte) { text += String.fromCharCode(byte); });
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
/** @type {A92Scripts["Link"]["unpack"]} */
A92.Link.unpack = function (text) {
  "use strict";
  var signs = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(signs, function (sign) { return sign.charCodeAt(0); })));
};

/** @type {A92Scripts["Link"]["write"]} */
A92.Link.write = function (shown, usual) {
  "use strict";
  var /** @type {string[]} */ parts = [];
  /** @type {(keyof Shown)[]} */ (Object.keys(A92.Link.KEYS)).forEach(function (name) {
    var value = shown[name];
    if (value === undefined || value === null || value === usual[name] || (Array.isArray(value) && !value.length)) return;
    var text = name === "actions" || name === "kept" ? A92.Link.pack(value) : Array.isArray(value) ? value.join("/") : encodeURIComponent(value);
    parts.push(A92.Link.KEYS[name] + "=" + text);
  });
  return parts.join("&");
};

/* { shown, faults }: what a fragment says that the page can show, and what it says that it cannot (French). `known`: by name
   the values that there are; `fault`: as A92.Trial.fault. */
/** @type {A92Scripts["Link"]["read"]} */
A92.Link.read = function (fragment, known, fault) {
  "use strict";
  var /** @type {Partial<Shown>} */ shown = {}, /** @type {string[]} */ faults = [], /** @type {Record<string, string>} */ said = {};
  fragment.replace(/^#/, "").split("&").forEach(function (part) {
    var cut = part.indexOf("=");
    if (cut > 0) said[part.slice(0, cut)] = part.slice(cut + 1);
  });
  function unreadable(/** @type {keyof Shown} */ name) { faults.push("Le lien est abîmé (" + A92.Link.KEYS[name] + ")."); }
  function checked(/** @type {unknown[]} */ list) {
    return /** @type {Action[]} */ (list.filter(function (action) {
      var why = fault(action);
      if (why) faults.push(why);
      return !why;
    }));
  }
  /** @type {(keyof Shown)[]} */ (Object.keys(A92.Link.KEYS)).forEach(function (name) {
    var text = said[A92.Link.KEYS[name]], value, /** @type {string | number} */ choice;
    if (text === undefined) return;
    try {
      if (name === "at") {
        value = text.split("/").map(Number);
        if (value.length === 3 && value.every(isFinite) && value[0] >= 0 && value[0] <= 22 && Math.abs(value[1]) <= 85 && Math.abs(value[2]) <= 180) shown.at = value;
        else unreadable(name);
        return;
      }
      if (name === "actions" || name === "kept") {
        value = A92.Link.unpack(text);
        if (!Array.isArray(value)) unreadable(name);
        else if (name === "actions") shown.actions = checked(value);
        else shown.kept = value.filter(function (item) {
          var isWhole = item && typeof item.name === "string" && typeof item.scenario === "string" && Array.isArray(item.actions);
          var isKnown = isWhole && known.scenario.indexOf(item.scenario) >= 0;
          if (!isWhole) unreadable(name);
          else if (!isKnown) faults.push("Le lien garde l’essai « " + item.name + " », du scénario « " + item.scenario + " », que cette page n’a pas.");
          return isKnown;
        }).map(function (item) { return { name: item.name, scenario: item.scenario, actions: checked(item.actions) }; });
        return;
      }
      choice = decodeURIComponent(text);
    } catch (error) { unreadable(name); return; }
    if (name === "threshold") choice = Number(choice);
    if (known[name].indexOf(choice) >= 0) Object.assign(shown, { [name]: choice });
    else faults.push("Le lien demande « " + choice + " » (" + A92.Link.KEYS[name] + "), que cette page n’a pas.");
  });
  return { shown: shown, faults: faults };
};

/* A trial as the file that `access92 run ETUDE --trial FICHIER` reads. */
/** @type {A92Scripts["Link"]["file"]} */
A92.Link.file = function (trial) {
  "use strict";
  return JSON.stringify(Object.assign({ format: "access92-trial", version: 1 }, trial), null, 2) + "\n";
};
/* What such a file says: { trial, faults }. */
/** @type {A92Scripts["Link"]["readFile"]} */
A92.Link.readFile = function (text, known, fault) {
  "use strict";
  var content;
  try { content = JSON.parse(text); } catch (error) { return { trial: null, faults: ["Ce fichier n’est pas du JSON."] }; }
  if (!content || content.format !== "access92-trial" || typeof content.scenario !== "string" || !Array.isArray(content.actions)) return { trial: null, faults: ["Ce fichier n’est pas un essai d’access92."] };
  if (content.version !== 1) return { trial: null, faults: ["Cet essai vient d’une version plus récente de la page."] };
  if (known.scenario.indexOf(content.scenario) < 0) return { trial: null, faults: ["Cet essai part du scénario « " + content.scenario + " », que cette page n’a pas."] };
  var /** @type {string[]} */ faults = [], actions = content.actions.filter(function (/** @type {unknown} */ action) {
    var why = fault(action);
    if (why) faults.push(why);
    return !why;
  });
  return { trial: { name: String(content.name || "Essai"), scenario: content.scenario, actions: actions }, faults: faults };
};
