import type { Operation, OperationRequest } from '../../operation.ts';

/** Answers that are kept: more would be of people who try things out. */
const LIMIT = 200;

const LISTS: ReadonlySet<string> = new Set(['list_flavors', 'list_flavors_detail']);

/** All that an answer depends on beside the flavors. */
const keyOf = (name: string, { caller, microversion, serviceUrl, query }: OperationRequest) =>
  JSON.stringify([
    name,
    caller.isAdmin,
    caller.projectId,
    microversion.minor,
    serviceUrl,
    Object.entries(query),
  ]);

/**
 * Lists of flavors are asked for before every server and change hardly ever: they are answered from memory until one
 * of these operations, which are all that write flavors, has changed something. The control plane is one process.
 */
export function remembering(operations: readonly Operation[]): Operation[] {
  const answers = new Map<string, string>();
  /** Counts the changes: what was read before one is not kept after it. */
  let epoch = 0;
  return operations.map((operation) => {
    if (LISTS.has(operation.name))
      return {
        ...operation,
        async handle(request) {
          const key = keyOf(operation.name, request);
          const known = answers.get(key);
          if (known !== undefined) return { body: known };
          const before = epoch;
          const body = JSON.stringify((await operation.handle(request)).body);
          if (epoch === before) {
            if (answers.size >= LIMIT) answers.clear();
            answers.set(key, body);
          }
          return { body };
        },
      };
    if (operation.method === 'GET') return operation;
    return {
      ...operation,
      async handle(request) {
        try {
          return await operation.handle(request);
        } finally {
          epoch++;
          answers.clear();
        }
      },
    };
  });
}
