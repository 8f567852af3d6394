import { conflict, forbidden, notFound, type Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { policy } from '../policy.ts';
import type { MetadefModel } from './model.ts';
import { KEPT } from './schema.ts';
import type { Document, Kind, NamespaceRow } from './tables.ts';

/** Set by the service only. */
const READ_ONLY = ['self', 'schema', 'created_at', 'updated_at'];

export const namespaceNotFound = (name: string): Fault =>
  notFound(`Metadata definition namespace=${name.slice(0, 80)} was not found.`);

export const duplicate = (what: string, name: string): Fault =>
  conflict(`A metadata definition ${what} with name=${name} already exists.`);

/** The namespace, for an action; 404 when the caller may not see it. */
export async function namespaceFor(
  action: 'get_metadef_namespace' | 'modify_metadef_namespace',
  metadefs: MetadefModel,
  caller: Caller,
  name: string,
): Promise<NamespaceRow> {
  const row = await metadefs.find(name);
  if (row === undefined || !policy.allows('get_metadef_namespace', caller, row))
    throw namespaceNotFound(name);
  policy.require(action, caller, row);
  return row;
}

/** Fails with 403 when a body has what clients do not set. */
export function checkWritable(body: object): void {
  const name = READ_ONLY.find((each) => Object.hasOwn(body, each));
  if (name !== undefined) throw forbidden(`Attribute '${name}' is read-only.`);
}

/** What is kept of a body for an entry of that kind. */
export function documentOf(kind: Kind, body: Readonly<Record<string, unknown>>): Document {
  const kept = KEPT[kind].flatMap((name) => {
    const value = body[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(kept) as Document;
}
