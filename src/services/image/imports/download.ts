import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { badRequest, Fault, messageOf } from '../../../core/errors.ts';
import { hostOf, type AddressFilter } from './addresses.ts';

const REDIRECTS = 5;
/** Longest silence of the other side, in milliseconds. */
const SILENCE = 30_000;

/** What a server sends: the bytes, and how many it says there are. */
export interface Download {
  readonly stream: IncomingMessage;
  readonly size: number | undefined;
}

/**
 * Asks for an address. Every hop of a redirect passes the filter again, and the connection goes to an address that
 * was looked at: a name that changes its mind in between leads nowhere. Fails with a fault that says why.
 */
export async function download(
  text: string,
  filter: AddressFilter,
  signal: AbortSignal,
): Promise<Download> {
  let url = filter.check(text);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await ask(url, filter, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) {
      const length = headers['content-length'];
      return { stream: response, size: length === undefined ? undefined : Number(length) };
    }
    response.destroy();
    const next = headers.location;
    if (![301, 302, 303, 307, 308].includes(statusCode) || next === undefined)
      throw badRequest(`${url.host} answered ${statusCode} instead of the data.`);
    if (!URL.canParse(next, url.href)) throw badRequest(`${url.host} leads to no address.`);
    const target = new URL(next, url.href);
    if (url.protocol === 'https:' && target.protocol !== 'https:')
      throw badRequest(`${url.host} leads away from https.`);
    url = filter.check(target.href);
  }
  throw badRequest(`${text.slice(0, 200)} leads on more than ${REDIRECTS} times.`);
}

function ask(url: URL, filter: AddressFilter, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    agent: false,
    signal,
    timeout: SILENCE,
    headers: { Accept: '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'ovenbird-image' },
    lookup: (host, { all }, done) => {
      filter.resolve(host).then(
        (addresses) => {
          if (all) done(null, addresses);
          else done(null, addresses[0]!.address, addresses[0]!.family);
        },
        (error: NodeJS.ErrnoException) => done(error, ''),
      );
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? getHttps : getHttp)(url, options, resolve);
    request.on('timeout', () =>
      request.destroy(badRequest(`${url.host} said nothing for ${SILENCE / 1000} seconds.`)),
    );
    request.on('error', (error) =>
      reject(
        error instanceof Fault
          ? error
          : badRequest(`${hostOf(url)} cannot be reached: ${messageOf(error)}`),
      ),
    );
  });
}
