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

  return {
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
      if (feature.properties.card) { layer.bindPopup(feature.properties.card, { maxWidth: 340 }); }
      layer.on("popupopen", function () { layer.closeTooltip(); });
    },
    prepare: function (map) {
      if (map.attributionControl) { map.attributionControl.setPrefix(false); }
      L.control.scale({ imperial: false }).addTo(map);
      function show() {
        var box = map.getContainer(), zoom = Math.floor(map.getZoom());
        for (var z = 6; z <= 13; z += 1) { box.classList.toggle("ip-z-" + z, zoom >= z); }
      }
      map.on("zoomend", show);
      show();
      // Layers switched on again would lie on top: put casings, pipes and sites back in their order.
      map.on("overlayadd", function () {
        var layers = [];
        map.eachLayer(function (layer) { if (layer.options && layer.options.level) { layers.push(layer); } });
        layers.sort(function (a, b) { return a.options.level - b.options.level; });
        layers.forEach(function (layer) { layer.bringToFront(); });
      });
    }
  };
})();
