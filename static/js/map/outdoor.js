/**
 * The outdoor map without a network: Natural Earth land on a canvas, coarse below zoom 6 and detailed from there, never
 * both for one country. Tiles of a server of one's own lie on top where they are configured.
 */

import { getJson } from "fleet/api";
import { gettext } from "fleet/i18n";
import { Graticule } from "fleet/map/grid";
import { onPalette, palette } from "fleet/palette";

const { L } = window;
const DETAIL_FROM = 6;
const HOME = [[33.0, 124.5], [39.0, 131.0]];
const TILE_ERRORS = 4;
const TILE_ERRORS_WITHIN_MS = 5000;

/** `basemap`: {world, detail} addresses of GeoJSON; `tiles`: {url, attribution, max_zoom} or null. */
export function outdoorMap(element, { basemap, tiles, onTilesLost = () => {} }) {
  const map = L.map(element, {
    zoomControl: false,
    minZoom: 2,
    maxZoom: 20,
    maxBounds: [[-85, -400], [85, 400]],
    zoomSnap: 0.5,
    keyboard: true,
  });
  map.attributionControl.setPrefix(false).addAttribution(gettext("Natural Earth · offline base map"));
  L.control.zoom({ position: "bottomright", zoomInTitle: gettext("Zoom in"), zoomOutTitle: gettext("Zoom out") }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  for (const [name, z] of [["land", 200], ["grid", 205], ["marks", 450]]) {
    map.createPane(name).style.zIndex = z;
    map.getPane(name).style.pointerEvents = "none";
  }
  map.fitBounds(HOME);
  addLand(map, basemap);
  new Graticule({ pane: "grid" }).addTo(map);
  if (tiles) addTiles(map, tiles, onTilesLost);
  return map;
}

function landStyle() {
  return { stroke: true, color: palette["map-border"], weight: 1, fillColor: palette["map-land"], fillOpacity: 1 };
}

async function addLand(map, basemap) {
  const world = await getJson(basemap.world).catch(() => null);
  if (!world) return;
  const style = landStyle;
  const options = { renderer: L.canvas({ pane: "land", padding: 0.4 }), interactive: false, style };
  const rest = L.geoJSON(null, options).addTo(map);
  const coarse = L.geoJSON(null, options);
  let fine = null;
  const detailed = new Set(basemap.detailed);
  for (const feature of world.features) {
    (detailed.has(feature.properties.name) ? coarse : rest).addData(feature);
  }
  const choose = async () => {
    const near = map.getZoom() >= DETAIL_FROM;
    if (near && !fine) {
      fine = L.geoJSON(null, options);
      const data = await getJson(basemap.detail).catch(() => null);
      if (!data) fine = null;
      else fine.addData(data);
    }
    const wanted = map.getZoom() >= DETAIL_FROM && fine ? fine : coarse;
    for (const layer of [coarse, fine]) if (layer && layer !== wanted) layer.remove();
    wanted.addTo(map);
  };
  map.on("zoomend", choose);
  onPalette(() => [rest, coarse, fine].forEach((layer) => layer?.setStyle(landStyle())));
  await choose();
}

/** A burst of failures means no network: back to the vector map, and say so. */
function addTiles(map, { url, attribution, max_zoom: maxZoom }, onTilesLost) {
  map.createPane("tiles").style.zIndex = 210;
  const layer = L.tileLayer(url, { pane: "tiles", attribution, maxNativeZoom: maxZoom, maxZoom: 20 }).addTo(map);
  let errors = [];
  layer.on("tileerror", () => {
    const now = performance.now();
    errors = [...errors.filter((at) => now - at < TILE_ERRORS_WITHIN_MS), now];
    if (errors.length >= TILE_ERRORS && map.hasLayer(layer)) {
      layer.remove();
      onTilesLost();
    }
  });
}
