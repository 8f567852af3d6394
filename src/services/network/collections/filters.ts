import { sql, type RawBuilder } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { canonicalIp } from '../addresses/ip.ts';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import type { Attribute } from '../attributes/attribute.ts';
import { tagFilters } from '../attributes/standard.ts';
import { booleanOf } from '../attributes/types.ts';
import type { AnyNoun } from './noun.ts';

export type Query = Readonly<Record<string, readonly string[]>>;

/** Parameters that say how to list rather than what. */
const CONTROLS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);

/** A time as PostgreSQL reads it; `Date.parse` alone understands much more ("1", "Jan 1") and later years. */
function instantOf(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  // Without a zone it is UTC, as every time of the API is.
  const milliseconds = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(milliseconds)) return undefined;
  const instant = new Date(milliseconds).toISOString();
  return /^(?!0000)\d{4}-/.test(instant) ? instant : undefined;
}

/** Values of a filter that its column can hold; one that it cannot matches nothing. */
function comparable(
  attribute: Attribute,
  values: readonly string[],
): (string | number | boolean)[] {
  switch (attribute.type.comparedAs) {
    case 'uuid':
      return values.filter(isUuid);
    case 'boolean':
      return values.map(booleanOf).filter((value) => value !== undefined);
    case 'integer':
      return values.filter((value) => /^-?\d{1,9}$/.test(value)).map(Number);
    case 'inet':
      return values.map(canonicalIp).filter((value) => value !== undefined);
    case 'cidr':
      return values
        .map(parseCidr)
        .filter((range) => range !== undefined)
        .map(formatCidr);
    case 'timestamptz':
      return values.map(instantOf).filter((value) => value !== undefined);
    default:
      return [...values];
  }
}

function condition(
  attribute: Attribute,
  column: string,
  values: readonly string[],
): RawBuilder<boolean> {
  const reference = sql.ref(`o.${column}`);
  const compared = attribute.type.comparedAs;
  const type = sql.raw(compared);
  const left = compared === 'timestamptz' ? sql`date_trunc('second', ${reference})` : reference;
  const equal = sql<boolean>`${left} = any(${comparable(attribute, values)}::${type}[])`;
  // An empty value asks for what is not set; in text columns that is the empty string or null.
  if (!values.includes('')) return equal;
  return sql<boolean>`(${equal} or ${reference} is null)`;
}

/**
 * Conditions of a list: every attribute can be a filter, repeated it means any of the values.
 * A filter that does not exist fails, since ignoring it would list what was not asked for.
 */
export function filtersOf(noun: AnyNoun, caller: Caller, query: Query): RawBuilder<boolean>[] {
  const conditions: RawBuilder<boolean>[] = [];
  const unknown: string[] = [];
  for (const [name, values] of Object.entries(query)) {
    if (CONTROLS.has(name)) continue;
    const attribute = Object.hasOwn(noun.attributes, name)
      ? noun.attributes[name]
      : Object.hasOwn(noun.attributes, 'tags')
        ? tagFilters[name]
        : undefined;
    if (attribute?.adminSees && !caller.isAdmin) continue;
    if (attribute?.filter) conditions.push(attribute.filter(values, caller));
    else if (attribute?.column !== undefined) {
      conditions.push(condition(attribute, attribute.column, values));
    } else unknown.push(name);
  }
  if (unknown.length > 0) {
    throw badRequest(
      `${unknown.map((name) => `'${name.slice(0, 100)}'`).join(', ')} is invalid attribute for filtering ${noun.plural}.`,
      'HTTPBadRequest',
    );
  }
  return conditions;
}
