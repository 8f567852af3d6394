import type { NetworkService } from '../../network/index.ts';
import { documentOf, type OperationRequest } from '../../operation.ts';

/** A document of Neutron's API. */
export type NeutronDocument = Readonly<Record<string, unknown>>;

/** Runs one of the network service's own operations for the caller of a request, as Nova's proxies do. */
export async function askNeutron(
  network: Pick<NetworkService, 'operations'>,
  request: OperationRequest,
  name: string,
  values: {
    readonly params?: Readonly<Record<string, string>>;
    readonly query?: OperationRequest['query'];
    readonly body?: unknown;
  } = {},
): Promise<NeutronDocument> {
  const operation = network.operations.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`the network service has no operation ${name}`);
  const reply = await operation.handle({
    caller: request.caller,
    maybeCaller: request.caller,
    requestId: request.requestId,
    params: values.params ?? {},
    query: values.query ?? {},
    headers: {},
    body: values.body,
    stream: request.stream,
    microversion: { major: 2, minor: 0 },
    serviceUrl: request.urlOf('network'),
    urlOf: request.urlOf,
    target: '/',
    signal: request.signal,
  });
  return documentOf(reply) as NeutronDocument;
}
