import {
  isAlias,
  isMap as isYamlMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type Document as YamlDocument,
  type Node,
  type YAMLMap,
} from 'yaml';
import { indented } from './indentation.ts';
import { TemplateError, type Path, type Place } from './errors.ts';
import { plainScalar, taggedScalar } from './scalars.ts';
import { isMap, mapOf, type Value, type ValueMap } from './value.ts';

/** What a document may cost to read. Heat's own limit is the first (`max_template_size`). */
export interface DocumentLimits {
  /** Bytes of UTF-8. */
  readonly bytes: number;
  /** Nodes once aliases are expanded: a page of YAML can otherwise mean gigabytes. */
  readonly nodes: number;
  /** Maps and lists inside each other. */
  readonly depth: number;
}
export const DOCUMENT_LIMITS: DocumentLimits = { bytes: 524_288, nodes: 200_000, depth: 64 };

/** Text that was read: its value, and where each part of it stands. */
export interface Document {
  readonly file: string;
  readonly value: ValueMap;
  /** Where a node stands, or the nearest node above it that is written down. */
  placeOf(path: Path): Place;
  /** Keys that stand twice in one map; the last one counts, as in Heat. */
  readonly repeated: readonly Path[];
}

/** Text, parsed; `place` answers for the text as its author wrote it. */
interface Source {
  readonly yaml: YamlDocument.Parsed;
  readonly place: (offset: number) => Place;
}

function parse(text: string): { yaml: YamlDocument.Parsed; lines: LineCounter } {
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    // Scalars and merge keys are read by us, so that they mean what they mean to PyYAML.
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return { yaml, lines };
}

/** Reads a text; throws what is wrong with it. */
function read(text: string, file: string): Source {
  const first = parse(text);
  const repaired = first.yaml.errors.length > 0 ? indented(text, (one) => parse(one)) : undefined;
  const { yaml, lines } = repaired ?? first;
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    const added = repaired?.added.get(line) ?? 0;
    return { file, line: Math.max(line, 1), column: Math.max(col - added, 1) };
  };
  const [error] = yaml.errors;
  if (error) throw new TemplateError(error.message, { place: place(error.pos[0]) });
  return { yaml, place };
}

/** Whether brackets open deeper than a limit. The parser would find out by filling the stack, in seconds. */
function bracketsDeeperThan(most: number, text: string): boolean {
  // Brackets in texts and comments count here too, so this only tells when a look is worth its time.
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > deepest) deepest = depth;
  }
  if (deepest <= most) return false;
  depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > most) return true;
  }
  return false;
}

/** The value of JSON; undefined when the text is none. Only JSON may indent with tabs. */
function jsonValue(text: string): Value | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text, (_, value: Value) =>
      isMap(value) ? mapOf(Object.entries(value)) : value,
    ) as Value;
  } catch {
    return undefined;
  }
}

/** Reads YAML or JSON whose top is a map. `file` is the name that errors give. */
export function parseText(
  text: string,
  file: string,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): Document {
  const start: Place = { file, line: 1, column: 1 };
  const size = Buffer.byteLength(text);
  if (size > limits.bytes) {
    throw new TemplateError(`is ${size} bytes long; at most ${limits.bytes} are allowed`, {
      place: start,
      type: 'RequestLimitExceeded',
    });
  }
  const tooDeep = (cause?: unknown) =>
    new TemplateError(`nests deeper than ${limits.depth} maps and lists`, { place: start, cause });
  if (bracketsDeeperThan(limits.depth, text)) throw tooDeep();
  const json = jsonValue(text);
  if (isMap(json)) {
    let known: Source | undefined;
    const placeOf = (path: Path): Place => {
      known ??= read(text, file);
      return known.place(offsetOf(known.yaml, path));
    };
    return { file, value: json, repeated: [], placeOf };
  }
  let source: Source;
  try {
    source = read(text, file);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(error);
    throw error;
  }
  const { place } = source;
  const reader = new Reader(limits, place);
  const value = source.yaml.contents === null ? mapOf([]) : reader.value(source.yaml.contents, []);
  if (!isMap(value)) {
    throw new TemplateError(
      'the template is no map: it must begin with sections such as resources',
      {
        place: start,
      },
    );
  }
  return {
    file,
    value,
    repeated: reader.repeated,
    placeOf: (path) => place(offsetOf(source.yaml, path)),
  };
}

/** Makes plain values of YAML's nodes, in the order of the text. */
class Reader {
  readonly repeated: Path[] = [];
  readonly #anchors = new Map<string, Node>();
  readonly #limits: DocumentLimits;
  readonly #place: (offset: number) => Place;
  #nodes = 0;

  constructor(limits: DocumentLimits, place: (offset: number) => Place) {
    this.#limits = limits;
    this.#place = place;
  }

  value(node: Node | null, path: Path): Value {
    if (node === null) return null;
    if (++this.#nodes > this.#limits.nodes) {
      throw this.#error(node, path, `is more than ${this.#limits.nodes} nodes with its aliases`);
    }
    if (path.length > this.#limits.depth) {
      throw this.#error(node, path, `nests deeper than ${this.#limits.depth} maps and lists`);
    }
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (!target) throw this.#error(node, path, `there is no anchor &${node.source} above`);
      return this.value(target, path);
    }
    if ('anchor' in node && node.anchor) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      const text = String(node.value ?? '');
      if (!node.tag) return node.type === 'PLAIN' || !node.type ? plainScalar(text) : text;
      const tagged = taggedScalar(node.tag, text);
      if (tagged === undefined)
        throw this.#error(node, path, `${node.tag} "${text}" has no meaning`);
      return tagged;
    }
    if (node.tag && !/^(?:!|tag:yaml\.org,2002:(?:map|seq))$/.test(node.tag)) {
      throw this.#error(node, path, `the tag ${node.tag} has no meaning here`);
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => this.value(item as Node | null, [...path, index]));
    }
    if (isYamlMap(node)) return this.#map(node, path);
    throw this.#error(node, path, 'is no value');
  }

  #map(node: YAMLMap, path: Path): ValueMap {
    const own = new Map<string, Value>();
    const merged = new Map<string, Value>();
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const item = pair.value as Node | null;
      if (isScalar(keyNode) && keyNode.value === '<<' && keyNode.type === 'PLAIN') {
        // What stands in the map itself wins, then the earlier of several merged maps.
        for (const [key, value] of this.#merges(item, path)) {
          if (!merged.has(key)) merged.set(key, value);
        }
        continue;
      }
      const key = this.#key(keyNode, path);
      if (own.has(key)) this.repeated.push([...path, key]);
      own.set(key, this.value(item, [...path, key]));
    }
    return mapOf([...[...merged].filter(([key]) => !own.has(key)), ...own]);
  }

  #key(node: Node | null, path: Path): string {
    const key = this.value(node, path);
    if (typeof key === 'string') return key;
    if (typeof key === 'object' && key !== null) {
      throw this.#error(node!, path, 'a key must be a string');
    }
    // Numbers and booleans become what JSON makes of them.
    return String(key);
  }

  #merges(node: Node | null, path: Path): [string, Value][] {
    const value = this.value(node, [...path, '<<']);
    const maps = Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
    return maps.flatMap((map) => {
      if (!isMap(map)) throw this.#error(node, path, '<< merges maps only');
      return Object.entries(map);
    });
  }

  #error(node: Node | null, path: Path, reason: string): TemplateError {
    return new TemplateError(reason, {
      path: path.slice(0, 12),
      place: this.#place(node?.range?.[0] ?? 0),
    });
  }
}

/** The offset of the node at a path, or of the last node on the way that exists. */
function offsetOf(yaml: YamlDocument.Parsed, path: Path): number {
  let node = yaml.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(yaml) ?? null;
    if (isSeq(node) && typeof step === 'number') {
      node = (node.items[step] as Node | undefined) ?? null;
      if (node?.range) offset = node.range[0];
    } else if (isYamlMap(node)) {
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === step);
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else return offset;
  }
  return offset;
}
