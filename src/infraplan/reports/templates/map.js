// Small helpers of the infraplan map. No library but Leaflet; nothing is fetched.
window.infraplan = window.infraplan || (function () {
  "use strict";

  // Move a line sideways by a number of pixels, so that pipes in one strip are drawn side by side.
  function shift(points, offset) {
    points = L.LineUtil.simplify(points, 1.2);
    var normals = [];
    for (var i = 0; i + 1 < points.length; i += 1) {
      var dx = points[i + 1].x - points[i].x, dy = points[i + 1].y - points[i].y;
      var length = Math.sqrt(dx * dx + dy * dy) || 1;
      normals.push({ x: -dy / length, y: dx / length });
    }
    if (!normals.length) { return points; }
    return points.map(function (point, index) {
      var a = normals[Math.max(index - 1, 0)], b = normals[Math.min(index, normals.length - 1)];
      var opening = 1 + a.x * b.x + a.y * b.y;
      // In a hairpin the mitre would run away: step sideways from the next stretch instead.
      var mitre = opening < 0.4 ? b : { x: (a.x + b.x) / opening, y: (a.y + b.y) / opening };
      return L.point(point.x + mitre.x * offset, point.y + mitre.y * offset);
    });
  }

  // On a dark page each colour of the table has another one. They are exchanged as the canvas draws, so that layers,
  // highlights and what comes later know their own colours only.
  var onDark = {}, dark = false;
  function tone(colour) { return (dark && onDark[colour]) || colour; }

  var paint = L.Canvas.prototype._fillStroke;
  L.Canvas.include({
    _fillStroke: function (ctx, layer) {
      var own = layer.options;
      if (!dark) { paint.call(this, ctx, layer); return; }
      paint.call(this, ctx, { options: L.extend(Object.create(own), {
        color: tone(own.color), fillColor: tone(own.fillColor)
      }) });
    }
  });

  // The map is as light or dark as the page that it stands on.
  function matchPage(map) {
    var ground = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    var seen = ground.length < 4 || ground[3] > 0.5;
    var now = seen && 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 128;
    if (now === dark) { return; }
    dark = now;
    var box = map.getContainer();
    box.classList.toggle("ip-dark", dark);
    Object.keys(onDark).forEach(function (colour) {
      box.style.setProperty("--ip-" + colour.slice(1), tone(colour));
    });
    map.eachLayer(function (layer) { if (layer instanceof L.Path) { layer.redraw(); } });
  }

  // In the app the map fills what is left of the screen below its top; a tall screen also shows what comes after it. The
  // frame gets its height here, because only the page as it is laid out knows where the map begins. While the page is
  // being drawn anew the map moves about: it keeps its height until it has come to rest.
  var LEAST_PX = 340, CLOSE_PX = 20, SHOWN_PX = 110, SMALL_SCREEN_PX = 768, REST_MS = 200;
  function fillScreen(map) {
    var frame = window.frameElement, main = frame && frame.closest("[data-testid=stMain]");
    if (!main) { return; }
    var page = main.ownerDocument.defaultView, watch = null, asked = 0;
    function measure() {
      var box = frame.getBoundingClientRect();
      if (!box.height) { return; }
      if (main.closest("[data-test-script-state=running]")) { ask(); return; }
      var top = box.top - main.getBoundingClientRect().top + main.scrollTop;
      var after = Math.min(Math.max((main.clientHeight - SMALL_SCREEN_PX) / 3, CLOSE_PX), SHOWN_PX);
      var height = Math.round(Math.max(main.clientHeight - top - after, LEAST_PX)) + "px";
      if (frame.style.height === height) { return; }
      frame.style.height = height;
      map.infraplan.settling = true;
      map.invalidateSize({ animate: false });
      if (map.infraplan.home) { fit(map, map.infraplan.home); }
      map.infraplan.settling = false;
    }
    function ask() {
      clearTimeout(asked);
      if (frame.isConnected) { asked = setTimeout(measure, REST_MS); return; }
      watch.disconnect();
      page.removeEventListener("resize", ask);
    }
    watch = new page.ResizeObserver(ask);
    watch.observe(main.firstElementChild);
    page.addEventListener("resize", ask);
    map.on("movestart", function () { if (!map.infraplan.settling) { map.infraplan.home = null; } });
  }

  // A disc split in equal parts, one per carrier of the site.
  var circle = L.Canvas.prototype._updateCircle;
  L.Canvas.include({
    _updateCircle: function (layer) {
      circle.call(this, layer);
      var colours = layer.options.slices;
      if (!this._drawing || layer._empty() || !colours || colours.length < 2) { return; }
      var ctx = this._ctx, middle = layer._point, radius = layer._radius - 0.6;
      colours.forEach(function (colour, index) {
        ctx.beginPath();
        ctx.moveTo(middle.x, middle.y);
        ctx.arc(middle.x, middle.y, radius, 2 * Math.PI * (index / colours.length - 0.25),
          2 * Math.PI * ((index + 1) / colours.length - 0.25));
        ctx.closePath();
        ctx.fillStyle = tone(colour);
        ctx.globalAlpha = layer.options.fillOpacity;
        ctx.fill();
      });
      ctx.globalAlpha = 1;
    }
  });

  // Groups that name a section are listed in the control of layers.
  var waiting = [];
  L.FeatureGroup.addInitHook(function () { if (this.options && this.options.section) { waiting.push(this); } });

  var project = L.Polyline.prototype._projectLatlngs;
  L.Polyline.include({
    _projectLatlngs: function (latlngs, result, bounds) {
      var before = result.length;
      project.call(this, latlngs, result, bounds);
      if (this.options.offset && L.LineUtil.isFlat(latlngs)) {
        for (var i = before; i < result.length; i += 1) {
          result[i] = shift(result[i], this.options.offset);
          result[i].forEach(function (point) { bounds.extend(point); });
        }
      }
    }
  });

  function icon(feature, latlng, options) {
    var size = feature.properties.size;
    options.icon = L.divIcon({
      className: "ip-" + feature.properties.kind,
      html: feature.properties.html,
      iconSize: size ? [size, size] : [0, 0]
    });
    return L.marker(latlng, options);
  }

  function element(tag, name, parent, text) {
    var made = L.DomUtil.create(tag, name, parent);
    if (text) { made.textContent = text; }
    return made;
  }

  // A button in a corner of the map; the texts come from the page's own language.
  function button(map, position, name, text, onPress) {
    var control = L.control({ position: position });
    control.onAdd = function () {
      var box = element("div", "leaflet-bar ip-tool ip-tool-" + name), knob = element("button", "", box);
      knob.type = "button"; knob.title = text; knob.setAttribute("aria-label", text);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.on(knob, "click", function () { onPress(knob); });
      return box;
    };
    return control.addTo(map);
  }

  // What is remembered stays in this browser tab, so that another page shows the same ground and the same layers.
  function keep(key, value) {
    try { sessionStorage.setItem(key, JSON.stringify(value)); } catch (e) { return; }
  }

  function recall(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch (e) { return null; }
  }

  // Show what lies within bounds. A frame that is not laid out yet has no room for them: that waits until it has.
  // Until the reader goes elsewhere they fill the map, whatever size it gets.
  function fit(map, bounds) {
    var size = map.getSize(), margin = 12;
    map.infraplan.waits = Math.min(size.x, size.y) <= 2 * margin;
    if (map.infraplan.waits) {
      map.once("resize", function () { if (map.infraplan.waits) { fit(map, bounds); } });
    } else {
      map.fitBounds(bounds, { padding: [margin, margin], animate: false });
      map.infraplan.home = bounds;
    }
  }

  function remember(map, key) {
    function keepView() {
      if (map.infraplan.settling) { return; }
      var middle = map.getCenter();
      keep(key, [middle.lat, middle.lng, map.getZoom()]);
    }
    var seen = recall(key);
    if (seen) {
      map.infraplan.waits = false;
      map.infraplan.home = null;
      map.setView([seen[0], seen[1]], seen[2], { animate: false });
    }
    map.on("moveend", keepView);
  }

  // The list of layers, in sections. What the reader switched off stays off when the plan changes.
  function listLayers(map) {
    var state = map.infraplan, box = state.list;
    box.textContent = "";
    var sections = [];
    state.groups.forEach(function (group) {
      if (sections.indexOf(group.options.section) < 0) { sections.push(group.options.section); }
    });
    sections.forEach(function (section) {
      var part = element("fieldset", "", box);
      element("legend", "", part, section);
      state.groups.forEach(function (group) {
        if (group.options.section !== section) { return; }
        var label = element("label", "", part), tick = element("input", "", label);
        tick.type = "checkbox"; tick.checked = !state.off[group.options.title];
        element("span", "", label, group.options.title);
        L.DomEvent.on(tick, "change", function () {
          state.off[group.options.title] = !tick.checked;
          if (state.key) { keep(state.key, state.off); }
          if (tick.checked) { map.addLayer(group); } else { map.removeLayer(group); }
          restack(map);
          placeNames(map);
        });
      });
    });
  }

  function addList(map, words) {
    var control = L.control({ position: "topright" });
    control.onAdd = function () {
      var box = element("div", "leaflet-bar ip-layers"), knob = element("button", "", box);
      knob.type = "button"; knob.title = words.layers; knob.setAttribute("aria-label", words.layers);
      knob.setAttribute("aria-expanded", "false");
      map.infraplan.list = element("div", "ip-layers-list", box);
      map.infraplan.list.hidden = true;
      L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);
      L.DomEvent.on(knob, "click", function () {
        map.infraplan.list.hidden = !map.infraplan.list.hidden;
        knob.setAttribute("aria-expanded", String(!map.infraplan.list.hidden));
      });
      return box;
    };
    control.addTo(map);
  }

  // Layers switched on again would lie on top: put casings, pipes and sites back in their order.
  function restack(map) {
    var layers = [];
    map.eachLayer(function (layer) { if (layer.options && layer.options.level) { layers.push(layer); } });
    layers.sort(function (a, b) { return a.options.level - b.options.level; });
    layers.forEach(function (layer) { if (layer.bringToFront) { layer.bringToFront(); } });
  }

  // Names step aside for symbols and for each other: each takes the place nearest to its own that is free, the names of
  // cities first. Where all is taken, a town goes without and others take the place where they cover least.
  var RINGS_PX = [0, 11, 20, 30], TOWN_RINGS = 2, AIR_PX = 2, CROWDED = 0.08;
  var ORDER = ["city", "cluster", "town"];

  function boxAt(point, width, height) {
    return { left: point.x - width / 2, right: point.x + width / 2, top: point.y - height / 2, bottom: point.y + height / 2 };
  }

  function cover(box, others) {
    return others.reduce(function (sum, other) {
      var wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      var high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      return sum + (wide > 0 && high > 0 ? wide * high : 0);
    }, 0);
  }

  function listSymbols(map) {
    var found = [];
    map.eachLayer(function (layer) {
      var size = layer instanceof L.CircleMarker && layer.options.level ? 2 * layer.getRadius() :
        (layer.options.icon && layer.options.pane === "markerPane" ? layer.options.icon.options.iconSize[0] : 0);
      if (size) { found.push(boxAt(map.latLngToLayerPoint(layer.getLatLng()), size, size)); }
    });
    return found;
  }

  function listNames(map) {
    var names = [];
    map.eachLayer(function (layer) {
      var text = layer.options.pane === "places" && layer.getElement && layer.getElement().firstElementChild;
      if (text && text.offsetWidth) {
        var kind = layer.options.icon.options.className.match(/ip-(\w+)/)[1];
        names.push({ text: text, kind: kind, at: map.latLngToLayerPoint(layer.getLatLng()),
          width: text.offsetWidth + AIR_PX, height: text.offsetHeight });
      }
    });
    return names.sort(function (a, b) { return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.width - a.width; });
  }

  function findPlace(name, symbols, placed) {
    var best = { cost: Infinity };
    RINGS_PX.slice(0, name.kind === "town" ? TOWN_RINGS : RINGS_PX.length).forEach(function (step, ring) {
      // above and below first: beside its place a name is half its own width away
      [[0, -1], [0, 1], [1, -0.6], [-1, -0.6], [1, 0.6], [-1, 0.6], [1, 0], [-1, 0]].forEach(function (way, turn) {
        if (best.cost === 0 || (!ring && turn)) { return; }
        var aside = ring ? [way[0] * (name.width / 2 + step - 4), way[1] * step] : [0, 0];
        var box = boxAt(name.at.add(aside), name.width, name.height);
        var cost = (cover(box, symbols) + 3 * cover(box, placed)) / (name.width * name.height);
        if (cost < best.cost - 0.02) { best = { cost: cost, box: box, aside: aside }; }
      });
    });
    return best;
  }

  function placeNames(map) {
    var symbols = listSymbols(map), placed = [];
    listNames(map).map(function (name) {
      var best = findPlace(name, symbols, placed), crowded = name.kind === "town" && best.cost > CROWDED;
      if (!crowded) { placed.push(best.box); }
      return [name.text, crowded, best.aside];
    }).forEach(function (told) {
      told[0].style.visibility = told[1] ? "hidden" : "";
      told[0].style.transform = "translate(calc(-50% + " + told[2][0].toFixed(1) + "px), calc(-50% + " + told[2][1].toFixed(1) + "px))";
    });
  }

  // Names of everything on the map that has one; choosing one goes there.
  function findNames(map) {
    var found = {};
    map.eachLayer(function (layer) {
      var told = layer.feature && layer.feature.properties;
      if (told && told.name && layer.getLatLng) { found[told.name] = layer; }
    });
    return found;
  }

  function addSearch(map, words) {
    var control = L.control({ position: "topright" });
    control.onAdd = function () {
      var box = element("div", "leaflet-bar ip-search"), field = element("input", "", box);
      var list = element("datalist", "", box);
      list.id = "ip-names"; field.type = "search"; field.placeholder = words.search; field.setAttribute("list", list.id);
      field.setAttribute("aria-label", words.search);
      // room for the words in any size of type and language, and for the arrow of the list
      field.style.width = (words.search.length * 0.56 + 3).toFixed(1) + "em";
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.on(box, "keydown keyup keypress", L.DomEvent.stopPropagation);
      L.DomEvent.on(field, "focus", function () {
        list.textContent = "";
        Object.keys(findNames(map)).sort().forEach(function (name) { element("option", "", list).value = plain(name); });
      });
      L.DomEvent.on(field, "change", function () {
        var wanted = field.value.trim().toLowerCase(), names = findNames(map);
        var name = Object.keys(names).sort().find(function (one) { return plain(one).toLowerCase() === wanted; }) ||
          Object.keys(names).sort().find(function (one) { return wanted && plain(one).toLowerCase().indexOf(wanted) >= 0; });
        if (!name) { return; }
        map.setView(names[name].getLatLng(), Math.max(map.getZoom(), 11));
        names[name].openTooltip();
      });
      return box;
    };
    control.addTo(map);
  }

  // Names are escaped for HTML; the list of names shows plain text.
  function plain(name) {
    var page = new DOMParser().parseFromString(name, "text/html");
    return page.documentElement.textContent;
  }

  function addMeasure(map, words) {
    var line = null, told = null, on = false;
    function clear() { if (line) { map.removeLayer(line); line = null; } if (told) { map.removeLayer(told); told = null; } }
    function step(event) {
      if (!line) { line = L.polyline([], { color: "#D6453D", weight: 2, dashArray: "4 4", interactive: false }).addTo(map); }
      line.addLatLng(event.latlng);
      var points = line.getLatLngs(), metres = 0;
      for (var i = 1; i < points.length; i += 1) { metres += map.distance(points[i - 1], points[i]); }
      var text = (metres / 1000).toLocaleString(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
      if (told) { map.removeLayer(told); }
      told = L.tooltip({ permanent: true, className: "ip-measured" }).setLatLng(event.latlng).setContent(text + " km").addTo(map);
    }
    button(map, "topleft", "measure", words.measure, function (knob) {
      on = !on; clear();
      knob.classList.toggle("ip-on", on);
      map.getContainer().classList.toggle("ip-measuring", on);
      if (on) { map.doubleClickZoom.disable(); map.on("click", step); } else { map.doubleClickZoom.enable(); map.off("click", step); }
    });
  }

  function addTools(map, words) {
    map.zoomControl.remove();
    L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
    button(map, "topleft", "full", words.full, function () {
      if (document.fullscreenElement) { document.exitFullscreen(); } else { map.getContainer().requestFullscreen(); }
    });
    addMeasure(map, words);
    addSearch(map, words);
    addList(map, words);
    var north = L.control({ position: "bottomright" });
    north.onAdd = function () {
      var box = element("div", "ip-north"); box.title = words.north;
      element("i", "", box); element("b", "", box, words.n); return box;
    };
    north.addTo(map);
  }

  // Shapes that belong to the scenario, in the group that the drawing tools edit; new ones wait to be named.
  function syncDrawn(drawn, shapes, pending) {
    var told = JSON.stringify(shapes);
    drawn.eachLayer(function (layer) {
      var own = layer.feature && layer.feature.properties.shape;
      if (own ? drawn.infraplanTold !== told : !pending) { drawn.removeLayer(layer); }
    });
    if (drawn.infraplanTold === told) { return; }
    drawn.infraplanTold = told;
    shapes.forEach(function (shape) {
      var made = shape.kind === "point" ? L.marker(shape.at, { icon: pin(shape.sort) }) :
        (shape.kind === "area" ? L.polygon(shape.at, shape.paint) : L.polyline(shape.at, shape.paint));
      made.feature = { type: "Feature", properties: { shape: shape.id } };
      made.bindTooltip(shape.tip, { sticky: true });
      drawn.addLayer(made);
    });
  }

  function pin(sort) {
    return L.divIcon({ className: "ip-pin ip-pin-" + (sort || "new"), iconSize: [16, 16] });
  }

  return {
    fit: fit,
    disc: function (feature, latlng) {
      return L.circle(latlng, { radius: feature.properties.radius_m });
    },
    label: function (feature, latlng) {
      return icon(feature, latlng, { pane: "places", interactive: false, keyboard: false });
    },
    badge: function (feature, latlng) {
      return icon(feature, latlng, { keyboard: false, zIndexOffset: feature.properties.lift || 0 });
    },
    describe: function (feature, layer) {
      if (feature.properties.tip) { layer.bindTooltip(feature.properties.tip, { sticky: true }); }
      if (feature.properties.card) { layer.bindPopup(feature.properties.card, { maxWidth: 340, autoPanPaddingTopLeft: [52, 8] }); }
      layer.on("popupopen", function () { layer.closeTooltip(); });
    },
    prepare: function (map, words, tones) {
      map.infraplan = { groups: [], moving: [], off: {} };
      onDark = tones;
      fillScreen(map);
      matchPage(map);
      // the app tells every change of its theme to the frames on its page, which paint themselves first
      window.addEventListener("message", function (said) {
        if (said.data && said.data.type === "streamlit:render") { matchPage(map); }
      });
      if (map.attributionControl) { map.attributionControl.setPrefix(false); }
      L.control.scale({ imperial: false }).addTo(map);
      addTools(map, words);
      function show() {
        var box = map.getContainer(), zoom = Math.floor(map.getZoom());
        for (var z = 6; z <= 13; z += 1) { box.classList.toggle("ip-z-" + z, zoom >= z); }
        placeNames(map);
      }
      map.on("zoomend", show);
      show();
      if (L.Draw) {
        L.Draw.Marker.prototype.options.icon = pin("new");
        L.extend(L.drawLocal.draw.toolbar, words.draw.toolbar);
        ["polyline", "polygon", "marker"].forEach(function (name) {
          L.extend(L.drawLocal.draw.handlers[name].tooltip, words.draw[name]);
        });
        L.extend(L.drawLocal.edit.toolbar, words.draw.edit);
        L.extend(L.drawLocal.edit.handlers, words.draw.handlers);
      }
    },
    // The ground is on the map: list its groups, and go where the reader was.
    settle: function (map, key) {
      var state = map.infraplan;
      state.groups = waiting; waiting = [];
      if (key) {
        state.key = key + "-off";
        state.off = recall(state.key) || {};
        state.groups.forEach(function (group) { if (state.off[group.options.title]) { map.removeLayer(group); } });
        remember(map, key);
      }
      listLayers(map);
      placeNames(map);
    },
    // Lay the plan on the ground; what lay there before has been taken off by the page's own map component.
    lay: function (map, draw, options) {
      var state = map.infraplan, layers = L.layerGroup();
      state.groups = state.groups.filter(function (group) { return state.moving.indexOf(group) < 0; });
      waiting = [];
      draw(map);
      state.moving = waiting; waiting = [];
      state.moving.forEach(function (group) {
        map.removeLayer(group);
        layers.addLayer(group);
        state.groups.unshift(group);
      });
      // the page's component listens to what is on the map now: what is switched off leaves it only after that
      layers.on("add", function () {
        setTimeout(function () {
          state.moving.forEach(function (group) { if (state.off[group.options.title]) { map.removeLayer(group); } });
          placeNames(map);
        });
      });
      layers.on("remove", function () { state.moving.forEach(function (group) { map.removeLayer(group); }); });
      listLayers(map);
      map.getContainer().classList.toggle("ip-large", Boolean(options.large));
      // which plan is shown, for whoever measures how long it took
      map.getContainer().dataset.plan = String(options.number || 0);
      if (window.drawnItems && window.drawnItems.addLayer) { syncDrawn(window.drawnItems, options.shapes || [], options.pending); }
      return layers;
    }
  };
})();
