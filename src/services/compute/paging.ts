import { badRequest } from '../../core/errors.ts';
import type { OperationRequest } from '../operation.ts';

/** Nova's `max_limit`. */
export const LARGEST_PAGE = 1000;

export interface Page {
  readonly limit: number;
  readonly marker: string | undefined;
}

/** `limit` and `marker` of a list; a limit that is no whole number is a 400. */
export function pageOf(query: OperationRequest['query']): Page {
  const text = query['limit']?.[0];
  if (text !== undefined && !/^\d{1,9}$/.test(text))
    throw badRequest(
      `Invalid input for query parameters limit. Value: ${text.slice(0, 100)}. It must be a non-negative integer.`,
    );
  const limit = text === undefined ? LARGEST_PAGE : Math.min(Number(text), LARGEST_PAGE);
  const marker = query['marker']?.[0];
  return { limit, marker: marker === '' ? undefined : marker };
}

/** The `next` link of a page that is full, as a member named `<name>_links` (without a name `links`); nothing on the last page. */
export function nextLink(
  request: OperationRequest,
  name: string,
  page: Page,
  last: string | undefined,
  isFull: boolean,
): Record<string, unknown> {
  if (!isFull || last === undefined || page.limit === 0) return {};
  // The target begins with the service's own path, which is also the end of its address.
  const url = new URL(request.serviceUrl.replace(/\/[^/]*$/, '') + request.target);
  url.searchParams.set('marker', last);
  return { [name === '' ? 'links' : `${name}_links`]: [{ rel: 'next', href: url.toString() }] };
}
