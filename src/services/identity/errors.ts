import { conflict, Fault, forbidden, notFound } from '../../core/errors.ts';
import { violatedConstraint } from '../../database/database.ts';

/** Keystone's 404; `kind` in its words: `user`, `project`, `role`. */
export const couldNotFind = (kind: string, id: string): Fault =>
  notFound(`Could not find ${kind}: ${id.slice(0, 255)}.`);

/** Keystone's 403: what was asked for, never whether it exists. */
export const notAuthorized = (action: string, why?: string): Fault =>
  forbidden(
    `You are not authorized to perform the requested action: ${action}.${why === undefined ? '' : ` ${why}`}`,
  );

/**
 * The only answer to credentials that do not fit. It never says which part was wrong.
 * @param serviceUrl root of the identity service as the client sees it
 */
export const unauthorized = (
  serviceUrl: string,
  message = REQUIRES_AUTHENTICATION,
  headers: Readonly<Record<string, string>> = {},
): Fault =>
  new Fault('unauthorized', message, {
    headers: { 'WWW-Authenticate': `Keystone uri="${serviceUrl}/v3"`, ...headers },
  });

const REQUIRES_AUTHENTICATION = 'The request you have made requires authentication.';

/** Runs a change and turns the violation of one constraint into Keystone's 409. */
export async function unlessDuplicate<T>(
  work: Promise<T>,
  constraint: string,
  kind: string,
  details: string,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (violatedConstraint(error) !== constraint) throw error;
    throw conflict(
      `Conflict occurred attempting to store ${kind} - Duplicate entry found with ${details}.`,
    );
  }
}
