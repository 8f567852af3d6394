import type { Projection } from '../../../ovn/desired.ts';
import type { Operation } from '../../operation.ts';
import { operationsOf, type Room } from '../collections/operations.ts';
import { extensionOperations } from '../extensions/api.ts';
import { projectionOf } from '../northbound/rows.ts';
import { tagOperations } from '../tags/api.ts';
import { extendedNoun, extendedRules } from './extended.ts';
import type { Extension, OwnerKind } from './extension.ts';

/** What all extensions together make. */
export interface Assembly {
  operations(room: Room): Operation[];
  readonly projection: Projection;
  readonly owners: ReadonlyMap<string, OwnerKind>;
  readonly constants: NonNullable<Extension['constants']>;
}

/** Puts extensions together; fails when two claim the same name, alias, noun or kind of owner. */
export function assemble(extensions: readonly Extension[]): Assembly {
  refuseTwice(
    'extension',
    extensions.map(({ name }) => name),
  );
  const aliases = extensions.flatMap((extension) => extension.aliases ?? []);
  refuseTwice(
    'alias',
    aliases.map(({ alias }) => alias),
  );
  const owners = extensions.flatMap((extension) => extension.owners ?? []);
  refuseTwice(
    'kind of owner',
    owners.map(({ kind }) => kind),
  );
  const additions = extensions.flatMap((extension) => extension.additions ?? []);
  const nouns = extensions.flatMap((extension) => extension.nouns ?? []);
  refuseTwice(
    'noun',
    nouns.map(([{ singular }]) => singular),
  );
  for (const { noun } of additions) {
    if (!nouns.some(([{ singular }]) => singular === noun)) {
      throw new Error(`an extension adds attributes to '${noun}', which is no resource`);
    }
  }
  return {
    operations: (room) => [
      ...nouns.flatMap(([noun, rules]) => {
        const own = additions.filter((addition) => addition.noun === noun.singular);
        const whole = extendedNoun(noun, own);
        return [
          ...operationsOf(room, whole, extendedRules(rules, own)),
          ...(Object.hasOwn(noun.attributes, 'tags') ? tagOperations(room, whole) : []),
        ];
      }),
      ...extensions.flatMap((extension) => extension.operations?.(room) ?? []),
      ...extensionOperations(aliases),
    ],
    projection: projectionOf(
      extensions.flatMap((extension) => extension.rows ?? []),
      extensions.flatMap((extension) => extension.memberships ?? []),
    ),
    owners: new Map(owners.map((owner) => [owner.kind, owner])),
    constants: Object.assign({}, ...extensions.map((extension) => extension.constants ?? {})),
  };
}

function refuseTwice(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`two extensions of the network service bring the ${what} '${twice}'`);
}
