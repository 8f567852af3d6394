import type { Operation, Service } from '../services/operation.ts';
import { dialectOf } from './dialects/index.ts';

/** The part of a microversion range that belongs to a description: " (2.10 to 2.91)". */
const range = ({ since, until }: Operation): string =>
  since || until ? ` (microversion ${since ?? 'first'} to ${until ?? 'latest'})` : '';

function describe(operation: Operation, service: Service): Record<string, unknown> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const query = (operation.query as { properties?: Record<string, unknown> } | undefined)
    ?.properties;
  const mediaType =
    operation.bodyKind === 'stream'
      ? 'application/octet-stream'
      : (operation.mediaTypes?.[0] ?? 'application/json');
  return {
    operationId: `${service.name}.${operation.name}`,
    summary: operation.summary + range(operation),
    tags: [service.name],
    security: operation.role === 'public' ? [] : [{ token: [] }],
    'x-role': operation.role,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...Object.entries(query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema })),
    ],
    ...(operation.body || operation.bodyKind === 'stream'
      ? { requestBody: { content: { [mediaType]: { schema: operation.body ?? {} } } } }
      : {}),
    responses: {
      [operation.success]: {
        description: 'Success',
        ...(operation.reply
          ? { content: { 'application/json': { schema: operation.reply } } }
          : {}),
      },
      default: { description: `An error in the words of the ${service.name} service` },
    },
  };
}

/**
 * One OpenAPI 3.1 document of everything the cloud answers, made from the operations themselves
 * (https://spec.openapis.org/oas/v3.1.0). Where microversions give one path several operations, the newest
 * stands in the document.
 */
export function openApi(services: readonly Service[], root: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const service of services) {
    const { prefix } = dialectOf(service.name);
    for (const operation of service.operations) {
      const item = (paths[prefix + operation.path] ??= {});
      item[operation.method.toLowerCase()] = describe(operation, service);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ovenbird',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: root }],
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
    paths,
  };
}
