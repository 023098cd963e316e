/* The page of a run: what its parts share, and the one object through which they meet. */

type Draw = (
  context: CanvasRenderingContext2D, scale: number, origin: LPoint, zoom: number, full: LPoint, ratio: number
) => void;
/** A canvas over the view: draws again after each move. */
interface A92Drawing extends LLayer {
  _paneName: string; _draw: Draw; _canvas: HTMLCanvasElement; _map: LMap | null; _zoom: number; _corner: LLatLng;
  initialize(pane: string, draw: Draw): void;
  onAdd(map: LMap): void;
  onRemove(): void;
  getEvents(): Record<string, (event: LEvent) => void>;
  _animate(event: LEvent): void;
  redraw(): void;
}
interface A92Mask {
  width: number; height: number; step: number; rows: number; spans: number[]; pixels: ImageData; words: Uint32Array; word: number;
  colour(colour: string): void;
  line(line: number[]): void;
  disc(x: number, y: number): void;
  onto(canvas: HTMLCanvasElement): HTMLCanvasElement;
}
type A92DrawingClass = new (pane: string, draw: Draw) => A92Drawing;
interface PointsLook {
  classOf: Uint8Array; colours: string[]; order: number[]; crosses: (boolean | undefined)[] | null; population: Float32Array; least?: number;
}
interface PinSign {
  sign: string; colour: string; name: string; note: string; doubt: boolean; removed?: boolean; added?: boolean; other?: boolean; changed?: boolean;
}
interface A92Pin extends LMarker { signs(): number; show(list: PinSign[]): void }
interface NamedSpot { text: string; at: number[]; more: number[] }

type View = "times" | "difference";
interface PageState {
  scenario: string; choice: string; mode: string; public: string; rule: string; threshold: number; view: View; base: string;
  chosen: number | null; area: number | null; trial: TrialState;
}
/** A choice as the controls make it. */
type Changes = Partial<Pick<PageState, "scenario" | "mode" | "public" | "rule" | "threshold" | "view" | "base">>;
interface Sums {
  limit: number; last: number; total: Float64Array; after: Float64Array; untried?: Float64Array; before?: Float64Array;
  change?: Uint8Array; parts: Float64Array[];
}
interface ToldTrip { colour: string; walked?: boolean; places: number[][] }
interface WayFound { ms: number; way: Way | null; ground: Ground; isBefore: boolean }
interface PaperLayout { layOut(name: string): void; layBack(): void; isLaid(): boolean }
interface Trials {
  actions(): Action[];
  onChange(watch: () => void): void;
  drop(rows: number[]): void;
  reset(): void;
  set(list: Action[]): Promise<string[]>;
  act(action: Action): Promise<string[]>;
}
/** Something that takes the focus back. */
type Opener = HTMLElement | null;

interface App {
  map: LMap; data: PageData; model: A92Model; state: PageState; after: Nearest | null; before: Nearest | null;
  sums: Sums; look: PointsLook; classOf: Uint8Array; trials: Trials; known: Known; begun: Promise<unknown>; lastUpdateMs: number;
  picking?: ((at: LLatLng) => void) | null;
  areaBounds: LBounds[]; markerLayers: LGroup; reachDrawing?: A92Drawing; toldTrip?: ToldTrip[] | null;
  latLng(x: number, y: number): LLatLng;
  closeSheet(): void;
  fit(bounds: LBounds | LPair[]): void;
  room(): { left: number; top: number; right: number; bottom: number };
  resizing?: boolean;
  resize(): void;
  keepFocus(): () => void;
  onUpdate(follow: () => void): void;
  set(changes: Changes): Promise<void>;
  apply(): Promise<void>;
  update(popupStays?: boolean): Promise<void>;
  wait(): void;
  ready(): boolean;
  say(words: string): void;
  bringUp(part: HTMLElement): void;
  compute(): Sums;
  redraw(): void;
  redrawAreas(): void;
  redrawNames(): void;
  classes(): ClassData[];
  colourUnder(bound: number): string;
  publicLabel(): string;
  publicNoun(): string;
  modeWords(): string;
  areaAt(at: number[]): number;
  isInArea(i: number, x: number, y: number): boolean;
  isInside(at: LLatLng | LPair): boolean;
  selectArea(i: number | null): void;
  goToArea(i: number): void;
  showArea(): void;
  showWhole(): void;
  addPlacesToSearch(names: MapName[]): void;
  loadStreetNames(): Promise<void>;
  showStreetNames(names: MapName[]): void;
  readBackdrop(content: BackdropData): void;
  isochroneShapes(): Shape[];
  isDrawnByRun(): boolean;
  hasReach?(): boolean;
  closedByScenario(): number[];
  showPeople(): void;
  pointAt(at: LPoint, reach: number): number;
  describePoint(i: number): string;
  hideTip(): void;
  tellAgain(): void;
  nameOf(provider: number): string;
  isKnown(row: number): boolean;
  setCounted(row: number, isOn: boolean): Promise<unknown>;
  trialWords(): string;
  trialFaults(): string[];
  otherTrialWords?(): string[];
  trialled(): boolean;
  tried(): Action[];
  choose(provider: number | null): void;
  refreshPopup(): void;
  reachWords(provider: number): string[];
  markedPlaces(): number[][];
  showServices(): void;
  goToService(row: number): void;
  placeName(i: number): string;
  showPlaces(): void;
  showRefusal(): string[];
  misplaced(at: LLatLng): string;
  addPlace(at: LLatLng): Promise<NewPlace | null>;
  markOf(id: string): LMarker | undefined;
  moveButton?(row: number): HTMLElement[];
  overButton?(provider: number): HTMLElement[];
  wayOf(i: number, provider: number): WayFound | null;
  openWay(i: number, provider?: number, from?: Opener): void;
  closeWay(): void;
  justOver(provider: number, within: number): number[];
  openOver(provider: number, from: Opener): void;
  remember?(): void;
  setAside<T>(work: Promise<T>): Promise<T>;
  beginStates(): Promise<void>;
  keptTrials?(): KeptTrial[];
  setKept?(list: KeptTrial[]): void;
  download(name: string, parts: BlobPart[], type: string): void;
  toml(name: string): string;
  csv(): string;
  layOut(name: string): void;
  layBack(): void;
  rides(): boolean;
  timetables(): Promise<A92Timetables>;
  timetableWords(): string;
  tellTrip(trip: ToldTrip[] | null): void;
  tellLineAt(point: LPoint): boolean;
  stopNamed(name: string): Stop | undefined;
  loadTrips(): Promise<A92Trips>;
  openTrip(point: number, from?: Opener): Promise<void>;
  closeTrip(): void;
}

type Attributes = Record<string, string | number | boolean>;
type Child = Node | string;
type Part = (app: App) => void;

interface A92Part {
  <K extends keyof HTMLElementTagNameMap>(root: ParentNode, selector: K): HTMLElementTagNameMap[K];
  (root: ParentNode, selector: string): HTMLElement;
}

/** All that the scripts share. */
interface A92Scripts {
  app: App;
  byId<K extends keyof PageElements>(id: K): PageElements[K];
  part: A92Part;
  named<T extends { name: string }>(list: T[], name: string): T;
  make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes?: Attributes, children?: Child[]): HTMLElementTagNameMap[K];
  escape(text: string): string;
  lines(lines: string[]): HTMLElement;
  swatch(colour: string): HTMLElement;
  pinSign(sign: string, colour: string): HTMLElement;
  sheet(service: { name: string; sheet: SheetData }, snap: string): HTMLElement;
  paint(root: HTMLElement): void;

  bytes(text: Packed): Uint8Array;
  varints(raw: Uint8Array, at: number): Varints;
  paths(text: Packed, grid: Grid): Paths;
  base91(text: string, from: number, length: number): Uint8Array;
  unpack(name: string): Promise<ArrayBuffer>;
  tree(buffer: ArrayBuffer, names: string[]): any; // JSON: its reader says what it is
  codes(buffer: ArrayBuffer, rows: number, points: number, Type: Int16ArrayConstructor, beyond: number | null): Int16Array;

  onlineBasemap(item: BasemapData, follow: (now: "loading" | "shown" | "failed" | "off") => void): LLayer;
  onlineWords(item: BasemapData, state: string): string;
  addScale(map: LMap): void;
  followZoom(map: LMap): void;
  nameClose(map: LMap): void;
  addWhole(map: LMap, name: string, show: () => void): void;
  Drawing: A92DrawingClass;
  STREETS: [string, number, number][];
  GREEN: Record<string, string>;
  drawStreets(streets: Paths[]): Draw;
  traceLines(context: CanvasRenderingContext2D, p: Paths, scale: number, origin: LPoint, full: LPoint, far?: number): void;
  tracePaths(context: CanvasRenderingContext2D, paths: Paths, scale: number, origin: LPoint): void;
  drawShapes(shapes: () => Shape[]): Draw;
  readAround(around: AroundData, grid: Grid): Around;
  drawRails(paths: Paths | null): Draw;
  radius(zoom: number): number;
  pointAt(map: LMap, places: { x: Float64Array; y: Float64Array }, population: Float32Array, at: LPoint, reach: number): number;
  drawPoints(model: { x: Float64Array; y: Float64Array }, lookOf: () => PointsLook): Draw;
  NAMES: A92NameLooks;
  INKS: Record<string, string>;
  namedSpots(table: SpotTable | undefined, grid: Grid, more: number): NamedSpot[];
  streetNames(rows: NamedSpot[]): MapName[];
  readNames(around: AroundData, grid: Grid): MapName[];
  drawNames: { (names: () => MapName[], marks: () => number[][]): Draw; drawn: string[] };
  PIN_MOST: number;
  byPlace(services: { place?: number | null }[]): number[][];
  pin(at: LPair, options?: object): A92Pin;
  markedPlaces(map: LMap, pins: { marker: A92Pin }[]): number[][];

  number(value: number, decimals?: number): string;
  signed(value: number, decimals?: number): string;
  percent(share: number): string;
  plain(value: number | string): string;
  counted(value: number, noun: string): string;
  lower(text: string): string;
  minutes(ms: number): string;

  CLOSED: number;
  LONGEST_MS: number;
  FAR: number;
  CELL_M: number;
  REACH_M: number;
  FINE_PX: number;
  LINK: { DOORS: number; TO_ONE: number; TO_ALL: number; TO_PUBLIC: number; PRIVATE: number };
  rint(value: number): number;
  parts(buffer: ArrayBuffer): Parts;
  readStreets(buffer: ArrayBuffer): Streets;
  streetTexts(parts: Parts, n: number): (street: number) => string;
  streetIds(parts: Parts, n: number): StreetIds;
  readMode(buffer: ArrayBuffer, streets: Streets): ModeNetwork;
  streetTimes(network: ModeNetwork, kmh: number | null, closed: Set<number> | null): StreetTimes;
  reversedArcs(network: ModeNetwork, times: StreetTimes): Graph;
  wholeStreet(streets: Streets, street: number): number[];
  turnedArcs(graph: Graph): TurnedArcs;
  reachOf(graph: Graph, within: Uint8Array | null): Uint8Array;
  largestPart(graph: Graph, part: Int32Array, sizes: number[]): number;
  servesAfter(network: ModeNetwork, times: StreetTimes, graph: Graph, core: Uint8Array): Uint8Array;
  indexStreets(streets: Streets): SegmentIndex;
  aroundPlace(index: SegmentIndex, px: number, py: number, limit2: number, visit: SegmentVisit): void;
  positionOf(streets: Streets, street: number, segment: number, share: number): number;
  linkPlace(index: SegmentIndex, px: number, py: number, flags: Uint8Array, usable: (street: number) => boolean, reach: LinkReach): PlaceLink[];
  scratch(nodes: number, limit: number, typicalMs: number): Scratch;
  search(graph: Graph, seedNode: number[], seedMs: number[], count: number, scratch: Scratch): number;
  grown(array: Int32Array): Int32Array;
  cleanScratch(scratch: Scratch, reached: number): void;
  legMs(metres: number, accessKmh: number): number;
  partMs(whole: number, share: number): number;
  seedsOf(network: ModeNetwork, times: StreetTimes, links: PlaceLink[]): Seeds;
  indexHomes(network: ModeNetwork, times: StreetTimes, links: PlaceLink[][]): HomeIndex;
  alongStreet(times: StreetTimes, street: number, service: number, home: number): number;
  serviceRow(
    network: ModeNetwork, times: StreetTimes, graph: Graph, homes: HomeIndex, links: PlaceLink[], scratch: Scratch, row?: Int32Array
  ): Int32Array;
  itinerary(ground: Ground, links: PlaceLink[], home: number, limit: number): Way | null;
  partsOf(ground: Ground, seeds: Seeds, links: PlaceLink[], way: FoundWay): WayPart[];
  legsOf(parts: WayPart[], names: (street: number) => string): WayLeg[];
  lineOf(streets: Streets, part: { street: number; from: number; to: number }): LPair[];
  reachedParts(ground: Ground, seeds: Pick<Seeds, "node" | "ms">, own: PlaceLink[], limit: number): ReachedPart[];
  polynomials(given: PolynomialData): (u: number, v: number) => LPair;
  Mask: { new (width: number, height: number, wide: number): A92Mask; prototype: A92Mask };
  Grounds: { new (data: PageData): A92Grounds; prototype: A92Grounds; KEPT: number; PLACES: number };
  Model: { new (data: PageData): A92Model; prototype: A92Model };
  Trial: {
    SPEED_KMH: number[];
    THRESHOLD_MIN: number[];
    fold(actions: Action[]): FoldedTrial;
    compact(actions: Action[]): Action[];
    fault(action: unknown): string;
    newId(actions: Action[], known: string[]): string;
  };
  Link: {
    KEYS: Record<keyof Shown, string>;
    pack(value: unknown): string;
    unpack(text: string): unknown;
    write(shown: Shown, usual: Partial<Shown>): string;
    read(fragment: string, known: Known, fault: (action: unknown) => string): ReadLink;
    file(trial: TrialFile): string;
    readFile(text: string, known: Known, fault: (action: unknown) => string): { trial: KeptTrial | null; faults: string[] };
  };
  Toml: {
    text(value: string): string;
    texts(values: string[]): string;
    slug(text: string, taken: string[]): string;
    scenario(trial: KeptTrial, study: { scenarios: string[]; ids: Map<string, string> }): string;
  };
  Matching: {
    SHORT: Record<string, string>;
    plain(text: string): string;
    distance(one: string, other: string, most: number): number;
    tolerance(length: number): number;
    nearness(query: string, target: string, withMisses: boolean): number | null;
    OF_KIND: Record<string, string>;
    find(typed: string, targets: SearchTarget[], count: number): FoundTarget[];
    nothing(typed: string): string;
  };

  Timetables: { new (tree: TimetableTree, grid: Grid): A92Timetables; prototype: A92Timetables };
  Trips: { new (tree: TripTree, timetables: A92Timetables, table: Timetable): A92Trips; prototype: A92Trips };
  percentileOf(profile: MinuteOf[], percentile: number): number | null;
  tripChart(
    profile: MinuteOf[], look: { percentile: number | null; label: string; tenths(seconds: number): string }
  ): { element: SVGElement; mark(minute: number): void; minuteAt(event: MouseEvent): number };
  LINE_TYPES: { name: string; colour: string; wide: number }[];
  LINE_ORIGINS: string[];
  ASSUMED: number;
  ADDED: number;
  clock(seconds: number): string;
  lineName(line: LineData): string;

  PAPERS: Record<string, [number, number]>;
  PAPER_MARGIN_MM: number;
  paperLayout(map: LMap, box: HTMLElement, view: LPair[], above: () => HTMLElement[], begin: () => void, end: () => void): PaperLayout;
  start(map: LMap, data: PageData): void;
  picture(app: App): Promise<Blob | null>;
  layers: Part; figures: Part; areas: Part; finder: Part; services: Part; trialState: Part; newPlaces: Part; panel: Part; proof: Part;
  whatIf: Part; reachLayer: Part; states: Part; kept: Part; sorting: Part; paper: Part; transitLines: Part; transitBox: Part;
  transitStarts: Part;
}
type NameLook = [from: number, font: string | number, high: number];
interface A92NameLooks {
  commune: NameLook; station: NameLook; place: NameLook[]; river: NameLook; water: NameLook; green: NameLook; street: NameLook[];
}

/** The elements of the pages by id (run_map.html, map_header.html, and what scripts make). */
interface PageElements extends Record<
  | "a92-figure" | "a92-trial" | "a92-trial-words" | "a92-services" | "a92-map" | "a92-answer" | "a92-layers" | "a92-side" | "a92-main"
  | "a92-description" | "a92-notice" | "a92-point" | "a92-found" | "a92-new-list" | "a92-search-said" | "a92-kept-said" | "a92-copied"
  | "a92-isochrone-note" | "a92-add-refused" | "a92-services-title" | "a92-search-form" | "a92-keep",
  HTMLElement
> {
  "a92-area": HTMLElement;
  "a92-legend": HTMLDetailsElement; "a92-legend-box": HTMLDetailsElement; "a92-areas": HTMLDetailsElement;
  "a92-what-if": HTMLDetailsElement; "a92-printing": HTMLDetailsElement;
  "a92-scenario": HTMLSelectElement; "a92-mode": HTMLSelectElement; "a92-public": HTMLSelectElement; "a92-rule": HTMLSelectElement;
  "a92-base": HTMLSelectElement; "a92-threshold": HTMLSelectElement; "a92-paper": HTMLSelectElement; "a92-new-kind": HTMLSelectElement;
  "a92-search": HTMLInputElement; "a92-kept-name": HTMLInputElement; "a92-address": HTMLInputElement; "a92-read": HTMLInputElement;
  "a92-toml-text": HTMLTextAreaElement; "a92-table": HTMLTableElement; "a92-kept-table": HTMLTableElement;
  "a92-add": HTMLButtonElement; "a92-back": HTMLButtonElement; "a92-forward": HTMLButtonElement; "a92-copy": HTMLButtonElement;
  "a92-csv": HTMLButtonElement; "a92-png": HTMLButtonElement; "a92-print": HTMLButtonElement; "a92-save": HTMLButtonElement;
  "a92-sheet": HTMLButtonElement; "a92-toml": HTMLButtonElement; "a92-undo": HTMLButtonElement; "a92-kept-refresh": HTMLButtonElement;
}
interface Document { getElementById<K extends keyof PageElements>(id: K): PageElements[K] }
/** The DOM writes what it is given as text. */
interface Element { setAttribute(name: string, value: string | number | boolean): void }
interface CSSStyleDeclaration { setProperty(name: string, value: string | number): void }
interface Window { ResizeObserver?: typeof ResizeObserver }

/* What single scripts know by a name. */
interface Box { x: number; y: number; half: number; high: number }
interface NamedBox extends Box { name: MapName }
type MakeTyped = Uint16ArrayConstructor | Float32ArrayConstructor | Uint8ArrayConstructor;
interface KeptFigures { covered: number; total: number; more: number; areas: number[] }
interface ServicesPin { rows: number[]; asked: number | null; marker: A92Pin }
interface FoundSegment { street: number; segment: number; share: number; away2: number }
interface LinesOf { table: Timetable; segments: LineSegment[]; stops: number[] }
interface LineSegment { a: number; b: number; type: number; origin: number; calls: number[] }
interface Departures { line: LineData; headsign: string; from: number; at: number[] }
