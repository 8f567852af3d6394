import { newHexId } from '../../../core/ids.ts';
import type { IdentityContext } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { mergedOptions } from '../immutable.ts';
import { insertProject, type StoredProject } from '../projects/model.ts';
import type { Extra } from '../tables.ts';

export interface NewDomain {
  readonly id?: string | undefined;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly options?: Extra | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly extra: Extra;
}

/** Makes a domain: a project without a domain of its own. */
export function insertDomain(context: IdentityContext, domain: NewDomain): Promise<StoredProject> {
  const { name, description, enabled, options, tags, extra } = domain;
  const create = context.change((tables) =>
    insertProject(tables, {
      id: domain.id ?? newHexId(),
      name,
      domain_id: null,
      parent_id: null,
      is_domain: true,
      description: description ?? '',
      enabled: enabled ?? true,
      tags: JSON.stringify(tags ?? []),
      options: JSON.stringify(mergedOptions({}, options)),
      extra: JSON.stringify(extra),
    }),
  );
  return unlessDuplicate(create, 'projects_name', 'domain', `name ${name}.`);
}
