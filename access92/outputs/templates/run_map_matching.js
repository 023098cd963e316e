/* What a search means: names without accents or case, abbreviations, near misses. Pure: nothing of the page. */
A92.Matching = Object({});

A92.Matching.SHORT = { av: "avenue", ave: "avenue", bd: "boulevard", bld: "boulevard", boul: "boulevard", st: "saint", ste: "sainte",
  pl: "place", all: "allee", imp: "impasse", sq: "square", rte: "route", chem: "chemin", gal: "general", mal: "marechal", dr: "docteur" };

/* A text as two writings of it are compared: small letters and digits, words apart by one space. */
/** @type {A92Scripts["Matching"]["plain"]} */
A92.Matching.plain = function (text) {
  "use strict";
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae")
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim().split(" ")
    .map(function (word) { return Object.hasOwn(A92.Matching.SHORT, word) ? A92.Matching.SHORT[word] : word; }).join(" ");
};

/* The number of signs left out, put in, exchanged or swapped with their neighbour between two texts; most + 1 beyond `most`
   (optimal string alignment: Damerau 1964, Levenshtein 1966). */
/** @type {A92Scripts["Matching"]["distance"]} */
A92.Matching.distance = function (one, other, most) {
  "use strict";
  if (Math.abs(one.length - other.length) > most) return most + 1;
  var /** @type {number[]} */ before = [], row = Array.from({ length: other.length + 1 }, function (_, k) { return k; }), next;
  for (var i = 1; i <= one.length; i++) {
    next = [i];
    for (var k = 1, least = i; k <= other.length; k++) {
      var same = one[i - 1] === other[k - 1];
      next[k] = Math.min(row[k] + 1, next[k - 1] + 1, row[k - 1] + (same ? 0 : 1));
      if (i > 1 && k > 1 && one[i - 1] === other[k - 2] && one[i - 2] === other[k - 1]) next[k] = Math.min(next[k], before[k - 2] + 1);
      if (next[k] < least) least = next[k];
    }
    if (least > most) return most + 1;
    before = row; row = next;
  }
  return Math.min(row[other.length], most + 1);
};
/* How many wrong signs a text of a length may have. */
/** @type {A92Scripts["Matching"]["tolerance"]} */
A92.Matching.tolerance = function (length) { "use strict"; return length < 4 ? 0 : length < 6 ? 1 : length < 10 ? 2 : 3; };

/* How near a target is to a query (both plain): 0 the same, 1 its beginning, 2 begins a word of it, 3 each word of it begins a
   word, 4 + the wrong signs of a near miss; null: another name. */
/** @type {A92Scripts["Matching"]["nearness"]} */
A92.Matching.nearness = function (query, target, withMisses) {
  "use strict";
  if (target === query) return 0;
  if (target.startsWith(query)) return 1;
  if ((" " + target).indexOf(" " + query) >= 0) return 2;
  var words = target.split(" "), asked = query.split(" ");
  if (asked.every(function (word) { return words.some(function (one) { return one.startsWith(word); }); })) return 3;
  if (!withMisses) return null;
  /* as many words as were asked for, wherever they begin; and the whole, its words run together */
  var most = A92.Matching.tolerance(query.length), best = most + 1;
  for (var from = 0; from + asked.length <= words.length; from++) {
    best = Math.min(best, A92.Matching.distance(query, words.slice(from, from + asked.length).join(" "), most));
  }
  best = Math.min(best, A92.Matching.distance(query.replace(/ /g, ""), target.replace(/ /g, ""), most));
  return best > most ? null : 4 + best;
};

/* Words that say what a name is of: « gare de Puteaux » is the station « Puteaux », as the report writes it. */
A92.Matching.OF_KIND = { gare: "station", station: "station", commune: "area", ville: "area" };

/* The best targets ({plain, rank: of its kind}) for a query as it was typed, the nearest first; where nothing bears the name,
   those of the kind that it says, then near misses. */
/** @type {A92Scripts["Matching"]["find"]} */
A92.Matching.find = function (typed, targets, count) {
  "use strict";
  var query = A92.Matching.plain(typed);
  if (!query) return [];
  function rated(/** @type {string} */ asked, /** @type {string | null} */ kind, /** @type {boolean} */ withMisses) {
    var /** @type {{ target: SearchTarget; near: number; at: number }[]} */ rows = [];
    targets.forEach(function (target, at) {
      var near = kind === null || target.kind === kind ? A92.Matching.nearness(asked, target.plain, withMisses) : null;
      if (near !== null) rows.push({ target: target, near: near, at: at });
    });
    return rows;
  }
  var rows = rated(query, null, false), said = /^(\w+) (?:de la |de l |du |des |de |d )?(.+)$/.exec(query);
  if (!rows.length && said && Object.hasOwn(A92.Matching.OF_KIND, said[1])) rows = rated(said[2], A92.Matching.OF_KIND[said[1]], false);
  if (!rows.length && /[^\d\s]/.test(query)) rows = rated(query, null, true); /* another code is another place, not a slip */
  rows.sort(function (a, b) {
    return a.near - b.near || a.target.rank - b.target.rank || a.target.plain.length - b.target.plain.length || a.at - b.at;
  });
  return rows.slice(0, count).map(function (row) { return { target: row.target, isMiss: row.near >= 4 }; });
};

/* What is said where nothing is found: the study knows the postcodes of its addresses only. */
/** @type {A92Scripts["Matching"]["nothing"]} */
A92.Matching.nothing = function (typed) {
  "use strict";
  return /^\s*\d{5}\s*$/.test(typed) ? "Aucune adresse ni commune de l’étude n’a ce code\u00a0: chercher la commune par son nom." : "Rien de ce nom dans l’étude.";
};
