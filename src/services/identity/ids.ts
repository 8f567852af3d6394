import { newHexId } from '../../core/ids.ts';
import type { OperationRequest } from '../operation.ts';

/** The id of an object to be made, as Keystone prints it: the one that the request intends, else a new one. */
export const hexIdFor = ({ intendedId }: Pick<OperationRequest, 'intendedId'>): string =>
  intendedId?.replaceAll('-', '') ?? newHexId();
