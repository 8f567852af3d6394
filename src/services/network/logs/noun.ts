import { isUuid } from '../../../core/ids.ts';
import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, oneOf, orNull, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** Which packets are told of: those let through, those dropped, all. */
export type LogEvent = 'ACCEPT' | 'DROP' | 'ALL';

/** A wish to be told of packets. */
export interface LogRow extends StandardRow {
  readonly resource_type: string;
  /** A security group; null: see `coverage.ts`. */
  readonly resource_id: string | null;
  /** A port. */
  readonly target_id: string | null;
  readonly event: LogEvent;
  readonly enabled: boolean;
}

/** The kinds of resources that can be logged. */
export const LOGGABLE = ['security_group'] as const;

const { tags: _tags, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  resource_type: { type: text(255), post: true, required: true, column: 'resource_type' },
  resource_id: { type: orNull(uuid), post: true, initial: null, column: 'resource_id' },
  target_id: { type: orNull(uuid), post: true, initial: null, column: 'target_id' },
  event: { type: oneOf('ACCEPT', 'DROP', 'ALL'), post: true, initial: 'ALL', column: 'event' },
  enabled: { type: boolean, post: true, put: true, initial: true, column: 'enabled' },
} satisfies Attributes;

export const logNoun: Noun<LogRow> = {
  singular: 'log',
  plural: 'logs',
  title: 'Log resource',
  missing: 'LogResourceNotFound',
  path: '/v2.0/log/logs',
  parameter: 'log_id',
  table: 'network.logs',
  seenBy: 'manager',
  changedBy: 'manager',
  attributes,
  columns: sql`o.*`,
  view(row) {
    const { tags: _tagsOfRow, ...view } = standardView(row);
    return {
      ...view,
      resource_type: row.resource_type,
      resource_id: row.resource_id,
      target_id: row.target_id,
      event: row.event,
      enabled: row.enabled,
    };
  },
};

/** The log that an ACL's name names; undefined: it is no log of ours. */
export function logOfName(name: string): string | undefined {
  const id = /^neutron-(.*)$/.exec(name)?.[1];
  return id !== undefined && isUuid(id) ? id : undefined;
}
