/* The list of actions (run_map_trials.js) of a page whose trials are sets of services and places, for what links, files and undo
   ask of it. Where A92.trials keeps the list itself, this does nothing. */
A92.formerTrials = function (app) {
  "use strict";
  if (app.trials) return;
  var data = app.data, state = app.state, followers = [], last = "[]";
  function idOf(row) { return data.services[row].id; }
  function actions() {
    return [].concat(
      Array.from(state.trial.removed, function (row) { return { kind: "remove_service", service_id: idOf(row) }; }),
      Array.from(state.trial.extra, function (row) { return { kind: "count_service", service_id: idOf(row) }; }),
      state.trial.places.map(function (place, i) {
        return { kind: "add_service", service_id: "essai-" + (i + 1), name: "Service nouveau n° " + (i + 1), service_kind: place.kind,
          lon: +place.at.lng.toFixed(6), lat: +place.at.lat.toFixed(6) };
      })
    );
  }
  function set(list) {
    var now = A92.Trial.fold(list), kind = document.getElementById("a92-new-kind"), chosen = kind && kind.value, refused = [];
    var rows = new Map(data.services.map(function (service, row) { return [service.id, row]; }));
    function known(ids) {
      return Array.from(ids).filter(function (id) {
        if (!rows.has(id)) refused.push("Cette page n’a pas le service « " + id + " ».");
        return rows.has(id);
      }).map(function (id) { return rows.get(id); });
    }
    state.trial.removed = new Set(known(now.removed)); state.trial.extra = new Set(known(now.counted));
    app.clearPlaces();
    if (now.moved.size || now.closed.size || now.speeds.size || now.threshold !== null) refused.push("Cette page ne déplace pas de service, ne ferme pas de rue et ne change ni vitesse ni seuil.");
    return now.added.reduce(function (before, action) {
      return before.then(function () {
        if (!kind || !app.addPlace) { refused.push("Cette page ne pose pas de service."); return null; }
        kind.value = action.service_kind;
        return app.addPlace(L.latLng(action.lat, action.lon)).then(function (place) {
          if (!place) refused.push(document.getElementById("a92-notice").textContent);
        });
      });
    }, app.update()).then(function () {
      if (kind) kind.value = chosen;
      return refused;
    });
  }
  app.trials = {
    actions: actions, set: set,
    act: function (action) { return set(actions().concat([action])); },
    onChange: function (follow) { followers.push(follow); }
  };
  app.onUpdate(function () {
    var now = JSON.stringify(actions());
    if (now === last) return;
    last = now;
    followers.forEach(function (follow) { follow(); });
  });
};
