import { badRequest, Fault, notFound } from '../../../core/errors.ts';
import type { NetworkService } from '../../network/index.ts';
import type { OperationRequest } from '../../operation.ts';
import { askService, type ForeignDocument } from '../proxy.ts';

/** A document of Neutron's API. */
export type NeutronDocument = ForeignDocument;

/** Runs one of the network service's own operations for the caller of a request, as Nova's proxies do. */
export const askNeutron = (
  network: Pick<NetworkService, 'name' | 'operations'>,
  request: OperationRequest,
  name: string,
  values: Parameters<typeof askService>[3] = {},
): Promise<NeutronDocument> => askService(network, request, name, values);

/** Neutron's conflicts about security groups (in use, `default`, a rule twice) are 400 in Nova; its quotas 403. */
export function asGroupFault(error: unknown): never {
  if (error instanceof Fault) {
    if (error.type === 'OverQuota') throw new Fault('forbidden', error.message);
    if (error.kind === 'conflict') throw badRequest(error.message);
    if (error.kind === 'notFound') throw notFound(error.message);
  }
  throw error;
}
