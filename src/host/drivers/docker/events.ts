import { passing } from '../../fault.ts';
import { LABELS } from '../../names.ts';
import type { DriverEvent } from '../driver.ts';
import type { Containers } from './containers.ts';
import { jsonLines } from './engine.ts';

const EVENTS: Readonly<Record<string, DriverEvent['kind']>> = {
  start: 'started',
  die: 'ended',
  pause: 'changed',
  unpause: 'changed',
  destroy: 'removed',
};

/** What the engine tells of the containers of servers, from `connected` on. */
export async function* eventsOf(
  containers: Containers,
  connected: () => void,
  signal: AbortSignal,
): AsyncIterable<DriverEvent> {
  const body = await containers.engine.stream({
    path: '/events',
    query: { filters: JSON.stringify({ type: ['container'], label: containers.labels() }) },
    signal,
    what: 'following its events',
  });
  if (body === undefined) return;
  connected();
  for await (const event of jsonLines(body)) {
    const { Action: action, Actor: actor } = event as {
      Action?: string;
      Actor?: { Attributes?: Record<string, string> };
    };
    const serverId = actor?.Attributes?.[LABELS.server];
    const kind = EVENTS[action ?? ''];
    if (serverId === undefined || kind === undefined) continue;
    yield { serverId, kind };
  }
  throw passing('Docker Engine ended the stream of its events');
}
