import { badRequest, conflict, forbidden, notFound } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { loadPackages } from '../../../core/packages.ts';
import { builtinTypes } from './builtin.ts';
import type { Properties, Property } from './property.ts';
import { ReplacementNeeded, ResourceFailure, type ResourceType } from './type.ts';

/** What a package with types gets, so that it needs no import of this repository but types. */
export interface TypeKit {
  /** Thrown by `isCreated`, `check` and others: the thing has failed, or is gone. */
  readonly ResourceFailure: typeof ResourceFailure;
  /** Thrown by `update`: only a new resource will do. */
  readonly ReplacementNeeded: typeof ReplacementNeeded;
  /** What a request is answered with: a sentence, and Heat's name of the error. */
  readonly faults: {
    readonly badRequest: typeof badRequest;
    readonly conflict: typeof conflict;
    readonly forbidden: typeof forbidden;
    readonly notFound: typeof notFound;
  };
  readonly log: Logger;
}

/** The default export of a package with types. */
export type TypeModule = (
  kit: TypeKit,
) => readonly ResourceType[] | Promise<readonly ResourceType[]>;

/** Loads types by the names of their packages, or absolute paths; one that cannot be used fails the start. */
export async function loadTypes(
  names: readonly string[],
  home: string,
  log: Logger,
): Promise<ResourceType[]> {
  const taken = new Set(builtinTypes.flatMap(namesOf));
  const loaded = await loadPackages(
    names,
    home,
    'package of resource types',
    async (make, name) => {
      const kit: TypeKit = {
        ResourceFailure,
        ReplacementNeeded,
        faults: { badRequest, conflict, forbidden, notFound },
        log: log.child({ types: name }),
      };
      const types: unknown = await (make as TypeModule)(kit);
      if (!Array.isArray(types))
        throw new Error('its default export does not give a list of types');
      for (const type of types) {
        checkType(type as unknown);
        for (const one of namesOf(type as ResourceType)) {
          if (taken.has(one)) throw new Error(`there is a type ${one} already`);
          taken.add(one);
        }
      }
      return types as ResourceType[];
    },
  );
  return loaded.flat();
}

const namesOf = ({ name, aliases = [] }: ResourceType): string[] => [name, ...aliases];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NAME = /^[A-Za-z][\w.-]*(::[A-Za-z][\w.-]*)+$/;
const KINDS = ['string', 'number', 'integer', 'boolean', 'map', 'list', 'any'];
/** Steps that must be functions if they are there. */
const STEPS =
  `create isCreated update isUpdated delete isDeleted makeWay takeBack check suspend isSuspended resume isResumed
  snapshot isSnapshotted restored deleteSnapshot signal attribute describe reference nested mustReplace validate
  needs`.split(/\s+/);

/** Says what is wrong with a type that nobody has compiled against the contract. */
function checkType(type: unknown): asserts type is ResourceType {
  if (!isObject(type)) throw new Error('one of its types is no object');
  const { name, aliases = [], description, properties, attributes = {} } = type;
  for (const one of [name, ...(aliases as unknown[])]) {
    if (typeof one !== 'string' || !NAME.test(one)) {
      throw new Error(`${JSON.stringify(one)} is no name of a type: write Some::Kind::Thing`);
    }
  }
  const who = name as string;
  if (typeof description !== 'string') throw new Error(`${who} has no description`);
  if (typeof type['create'] !== 'function') throw new Error(`${who} has no create`);
  for (const step of STEPS) {
    if (type[step] !== undefined && typeof type[step] !== 'function') {
      throw new Error(`${who}: ${step} is no function`);
    }
  }
  checkProperties(who, properties);
  checkProperties(who, attributes);
}

function checkProperties(where: string, properties: unknown): asserts properties is Properties {
  if (!isObject(properties)) throw new Error(`${where} has no properties: write {} for none`);
  for (const [name, property] of Object.entries(properties))
    checkProperty(`${where} ${name}`, property);
}

function checkProperty(where: string, property: unknown): asserts property is Property {
  if (!isObject(property) || !KINDS.includes(property['type'] as string)) {
    throw new Error(`${where}: its type must be one of ${KINDS.join(', ')}`);
  }
  if (typeof property['description'] !== 'string') throw new Error(`${where} has no description`);
  if (property['items'] !== undefined) checkProperty(`${where}.*`, property['items']);
  if (property['members'] !== undefined) checkProperties(where, property['members']);
}
