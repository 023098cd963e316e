/* The part of Leaflet 1.9 that the pages use. */

interface LPoint {
  x: number;
  y: number;
  add(other: LPoint | number[]): LPoint;
  multiplyBy(by: number): LPoint;
  divideBy(by: number): LPoint;
  round(): LPoint;
}
type LPair = [number, number];
interface LLatLng { lat: number; lng: number; equals(other: LLatLng): boolean }
interface LBounds {
  extend(place: LLatLng | LPair): LBounds;
  contains(other: LBounds | LPair[]): boolean;
  pad(share: number): LBounds;
  getNorthWest(): LLatLng;
  getSouthEast(): LLatLng;
}
/* What an event of a layer or of the map tells; each kind has a part of it. */
interface LEvent {
  type: string;
  latlng: LLatLng;
  containerPoint: LPoint;
  popup: LPopup;
  zoom: number;
  center: LLatLng;
}
interface LLayer {
  addTo(target: LMap | LGroup): this;
  remove(): this;
  on(kinds: string, heard: (event: LEvent) => void): this;
  getElement(): HTMLElement | undefined;
  bindPopup(content: () => HTMLElement, options?: object): this;
  bindTooltip(content: string | HTMLElement, options?: object): this;
  isPopupOpen(): boolean;
  openPopup(): this;
  closePopup(): this;
  setLatLng(at: LLatLng | LPair): this;
  bringToBack(): this;
}
interface LGroup extends LLayer {
  addLayer(layer: LLayer): this;
  removeLayer(layer: LLayer): this;
  hasLayer(layer: LLayer): boolean;
  clearLayers(): this;
}
interface LPath extends LLayer { getBounds(): LBounds }
interface LMarker extends LLayer {
  getLatLng(): LLatLng;
  setZIndexOffset(offset: number): this;
}
interface LPopup extends LLayer {
  _source?: LLayer;
  options: { autoPan: boolean };
  getElement(): HTMLElement;
  setContent(content: HTMLElement | string): this;
  openOn(map: LMap): this;
  update(): void;
}
interface LTooltip extends LLayer { setContent(content: HTMLElement | string): this }
interface LControl {
  addTo(map: LMap): this;
  onAdd(map: LMap): HTMLElement;
  getContainer(): HTMLElement;
}
interface LView { animate?: boolean; maxZoom?: number; paddingTopLeft?: LPair; paddingBottomRight?: LPair }
interface LCrs {
  pointToLatLng(at: LPoint, zoom: number): LLatLng;
  latLngToPoint(at: LLatLng, zoom: number): LPoint;
}
interface LMap {
  options: { crs: LCrs };
  attributionControl: { setPrefix(prefix: false): { addAttribution(html: string): void } };
  _popup?: LPopup;
  _latLngToNewLayerPoint(at: LLatLng, zoom: number, centre: LLatLng): LPoint;
  getContainer(): HTMLElement;
  createPane(name: string): HTMLElement;
  getPane(name: string): HTMLElement;
  getZoom(): number;
  getZoomScale(to: number, from: number): number;
  getSize(): LPoint;
  getCenter(): LLatLng;
  getBounds(): LBounds;
  getPixelOrigin(): LPoint;
  setView(at: LLatLng | LPair, zoom: number, options?: LView): this;
  fitBounds(bounds: LBounds | LPair[], options?: LView): this;
  invalidateSize(options?: LView): this;
  hasLayer(layer: LLayer): boolean;
  closePopup(): this;
  on(kinds: string, heard: (event: LEvent) => void): this;
  containerPointToLayerPoint(at: LPoint | LPair): LPoint;
  containerPointToLatLng(at: LPoint): LLatLng;
  latLngToContainerPoint(at: LLatLng): LPoint;
  layerPointToLatLng(at: LPoint): LLatLng;
  mouseEventToLatLng(event: MouseEvent): LLatLng;
}
/* One line of the control of layers. */
interface LLayersItem { name: string; layer: LLayer }
interface LLayersControl extends LControl { _addItem(this: LLayersControl, item: LLayersItem): HTMLElement }
interface LLayersClass {
  new (bases: null, overlays: object, options: { collapsed: boolean }): LLayersControl;
  prototype: LLayersControl;
  extend(members: Partial<LLayersControl> & ThisType<LLayersControl>): LLayersClass;
}

declare const L: {
  point(x: number, y: number): LPoint;
  latLng(lat: number, lng: number): LLatLng;
  latLng(at: LLatLng | LPair): LLatLng;
  latLngBounds(places: (LLatLng | LPair)[]): LBounds;
  layerGroup(layers?: LLayer[]): LGroup;
  polygon(rings: LLatLng[][][] | LLatLng[][], options: object): LPath;
  polyline(line: LLatLng[] | LLatLng[][], options: object): LPath;
  circleMarker(at: LLatLng | LPair, options: object): LMarker;
  marker(at: LLatLng | LPair, options: object): LMarker;
  divIcon(options: object): object;
  popup(options: object): LPopup;
  tooltip(options: object): LTooltip;
  tileLayer(url: string, options: object): LLayer;
  extend<A extends object, B extends object>(into: A, ...from: B[]): A & B;
  control: {
    (options: { position: string }): LControl;
    zoom(options: object): LControl;
    scale(options: object): LControl;
  };
  Control: { Layers: LLayersClass };
  Layer: { extend(members: Partial<A92Drawing> & ThisType<A92Drawing>): A92DrawingClass };
  CRS: { EPSG3857: LCrs };
  DomUtil: {
    create<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K];
    remove(element: HTMLElement): void;
    setTransform(element: HTMLElement, at: LPoint, scale: number): void;
  };
  DomEvent: {
    disableClickPropagation(element: HTMLElement): typeof L.DomEvent;
    disableScrollPropagation(element: HTMLElement): typeof L.DomEvent;
  };
};
