import type { Document as YamlDocument, LineCounter } from 'yaml';

interface Parsed {
  readonly yaml: YamlDocument.Parsed;
  readonly lines: LineCounter;
}
/** A text that could be parsed once lines of it were indented, and the spaces added to each line. */
export interface Indented extends Parsed {
  readonly added: ReadonlyMap<number, number>;
}

/** Enough to stand deeper than anything that our limits allow. */
const SPACES = 200;
const MOST_ATTEMPTS = 24;
/** Characters that all attempts together may parse: a long text that cannot be helped must not cost minutes. */
const MOST_CHARACTERS = 2_000_000;

/** Where a quoted text that begins at an offset ends; -1 when nowhere. */
function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== "'") return at;
      at++;
    }
  }
  return -1;
}

/** Where the quoted text that breaks off at an offset began: the last quote that opens before it. */
function openingQuote(text: string, end: number): number {
  const lineStart = text.lastIndexOf('\n', end - 1) + 1;
  const match = /(?:^|[\s,[{:-])(["'])/g;
  match.lastIndex = lineStart;
  for (let found = match.exec(text); found && found.index < end; found = match.exec(text)) {
    const start = found.index + found[0].length - 1;
    const close = closingQuote(text, start);
    if (close < 0 || close >= end) return close < 0 ? -1 : start;
    match.lastIndex = close + 1;
  }
  return -1;
}

/**
 * YAML 1.2 wants the further lines of a quoted text, and the end of a bracket, indented deeper than the key
 * they belong to; PyYAML, which reads templates for Heat, does not mind, and public templates rely on it.
 * Spaces at the beginning of such lines mean nothing, so they are added where the parser complains until it
 * is content. Undefined when that does not help.
 */
export function indented(text: string, parse: (text: string) => Parsed): Indented | undefined {
  const added = new Map<number, number>();
  let current = text;
  let reached = -1;
  const attempts = Math.min(MOST_ATTEMPTS, Math.ceil(MOST_CHARACTERS / (text.length + 1)));
  for (let attempt = 0; attempt < attempts; attempt++) {
    const parsed = parse(current);
    const [error] = parsed.yaml.errors;
    if (!error) return { ...parsed, added };
    const at = error.pos[0];
    let [from, to] = [0, 0];
    if (error.code === 'MISSING_CHAR' && /quote/.test(error.message)) {
      const start = openingQuote(current, at);
      if (start < 0) return undefined;
      from = parsed.lines.linePos(start).line + 1;
      to = parsed.lines.linePos(closingQuote(current, start)).line;
    } else if (error.code === 'BAD_INDENT') {
      from = parsed.lines.linePos(at).line;
      // The bracket may break off at the end of the line before.
      if (!/^\s*[\]}]/.test(current.split('\n')[from - 1] ?? '')) from++;
      to = from;
    }
    if (from <= 0 || to < from || from <= reached) return undefined;
    reached = to;
    const lines = current.split('\n');
    for (let line = from; line <= to; line++) {
      if (lines[line - 1] === undefined) return undefined;
      lines[line - 1] = ' '.repeat(SPACES) + lines[line - 1];
      added.set(line, (added.get(line) ?? 0) + SPACES);
    }
    current = lines.join('\n');
  }
  return undefined;
}
