/**
 * The kinds of things that people draw on a floor, told in one shape: {points: [[x, y], ...], fields: {...}}, in map
 * pixels with y down. Everything that differs between them is here.
 */

import { gettext } from "fleet/i18n";

const RED = "#B3261E";
const ROUTE_COLOUR = "#2d6a9e";
const pair = ([x, y]) => [x, y];

/** `closed`: an area; `box`: two corners; else a way. `least`: points at least. `pointFields`: of each point of a way. */
export const KINDS = {
  zone: {
    icon: "dangerous",
    closed: true,
    least: 3,
    list: () => gettext("Zones"),
    one: () => gettext("Zone"),
    add: () => gettext("New zone"),
    url: (id) => (id ? `/api/fleet/zones/${id}` : "/api/fleet/zones"),
    fields: () => [
      { name: "name", label: gettext("Name"), type: "text", required: true, maxlength: 150 },
      { name: "kind", label: gettext("Kind"), type: "select", options: [["red", gettext("Red zone: no entry")], ["fence", gettext("Fence: no leaving")]] },
      { name: "color", label: gettext("Colour"), type: "color" },
      { name: "active", label: gettext("Active"), type: "checkbox" },
    ],
    fresh: () => ({ name: "", kind: "red", color: RED, active: true }),
    read: ({ name, kind, color, active, polygon }) => ({ points: polygon.map(pair), fields: { name, kind, color: color.slice(0, 7), active } }),
    body: ({ points, fields }, { workspaceId, mapId }) => ({ ...fields, polygon: points, crs: "map", map_id: mapId, workspace_id: workspaceId }),
    creating: ["workspace_id"],
    label: ({ name }) => name,
    sub: ({ kind, active }) => [kind === "fence" ? gettext("Fence") : gettext("Red zone"), active ? "" : gettext("switched off")].filter(Boolean).join(" · "),
  },
  route: {
    icon: "route",
    closed: false,
    least: 2,
    list: () => gettext("Routes"),
    one: () => gettext("Route"),
    add: () => gettext("New route"),
    url: (id, floorId) => (id ? `/api/fleet/way-points/${id}` : `/api/fleet/floors/${floorId}/way-points`),
    fields: () => [
      { name: "name", label: gettext("Name"), type: "text", required: true, maxlength: 150 },
      { name: "way_point_id", label: gettext("Way point id"), type: "text", required: true, maxlength: 100 },
      { name: "color", label: gettext("Colour"), type: "color" },
      { name: "available", label: gettext("Robots may be sent on it"), type: "checkbox" },
    ],
    pointFields: () => [
      { name: "name", label: gettext("Name"), type: "text" },
      { name: "rotate", label: gettext("Rotation, °"), type: "number" },
      { name: "stay", label: gettext("Stay, s"), type: "number" },
    ],
    fresh: () => ({ name: "", way_point_id: "", color: ROUTE_COLOUR, available: true }),
    read: ({ name, way_point_id, color, available, points }) => ({
      points: points.map(({ x, y }) => [x, y]),
      extras: points.map(({ x, y, ...rest }) => rest),
      fields: { name, way_point_id, color, available },
    }),
    body: ({ points, extras, fields }) => ({ ...fields, points: points.map(([x, y], at) => ({ x, y, ...extras[at] })) }),
    label: ({ name }) => name,
    sub: ({ points, drive_distance: metres, available }) =>
      [
        gettext("%(n)s points", { n: points.length }),
        Number.isFinite(metres) ? `${Math.round(metres)} m` : "",
        available ? "" : gettext("not in use"),
      ].filter(Boolean).join(" · "),
  },
  store: {
    icon: "storefront",
    closed: true,
    least: 3,
    list: () => gettext("Stores"),
    one: () => gettext("Store"),
    add: () => gettext("New store"),
    url: (id, floorId) => (id ? `/api/fleet/stores/${id}` : `/api/fleet/floors/${floorId}/stores`),
    fields: () => [
      { name: "name", label: gettext("Name"), type: "text", required: true, maxlength: 150 },
      { name: "store_id", label: gettext("Store id"), type: "text", required: true, maxlength: 100 },
    ],
    fresh: () => ({ name: "", store_id: "" }),
    read: ({ name, store_id, polygon }) => ({ points: polygon.map(pair), fields: { name, store_id } }),
    body: ({ points, fields }) => ({ ...fields, polygon: points }),
    label: ({ name }) => name,
    sub: ({ store_id: id }) => `${gettext("Store id")} ${id}`,
  },
  region: {
    icon: "select_all",
    closed: true,
    box: true,
    least: 2,
    most: 2,
    list: () => gettext("Regions"),
    one: () => gettext("Region"),
    add: () => gettext("New region"),
    url: (id, floorId) => (id ? `/api/fleet/regions/${id}` : `/api/fleet/floors/${floorId}/regions`),
    fields: () => [
      { name: "name", label: gettext("Name"), type: "text", maxlength: 150 },
      { name: "region_id", label: gettext("Region id"), type: "text", required: true, maxlength: 100 },
    ],
    fresh: () => ({ name: "", region_id: "" }),
    read: ({ name, region_id, x, y, width, height }) => ({ points: [[x, y], [x + width, y + height]], fields: { name, region_id } }),
    body: ({ points, fields }) => ({ ...fields, ...boxOf(points) }),
    label: ({ name, region_id: id }) => name || id,
    sub: ({ region_id: id }) => `${gettext("Region id")} ${id}`,
  },
};

export const ORDER = ["zone", "route", "store", "region"];

/** Two opposite corners -> {x, y, width, height}. */
export function boxOf([[x1, y1], [x2, y2]]) {
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
}

/** The corners to draw: those of a box are four. */
export function outline(kind, points) {
  if (!KINDS[kind].box || points.length < 2) return points;
  const [[x1, y1], [x2, y2]] = points;
  return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];
}
