/* What Python writes into the pages, as JSON (outputs/maps/run_map/content.py, outputs/maps/page.py) or packed. */

/** x and y of the origin, and the step, as fractions of the world. */
type Grid = [number, number, number];
/** Bytes, or their base64 text. */
type Packed = string | Uint8Array;
interface Paths { x: Float64Array; y: Float64Array; start: number[] }
interface Shape { polygons: Paths[]; fill?: string; strokes?: [string, number][] }
interface SpotTable { names: string[]; rows: Packed }
interface AroundData {
  communes?: [number, number, string][];
  places?: [number, number, number, string][];
  stations?: [number, number, string][];
  nature?: [number, number, "river" | "water" | "wood" | "park", string][];
  roads?: SpotTable;
  green?: Record<string, Packed[]>;
  rails?: Packed | null;
}
interface MapName {
  at: number[]; text: string; from: number; font: string; high: number; kind?: string; mark?: number; turn?: number; wide?: string;
}
interface Around { green: Shape[]; rails: Paths | null; names: MapName[] }
interface BasemapData { url: string; host: string; label: string; attribution: string; max_zoom: number }
interface SheetData { move?: string; doubt?: string; rows: [string, (string | [string, string])[]][] }

interface ServiceData {
  id: string; study_id: string; name: string; kinds: string[]; lon: number; lat: number; sign: string; colour: string;
  doubt: boolean; place: number; sheet: SheetData & { snap: string[] };
}
interface ModeData { name: string; label: string; exact: string; note: string; kmh: number | null; offered: boolean }
interface PublicData { name: string; label: string; noun: string; base: string; modes: Record<string, string>; groups: number }
interface ScenarioData {
  name: string; title: string; description: string; rows: number[]; rules: string[]; mobile: boolean; kmh: Record<string, number>;
}
interface ClassData { to: number | null; colour: string; label: string }
interface KindData { name: string; label: string; sign: string; colour: string }
interface PolynomialData { u: [number, number]; v: [number, number]; x: number[][]; y: number[][] }
interface GroundData { network: string; closed: number[] }
interface NetworkData {
  modes: string[]; grounds: Record<string, GroundData>; services_cm: [number, number][]; reach: LinkReach; same_place_m: number;
  limit_ms: number; projection: { to_m: PolynomialData; to_world: PolynomialData };
}
interface LinkReach { limitM: number; radiusM: number }
interface TransitData {
  window: [number, number]; slack: number; longest: number; percentile: number; trips: Record<string, number>;
  timetables: Record<string, number>;
  words: {
    percentile: string; window: string; days: Record<string, string>; notes: Record<string, string>; timetable: string;
    access: Record<string, string>;
  };
}
/** `network` is null in the page of results without routers: model.grounds.searches(mode) tells before anything asks of it. */
interface PageData {
  grid: Grid; fine: Grid; view: LPair[]; points: number; edges: number[]; least_change_ms: number; network: NetworkData; thresholds: number[];
  cutoff: number; headline: { mode: string; threshold: number }; modes: ModeData[];
  guesses: Record<string, { from: string; codes: number[] }>; publics: PublicData[]; rules: { name: string; label: string }[];
  scenarios: ScenarioData[]; services: ServiceData[]; order: number[]; other_streets: Record<string, number[]>;
  changed_streets: string[]; areas: string[]; area_ids: string[]; postcodes: [string, number[]][]; classes: ClassData[][];
  more_classes: Record<number, ClassData[]>; changes: { name: string; colour: string; label: string }[]; kinds: KindData[];
  words: { population: string; services: string; streets: string; demo: boolean; study: string; whole: string; title: string };
  basemap: BasemapData | null; transit: TransitData;
}
/** The packed backdrop, once A92.tree has read it. */
interface BackdropData {
  streets: Packed[]; water: Packed[][]; areas: Packed[][]; isochrones: Packed[][]; isochrones_of: [number, number][];
  green?: Record<string, Packed[]>; rails?: Packed; around: AroundData;
}

/** What a single map or a difference map is given (outputs/maps/single.py, difference.py). */
interface SingleService {
  name: string; kind: string; lon: number; lat: number; sign: string; colour: string; doubt: boolean; counted: boolean;
  changed?: boolean; place?: number | null; sheet: (SheetData & { snap: string }) | null; layer: LLayer | null;
}
interface SingleData {
  grid: Grid; fine: Grid; view: LPair[]; streets: Packed[]; water: Packed[][]; around: AroundData; basemap: BasemapData | null;
  people: Record<"x" | "y" | "hundredths" | "population" | "service", string> &
    Partial<Record<"change" | "hundredths_before" | "service_before", string>>;
  classes: { to_hundredths: number; colour: string; label: string; cross?: boolean }[];
  isochrones: { label: string; colour: string; shown: boolean; polygons: Packed[] }[];
  areas: { polygons: Packed[]; tip: string[] }[]; services: SingleService[]; kinds: { kind: string; label: string; colour: string }[];
  words: { areas: string; beyond: string; whole: string; attribution: string; title: string };
}

/** Trees of public transport (packed_timetables.py, packed_trips.py). */
type LineData = [name: string, type: number, origin: number];
interface TimetableTree {
  stops: Uint8Array; names: string[]; drawn: number; lines: LineData[]; headsigns: string[]; patterns: Uint8Array[]; timetables: number[][];
}
interface TripTree extends Record<"homes" | "walks" | "stops" | "departures" | "ridden" | "following" | "boarding_walks" | "direct", Uint8Array> {
  services: [number, number][];
}
