import { Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { isMap, parseText, type Value, type ValueMap } from '../language/index.ts';
import { member } from '../language/value.ts';
import type { OrchestrationDatabase } from '../tables.ts';
import type { DefinitionRequest, GivenDefinition } from '../templates/request.ts';

/** What `abandon` or `export` once told of a stack. */
export interface Adopted {
  readonly definition: DefinitionRequest;
  readonly resources: ValueMap;
}

/** Reads the data of a stack that is to be taken in; undefined when there is none. */
export function readAdopted(data: unknown): Adopted | undefined {
  if (data === undefined || data === null || data === '') return undefined;
  const document = typeof data === 'string' ? parseText(data, 'adopt_stack_data').value : data;
  if (!isMap(document)) {
    throw new Fault('badRequest', 'Invalid adopt data: it is the document that abandon gave.');
  }
  const resources = member(document, 'resources') ?? {};
  return {
    definition: {
      template: member(document, 'template'),
      environment: member(document, 'environment'),
      files: member(document, 'files'),
    },
    resources: isMap(resources) ? resources : {},
  };
}

const text = (value: Value | undefined): string | null =>
  typeof value === 'string' ? value : null;

/** Writes down the things that a stack takes in; the engine then looks whether they are there. */
export async function adoption(
  tables: OrchestrationDatabase,
  stackId: string,
  { template }: GivenDefinition,
  { resources }: Adopted,
): Promise<void> {
  const rows = [...template.resources.values()].flatMap((definition) => {
    const known = member(resources, definition.name);
    const physical = isMap(known) ? text(member(known, 'resource_id')) : null;
    if (!isMap(known) || physical === null || isMap(member(known, 'resources') ?? null)) return [];
    const json = (value: unknown) => JSON.stringify(value) as never;
    return [
      {
        id: newUuid(),
        stack_id: stackId,
        name: definition.name,
        type: definition.type,
        action: 'ADOPT' as const,
        status: 'IN_PROGRESS' as const,
        reason: 'state changed',
        physical_id: physical,
        intended_id: newUuid(),
        needs: json([]),
        metadata: json(member(known, 'metadata') ?? {}),
        template_metadata: json({}),
        update_policy: json({}),
        data: json(member(known, 'resource_data') ?? {}),
        deletion_policy: 'Delete' as const,
        external: false,
        description: definition.description,
        generation: 1,
        hooks: json({}),
        unhealthy: false,
        created_at: new Date(),
      },
    ];
  });
  if (rows.length > 0) {
    await tables
      .insertInto('orchestration.resources')
      .values(rows as never)
      .execute();
  }
}
