import { Type, type Static } from 'typebox';
import { badRequest, forbidden, notFound, type Fault } from '../../../core/errors.ts';
import { COMPLIANCE, DEFAULTS, isSecret } from './options.ts';

const Text = Type.String({ maxLength: 4096 });

/** What an option can be set to. */
export const Value = Type.Union([
  Text,
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Text, { maxItems: 256 }),
]);

/** Sections with their options. */
export const Sections = Type.Record(Type.String(), Type.Record(Type.String(), Value));
export type Sections = Static<typeof Sections>;

const invalid = (why: string): Fault => forbidden(`Invalid domain specific configuration: ${why}`);

/** Fails unless it is an option, or a section, that a domain can have. */
export function checkName(group: string, option?: string): void {
  const options = Object.hasOwn(DEFAULTS, group) ? DEFAULTS[group]! : undefined;
  if (options === undefined) {
    throw invalid(`Group ${group.slice(0, 255)} is not supported; there are identity and ldap.`);
  }
  if (option === undefined || Object.hasOwn(options, option) || isSecret(group, option)) return;
  throw invalid(`Option ${option.slice(0, 255)} in group ${group} is not supported.`);
}

/** Fails unless all of it are options that a domain can have, and there is at least one. */
export function checkSections(sections: Sections): void {
  const groups = Object.entries(sections);
  if (groups.length === 0) throw invalid('No options specified.');
  for (const [group, options] of groups) {
    const names = Object.keys(options);
    if (names.length === 0) throw invalid(`The group ${group.slice(0, 255)} has no options.`);
    for (const name of names) checkName(group, name);
  }
}

/** What a change of a section, or of one option, is to set: nothing beside what the path names. */
export function onlyNamed(given: Sections, group: string, option?: string): Sections {
  const [name] = Object.keys(given);
  if (name !== group || Object.keys(given).length > 1) {
    throw invalid(`To change the group ${group}, send it and nothing else.`);
  }
  if (option === undefined) return given;
  const options = Object.keys(given[group]!);
  if (options.length !== 1 || options[0] !== option) {
    throw invalid(`To change the option ${option} of ${group}, send it and nothing else.`);
  }
  return given;
}

/** 404 as Keystone says it. */
export const noConfiguration = (domain: string, group?: string, option?: string): Fault =>
  notFound(
    `Could not find ${
      group === undefined
        ? 'any options'
        : option === undefined
          ? `group ${group}`
          : `option ${option} in group ${group}`
    } in domain configuration for domain ${domain}.`,
  );

/** Fails unless the option may be read by everybody, of the domain of which Keystone tells it. */
export function checkCompliance(domain: string, option?: string): void {
  if (domain !== 'default') {
    throw invalid(
      'Reading security compliance information for any domain other than the default domain is not allowed or supported.',
    );
  }
  if (option !== undefined && !(COMPLIANCE as readonly string[]).includes(option)) {
    throw invalid(
      `Reading security compliance values other than ${COMPLIANCE.join(' and ')} is not allowed.`,
    );
  }
}

/** Fails for what has no default that could be shown. */
export function checkDefault(group: string, option?: string): void {
  checkName(group, option);
  if (option !== undefined && !Object.hasOwn(DEFAULTS[group]!, option)) {
    throw badRequest(
      `Reading the default for option ${option} in group ${group} is not supported.`,
    );
  }
}
