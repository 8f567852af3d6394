import type { IdentityContext, Tables } from '../context.ts';
import { seal } from '../tokens/fernet.ts';
import { isSecret } from './options.ts';
import type { Sections } from './rules.ts';

interface Wanted {
  readonly group?: string | undefined;
  readonly option?: string | undefined;
}

const select = (tables: Tables, domain: string, { group, option }: Wanted) =>
  tables
    .selectFrom('identity.domain_options')
    .select(['group', 'option', 'value', 'sealed_value'])
    .where('domain_id', '=', domain)
    .$if(group !== undefined, (query) => query.where('group', '=', group ?? ''))
    .$if(option !== undefined, (query) => query.where('option', '=', option ?? ''));

/** A domain's options by section, without secrets. */
export async function readOptions(
  tables: Tables,
  domain: string,
  wanted: Wanted = {},
): Promise<Record<string, Record<string, unknown>>> {
  const rows = await select(tables, domain, wanted)
    .where('sealed_value', 'is', null)
    .orderBy('group')
    .orderBy('option')
    .execute();
  const sections: Record<string, Record<string, unknown>> = {};
  for (const { group, option, value } of rows) (sections[group] ??= {})[option] = value;
  return sections;
}

/** Whether a domain has any such option, secrets too. */
export const hasOptions = async (
  tables: Tables,
  domain: string,
  wanted: Wanted = {},
): Promise<boolean> => (await select(tables, domain, wanted).executeTakeFirst()) !== undefined;

export const deleteOptions = (tables: Tables, domain: string, { group, option }: Wanted = {}) =>
  tables
    .deleteFrom('identity.domain_options')
    .where('domain_id', '=', domain)
    .$if(group !== undefined, (query) => query.where('group', '=', group ?? ''))
    .$if(option !== undefined, (query) => query.where('option', '=', option ?? ''))
    .execute();

/** Sets options; those that are not named stay as they are. Secrets are sealed. */
export async function writeOptions(
  context: IdentityContext,
  tables: Tables,
  domain: string,
  sections: Sections,
): Promise<void> {
  const key = context.credentialKeys.primary();
  for (const [group, options] of Object.entries(sections)) {
    for (const [option, value] of Object.entries(options)) {
      const json = JSON.stringify(value);
      const kept = isSecret(group, option)
        ? { value: undefined, sealed_value: seal(Buffer.from(json), key, new Date()) }
        : { value: json, sealed_value: null };
      await tables
        .insertInto('identity.domain_options')
        .values({ domain_id: domain, group, option, ...kept })
        .onConflict((conflict) =>
          conflict.columns(['domain_id', 'group', 'option']).doUpdateSet(kept),
        )
        .execute();
    }
  }
}
