import { forbidden, notFound, type Fault } from '../../core/errors.ts';
import type { OperationRequest } from '../operation.ts';

/**
 * The project whose things a request is about: the one in its path, which must be the token's. Fails as Heat does.
 */
export function projectOf(request: OperationRequest): string {
  const { tenant_id: named } = request.params;
  const { projectId } = request.caller;
  if (projectId === undefined || named !== projectId) {
    throw forbidden(
      `The token is for project ${projectId ?? '(none)'}, the address for ${named ?? '(none)'}: use the address of the catalogue.`,
      'Forbidden',
    );
  }
  return projectId;
}

/** Heat's own words for what is not there. */
export const nothing = (what: string, id: string): Fault =>
  notFound(`${what} with id ${id.slice(0, 255)} not found`, 'NotFound');
