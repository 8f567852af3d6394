import { Type } from 'typebox';
import { forbidden } from '../../core/errors.ts';
import type { Extra } from './tables.ts';

/** `options` of domains, projects and roles: https://docs.openstack.org/keystone/latest/admin/resource-options.html */
export const ResourceOptions = Type.Object(
  { immutable: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])) },
  { additionalProperties: false },
);

interface Resource {
  readonly id: string;
  readonly options: Extra;
}

/** The options after a change; null removes one. */
export const mergedOptions = (old: Extra, given: Extra | undefined): Extra =>
  Object.fromEntries(Object.entries({ ...old, ...given }).filter(([, value]) => value !== null));

/**
 * Fails for what is immutable, unless the change does nothing but end that.
 * @param kind such as `project`
 * @param change members of the request
 */
export function checkMutable(kind: string, resource: Resource, change: object): void {
  if (resource.options['immutable'] !== true) return;
  const members = Object.entries(change).filter(([, value]) => value !== undefined);
  const [name, value] = members[0] ?? [];
  const options = value as Extra | undefined;
  const ends = members.length === 1 && name === 'options' && !options?.['immutable'];
  if (ends && options !== undefined && 'immutable' in options) return;
  throw forbidden(
    `Unable to update immutable ${kind} resource: \`${resource.id}\`. Set resource option "immutable" to false first.`,
  );
}

/** Fails for what is immutable. */
export function checkDeletable(kind: string, resource: Resource): void {
  if (resource.options['immutable'] !== true) return;
  throw forbidden(
    `Unable to delete immutable ${kind} resource: \`${resource.id}\`. Set resource option "immutable" to false first.`,
  );
}
