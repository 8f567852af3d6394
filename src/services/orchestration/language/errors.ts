import { Fault } from '../../../core/errors.ts';

/** Steps from the top of a document to a node: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[];

/** Where something stands: the file's name as its author knows it, line and column counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A path as messages show it: `resources.web.properties.networks[0].port`. */
export const pathText = (path: Path): string =>
  path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('');

/** A template, an environment or a parameter that cannot be used; says where, why and what comes closest. */
export class TemplateError extends Fault {
  readonly path: Path;
  readonly place: Place | undefined;
  /** The reason alone, without place and path. */
  readonly reason: string;

  constructor(
    reason: string,
    where: { path?: Path; place?: Place | undefined; type?: string; cause?: unknown } = {},
  ) {
    const path = where.path ?? [];
    const place = where.place && `${where.place.file}:${where.place.line}:${where.place.column}`;
    super('badRequest', [place, pathText(path), reason].filter(Boolean).join(': '), {
      type: where.type ?? 'StackValidationFailed',
      cause: where.cause,
    });
    this.name = 'TemplateError';
    this.reason = reason;
    this.path = path;
    this.place = where.place;
  }
}

/** Edits (insert, delete, change, swap two neighbours) between two words. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1);
      }
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[other.length]!;
}

/** The valid name nearest to what was written, when it is near enough to be meant. */
export function nearest(name: string, valid: Iterable<string>): string | undefined {
  if (name.length > 255) return undefined;
  const most = Math.max(1, Math.floor(name.length / 3));
  let found: string | undefined;
  let best = most + 1;
  for (const candidate of valid) {
    if (Math.abs(candidate.length - name.length) >= best) continue;
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < best) [best, found] = [edits, candidate];
  }
  return found;
}

/** " Did you mean X?" when some valid name is near; else nothing. */
export function didYouMean(name: string, valid: Iterable<string>): string {
  const found = nearest(name, valid);
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}
