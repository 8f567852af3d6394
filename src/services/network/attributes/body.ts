import { newUuid } from '../../../core/ids.ts';
import { badRequest, Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { Invalid, type Attribute, type Attributes } from './attribute.ts';

/** What a request says about one object: attribute → stored value. */
export type Values = Record<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Most objects that one request may create. */
const BULK_LIMIT = 1000;

/** The object of a body such as `{"port": {…}}`. */
export function unwrap(body: unknown, singular: string): Record<string, unknown> {
  const object = isObject(body) ? body[singular] : undefined;
  if (!isObject(object)) {
    throw badRequest(
      `Unable to find '${singular}' in request body: send {"${singular}": {...}}.`,
      'HTTPBadRequest',
    );
  }
  const other = Object.keys(body as object).find((name) => name !== singular);
  if (other !== undefined) throw unrecognized([other]);
  return object;
}

/** The objects of a creation: one, or `{"ports": […]}` for several at once. */
export function unwrapMany(
  body: unknown,
  singular: string,
  plural: string,
): { objects: Record<string, unknown>[]; bulk: boolean } {
  if (!isObject(body) || !Object.hasOwn(body, plural) || isObject(body[singular])) {
    return { objects: [unwrap(body, singular)], bulk: false };
  }
  const list = body[plural];
  if (!Array.isArray(list) || list.length === 0 || !list.every(isObject)) {
    throw badRequest(
      `'${plural}' in the request body must be a list of at least one object.`,
      'HTTPBadRequest',
    );
  }
  if (list.length > BULK_LIMIT) {
    throw badRequest(
      `'${plural}' in the request body has ${list.length} objects; one request may create ${BULK_LIMIT}.`,
      'HTTPBadRequest',
    );
  }
  // Each may be wrapped once more, as a single one is.
  const objects = list.map((item) => (isObject(item[singular]) ? unwrap(item, singular) : item));
  return { objects, bulk: true };
}

const unrecognized = (names: readonly string[]): Fault =>
  badRequest(`Unrecognized attribute(s) '${names.join(', ')}'`, 'HTTPBadRequest');

const disallowed = (action: string, name: string): Fault =>
  new Fault(
    'forbidden',
    `${action}:${name} is disallowed by policy: only administrators may set ${name}.`,
    { type: 'PolicyNotAuthorized' },
  );

function convert(name: string, attribute: Attribute, value: unknown): unknown {
  try {
    return attribute.type.convert(value);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw badRequest(`Invalid input for ${name}. Reason: ${error.message}.`, 'HTTPBadRequest');
  }
}

/**
 * The project that a new object is for: the one that is named, which administrators choose; else the attribute's
 * initial value (objects that may be for all projects) or the caller's.
 */
function projectOf(
  attributes: Attributes,
  caller: Caller,
  object: Record<string, unknown>,
): string {
  const named = [object['project_id'], object['tenant_id']].filter((value) => value !== undefined);
  if (named.length === 2 && named[0] !== named[1]) {
    throw badRequest(
      // Word for word what clients compare with.
      "'project_id' and 'tenant_id' do not match",
      'HTTPBadRequest',
    );
  }
  const initial = attributes['project_id']?.initial;
  if (typeof initial === 'string' && (named[0] ?? '') === '') return initial;
  const project = named[0] ?? caller.projectId;
  if (typeof project !== 'string' || project === '' || project.length > 255) {
    throw badRequest(
      `Invalid input for project_id. Reason: it is not a project's id.`,
      'HTTPBadRequest',
    );
  }
  if (project !== caller.projectId && !caller.isAdmin) {
    throw badRequest(
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin privileges",
      'HTTPBadRequest',
    );
  }
  return project;
}

/** The values of a new object: every attribute that was sent or has an initial value, and `project_id`. */
export function valuesOfCreation(
  attributes: Attributes,
  action: string,
  caller: Caller,
  object: Record<string, unknown>,
): Values {
  const unknown = Object.keys(object).filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw unrecognized(unknown);
  const values: Values = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = object[name];
    if (value === undefined) {
      if (attribute.required) {
        throw badRequest(
          `Failed to parse request. Required attribute '${name}' not specified.`,
          'HTTPBadRequest',
        );
      }
      if (attribute.initial !== undefined) values[name] = attribute.initial;
      continue;
    }
    if (!attribute.post) {
      throw badRequest(
        `Attribute '${name}' not allowed in POST: it cannot be chosen.`,
        'HTTPBadRequest',
      );
    }
    values[name] = convert(name, attribute, value);
    // Clients that send every attribute send the initial value too: that asks for nothing.
    const asks = JSON.stringify(values[name]) !== JSON.stringify(attribute.initial);
    if (attribute.adminSets && asks && !caller.isAdmin) throw disallowed(action, name);
  }
  delete values['tenant_id'];
  values['project_id'] = projectOf(attributes, caller, object);
  return values;
}

/** The values of an update: only what was sent. */
export function valuesOfUpdate(
  attributes: Attributes,
  action: string,
  caller: Caller,
  object: Record<string, unknown>,
): Values {
  const unknown = Object.keys(object).filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw unrecognized(unknown);
  const values: Values = {};
  for (const [name, value] of Object.entries(object)) {
    const attribute = attributes[name]!;
    if (!attribute.put) {
      throw badRequest(`Cannot update read-only attribute ${name}.`, 'HTTPBadRequest');
    }
    if (attribute.adminSets && !caller.isAdmin) throw disallowed(action, name);
    values[name] = convert(name, attribute, value);
  }
  return values;
}

/** The id of an object to be made: the one that the request intends, else a new one. */
export const idOf = (values: object): string => (values as { id?: string }).id ?? newUuid();
