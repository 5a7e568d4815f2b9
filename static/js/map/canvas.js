/** A Leaflet layer that is one canvas over the whole view, painted by its subclass in container pixels. */

const { L } = window;

export const CanvasLayer = L.Layer.extend({
  options: { pane: "overlayPane" },

  /** Subclasses paint here; `size` is the view's size in CSS pixels. */
  paint(context, size) {},

  onAdd() {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", this.getPane());
    this.canvas.setAttribute("aria-hidden", "true");
    this.context = this.canvas.getContext("2d");
    this.redraw();
  },

  onRemove() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.canvas.remove();
    this.canvas = null;
  },

  getEvents() {
    return { move: this.paintNow, viewreset: this.paintNow, resize: this.paintNow, zoomend: this.paintNow, zoomanim: this.onZoomAnimation };
  },

  redraw() {
    if (this.canvas && !this.frame && !document.hidden) this.frame = requestAnimationFrame(() => this.paintNow());
  },

  paintNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.canvas || !this._map || this._map._animatingZoom) return;
    const size = this._map.getSize();
    fitCanvas(this.canvas, this.context, size.x, size.y);
    this.topLeft = this._map.containerPointToLatLng([0, 0]);
    L.DomUtil.setPosition(this.canvas, this._map.containerPointToLayerPoint([0, 0]));
    this.context.clearRect(0, 0, size.x, size.y);
    this.paint(this.context, size);
  },

  onZoomAnimation({ center, zoom }) {
    if (!this.topLeft) return;
    const scale = this._map.getZoomScale(zoom);
    const offset = this._map._latLngToNewLayerPoint(this.topLeft, zoom, center);
    L.DomUtil.setTransform(this.canvas, offset, scale);
  },
});

/** Sizes the bitmap for the screen's pixel ratio; changing it clears it, so only where it differs. */
export function fitCanvas(canvas, context, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
