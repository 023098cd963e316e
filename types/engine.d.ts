/* What computes: the network, links, searches, trials, figures. Nothing here knows of the page. */

/** Gives the next number; past the last one null, which only loops that run to the end ask about. */
type Varints = () => number;
interface Parts {
  head: any; // JSON: what it holds is the reader's to know
  has(name: string): boolean;
  of(name: string): Uint8Array;
  numbers(name: string): Varints;
}
interface Streets {
  count: number; nodes: number; from: Int32Array; to: Int32Array; first: Int32Array; x: Float64Array; y: Float64Array;
  before: Float64Array; drawn: Float64Array; lengthMm: Int32Array; nodeX: Float64Array; nodeY: Float64Array; classes: string[];
  classOf: Uint8Array; links(family: string): Uint8Array; names(street: number): string; ids: StreetIds;
}
interface StreetIds { of(street: number): string; find(id: string): number }
interface ModeHead {
  family: string; nodes: number; codes: number[][]; speed_kmh: number; access_kmh: number; parking_ms: number;
  typical_arc_ms: number; walks: boolean; cruises: boolean; slowest_kmh: number;
}
/** tail, head, directed street (−1: none), milliseconds where it has none. */
type OtherArc = number[];
interface ModeNetwork {
  head: ModeHead; streets: Streets; family: string; nodes: number; code: Int32Array; used: Int32Array; more: [Int32Array, Int32Array];
  leaveTo: Int32Array; leaveFrom: Int32Array; arriveFrom: Int32Array; arriveTo: Int32Array; removed: Set<number>;
  others: OtherArc[]; accessKmh: number; parkingMs: number;
}
interface StreetTimes { forward: Int32Array; backward: Int32Array; serves: Uint8Array }
interface Graph { start: Int32Array; arcs: Int32Array; street: Int32Array }
interface TurnedArcs { start: Int32Array; to: Int32Array }
interface SegmentIndex {
  streets: Streets; x0: number; y0: number; cell: number; rows: number; columns: number; start: Int32Array; segments: Int32Array;
  of: Int32Array;
}
/** Gives back the square of how far is still of interest. */
type SegmentVisit = (street: number, segment: number, share: number, away2: number) => number;
interface PlaceLink { street: number; position: number; metres: number }
interface Scratch {
  limit: number; shift: number; time: Int32Array; bucket: Int32Array; entries: Int32Array; touched: Int32Array; parent: Int32Array | null;
}
interface Seeds { node: number[]; ms: number[]; link: number[] }
interface HomeIndex {
  first: Int32Array; home: Int32Array; ms: Int32Array; onStreet: Map<number, { home: number; position: number; leg: number }[]>; count: number;
}
interface PlaceRow { links: PlaceLink[]; ms: Int32Array; codes?: Int16Array; ground?: Ground }
interface SearchedRow extends PlaceRow { ground: Ground }
interface Ground {
  key: string; network: ModeNetwork; times: StreetTimes; graph: Graph; before: Ground | null; serves: Uint8Array;
  rows: Map<number | string, PlaceRow>; places: Map<number | string, PlaceRow>; core?: Uint8Array; parent?: Int32Array; circuit?: boolean;
  link(x: number, y: number, bit: number): PlaceLink[]; scratch: Scratch; links: PlaceLink[][]; homes: HomeIndex;
}
interface Way { ms: number; parts: WayPart[] }
type WayKind = "access" | "street" | "egress" | "parking" | "wait";
interface WayPart { kind: WayKind; ms: number; metres: number; street: number; from: number; to: number }
/** The best that a search of one way has found, before its parts are known. */
interface FoundWay { ms: number; link: PlaceLink; node: number; partMs: number; end?: number; to?: PlaceLink }
interface WayLeg { kind: WayKind; name: string; ms: number; metres: number; parts: WayPart[] }
type ReachedPart = [street: number, from: number, to: number];

type Action =
  | { kind: "add_service"; service_id: string; name: string; service_kind: string; lon: number; lat: number }
  | { kind: "move_service"; service_id: string; lon: number; lat: number }
  | { kind: "remove_service" | "count_service"; service_id: string }
  | { kind: "close_street" | "open_street"; edge_ids: string[] }
  | { kind: "set_speed"; mode: string; speed_kmh: number | null }
  | { kind: "set_threshold"; threshold_min: number | null };
type AddedService = Extract<Action, { kind: "add_service" }>;
interface FoldedTrial {
  added: AddedService[]; moved: Map<string, LPair>; removed: Set<string>; counted: Set<string>; closed: Set<string>;
  speeds: Map<string, number>; threshold: number | null;
}
interface NewPlace { id: string; name: string; kind: string; lon: number; lat: number; number: number }
/** What is tried, in rows of services and numbers of streets. */
interface TrialState {
  removed: Set<number>; extra: Set<number>; places: NewPlace[]; moved: Map<number, LPair>; closed: Set<number>; closedIds: Set<string>;
  speeds: Map<string, number>;
}
interface KeptTrial { name: string; scenario: string; actions: Action[] }
interface TrialFile extends KeptTrial { study?: string; mode?: string; public?: string; rule?: string; threshold_min?: number }
interface Shown {
  scenario: string; choice: string; public: string; rule: string; threshold: number; view: string; base: string; area: string | null;
  at: number[] | null; actions: Action[]; kept: KeptTrial[];
}
type Known = Record<string, (string | number)[]>;
interface ReadLink { shown: Partial<Shown>; faults: string[] }

interface CodeTable { codes: Int16Array; at: Int32Array; whole?: boolean }
interface Nearest { code: Int16Array; provider: Int16Array; ms: Int32Array | null }
interface Reach { reached: number; sole: number; place: number; beside: number[] }
interface A92Grounds {
  data: PageData; blobs: Record<string, Promise<void>>; ready: Ready; made: Map<string, Ground>; index?: SegmentIndex;
  searches(mode: string): boolean;
  given(scenario: string, mode: string): GroundData;
  ask(name: string, read: (buffer: ArrayBuffer) => unknown): Promise<void>;
  load(scenario: string, mode: string): Promise<void>;
  loadStreets(): Promise<void>;
  loadHomes(): Promise<void>;
  has(scenario: string, mode: string): boolean;
  placeAt(lon: number, lat: number): LPair;
  hasStreetNear(lon: number, lat: number): boolean;
  hasCircuit(ground: Ground): boolean;
  ground(scenario: string, mode: string, trial: TrialState | null): Ground;
  make(name: string, closed: Set<number>, kmh: number | null): Ground;
  homeLinks(ground: Ground): PlaceLink[][];
  keep(name: string, read: unknown): void;
  network(name: string): ModeNetwork;
  networkOf(scenario: string, mode: string): ModeNetwork | null;
  forget(): void;
  row(ground: Ground, name: number | string, x: number, y: number): PlaceRow;
}
/** What has been unpacked, by name of its array: streets, homes, then networks (« network-walk »). */
interface Ready { network: Streets; homes: { x: Float64Array; y: Float64Array }; [mode: `network-${string}`]: ModeNetwork }
interface A92Model {
  data: PageData; known: Record<string, Promise<void> & Partial<CodeTable>>; beyond: number; grounds: A92Grounds; codesByMs: Int16Array | null;
  cached?: { key: string; nearest: Nearest }; population: Record<string, Float32Array>; total: Record<string, Float64Array>;
  area: Uint16Array; x: Float64Array; y: Float64Array;
  readPlaces(buffer: ArrayBuffer): Promise<void>;
  load(scenario: string, mode: string): Promise<unknown>;
  has(scenario: string, mode: string): boolean;
  hasOtherStreets(scenario: string, mode: string): boolean;
  searched(scenario: string, mode: string, provider: number, trial: TrialState | null): SearchedRow;
  codesOfMs(ms: Int32Array): Int16Array;
  addGuess(mode: string, guess: { from: string; codes: number[] }): void;
  modeOf(group: string, choice: string): string;
  read(name: string): CodeTable;
  table(scenario: string, mode: string): CodeTable;
  scenario(name: string): ScenarioData;
  rows(scenario: string, rule: string, trial: TrialState | null): number[];
  places(rule: string, trial: TrialState | null): NewPlace[];
  placeRows(rule: string, trial: TrialState | null): number[];
  nearest(scenario: string, mode: string, rule: string, trial: TrialState | null): Nearest;
  sums(code: ArrayLike<number> | null, group: string, limit: number): Float64Array;
  limit(threshold: number): number;
  changes(before: Nearest, after: Nearest, limit: number): Uint8Array;
  codesOf(scenario: string, mode: string, provider: number, trial: TrialState | null): Int16Array | null;
  reach(scenario: string, mode: string, rule: string, trial: TrialState, provider: number, group: string, limit: number): Reach | null;
  companions(scenario: string, rule: string, trial: TrialState, provider: number): number[];
  placeNumbers(trial: TrialState | null): (provider: number) => number;
}

interface Stop { name: string; x: number; y: number; order: number; drawn: boolean }
interface Pattern {
  parts: { from: number; line: number; headsign: number }[]; stops: number[]; noBoarding: Set<number>; noAlighting: Set<number>;
  runs: { start: number; way: { arrives: number[]; departs: number[] } }[];
}
interface Timetable { stop: number[]; arrival: number[]; departure: number[]; pattern: Pattern[]; place: number[]; leaving: number[][] }
interface LineAt { line: LineData; number: number; headsign: string }
interface A92Timetables {
  stops: Stop[]; lines: LineData[]; headsigns: string[]; tree: TimetableTree; patterns: Pattern[]; made: Timetable[];
  pattern(number: number): Pattern;
  table(number: number): Timetable;
  lineAt(table: Timetable, call: number): LineAt;
}
interface Boarding { call: number; end: number; walk: number; next: Boarding | null; rides: number; arrival: number }
interface MinuteOf { at: number; seconds: number | null; node: Boarding | null; walk?: number }
interface LegBase { begin: number; end: number; from: number | null; to: number | null }
interface RideLeg extends LegBase, LineAt { kind: "ride"; from: number; to: number; stops: number[] }
interface FootLeg extends LegBase { kind: "access" | "transfer" | "wait" | "egress" | "direct" }
type TripLeg = FootLeg | RideLeg;
interface A92Trips {
  timetables: A92Timetables; table: Timetable; access: Map<number, [number, number][]>; services: Map<number, Map<number, Boarding[]>>;
  direct: Map<number, number>[];
  profile(home: number, service: number, transit: TransitData, walked: number): MinuteOf[];
  legs(minute: MinuteOf): TripLeg[];
}
interface SearchTarget { kind: string; rank: number; name: string; detail: string; plain: string; go(): void }
interface FoundTarget { target: SearchTarget; isMiss: boolean }
