import { documentOf, type OperationRequest, type Service } from '../operation.ts';

/** A document of another service's API. */
export type ForeignDocument = Readonly<Record<string, unknown>>;

/** Runs another service's own operation for the caller of a request, as Nova's proxies do. */
export async function askService(
  { name: service, operations }: Pick<Service, 'name' | 'operations'>,
  request: OperationRequest,
  name: string,
  values: {
    readonly params?: Readonly<Record<string, string>>;
    readonly query?: OperationRequest['query'];
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  } = {},
): Promise<ForeignDocument> {
  const operation = operations.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`the ${service} service has no operation ${name}`);
  const reply = await operation.handle({
    caller: request.caller,
    maybeCaller: request.caller,
    requestId: request.requestId,
    params: values.params ?? {},
    query: values.query ?? {},
    headers: values.headers ?? {},
    body: values.body,
    stream: request.stream,
    microversion: { major: 2, minor: 0 },
    serviceUrl: request.urlOf(service),
    urlOf: request.urlOf,
    target: '/',
    signal: request.signal,
  });
  return documentOf(reply) as ForeignDocument;
}
