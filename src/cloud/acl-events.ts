import { readFileSync, existsSync } from 'node:fs';
import { aclEvent, type AclEvent } from '../core/acl-event.ts';
import { administrate, type Session } from './api.ts';
import type { Cloud } from './cloud.ts';

/** A packet that was let through or dropped, with what the cloud knows of it. */
export interface NamedAclEvent extends AclEvent {
  readonly logName: string | undefined;
  readonly projectId: string | undefined;
  /** The security group that the log names. */
  readonly securityGroupId: string | undefined;
  /** The port that let it through or dropped it. */
  readonly portId: string | undefined;
  readonly portName: string | undefined;
}

interface Log {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly resource_id: string | null;
  readonly target_id: string | null;
}

interface Port {
  readonly id: string;
  readonly name: string;
  readonly mac_address: string;
  readonly project_id: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

/** Hardware addresses asked for at once, so that the address of the request stays short. */
const AT_ONCE = 50;

/** The events in the text of a log. */
export const aclEventsIn = (text: string): AclEvent[] =>
  text.split('\n').flatMap((line) => aclEvent(line) ?? []);

/** The events that the hosts have told of, the oldest first; those that were set aside with an older log too. */
export function aclEventsOf({ layout }: Cloud): AclEvent[] {
  const file = layout.logOf('ovn-controller');
  return [`${file}.1`, file]
    .filter((name) => existsSync(name))
    .flatMap((name) => aclEventsIn(readFileSync(name, 'utf8')));
}

/** Says of each event whose it is. Asks the API; what it no longer knows stays open. */
export class AclEventNames {
  readonly #cloud: Cloud;
  #session: Session | undefined;
  #logs = new Map<string, Log>();
  /** By hardware address, which several networks may have. */
  #ports = new Map<string, readonly Port[]>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Leaves out packets of other ports where a log is about one. */
  async name(events: readonly AclEvent[]): Promise<NamedAclEvent[]> {
    if (events.length === 0) return [];
    await this.#ask(events);
    return events.flatMap((event) => {
      const log = this.#logs.get(event.log);
      const port = this.#portOf(event, log);
      if (log?.target_id && port !== undefined && port.id !== log.target_id) return [];
      return [
        {
          ...event,
          logName: log?.name,
          projectId: log?.project_id,
          securityGroupId: log?.resource_id ?? undefined,
          portId: port?.id,
          portName: port?.name,
        },
      ];
    });
  }

  #portOf(event: AclEvent, log: Log | undefined): Port | undefined {
    const { mac, ip } = event.direction === 'to-lport' ? event.destination : event.source;
    const ports = this.#ports.get(mac) ?? [];
    const matching = ports.filter((port) =>
      port.fixed_ips.some(({ ip_address }) => ip_address === ip),
    );
    const candidates = matching.length > 0 ? matching : ports;
    return candidates.find(({ project_id }) => project_id === log?.project_id) ?? candidates[0];
  }

  async #ask(events: readonly AclEvent[]): Promise<void> {
    const session = (this.#session ??= await administrate(this.#cloud));
    if (events.some(({ log }) => !this.#logs.has(log))) {
      const { logs } = await session.ask<{ logs: Log[] }>('GET', '/network/v2.0/log/logs');
      this.#logs = new Map(logs.map((log) => [log.id, log]));
    }
    const wanted = new Set(
      events
        .map(({ direction, source, destination }) =>
          direction === 'to-lport' ? destination.mac : source.mac,
        )
        .filter((mac) => mac !== '' && !this.#ports.has(mac)),
    );
    const macs = [...wanted];
    for (let first = 0; first < macs.length; first += AT_ONCE) {
      const some = macs.slice(first, first + AT_ONCE);
      const query = some.map((mac) => `mac_address=${encodeURIComponent(mac)}`).join('&');
      const { ports } = await session.ask<{ ports: Port[] }>('GET', `/network/v2.0/ports?${query}`);
      for (const mac of some) {
        this.#ports.set(
          mac,
          ports.filter((port) => port.mac_address === mac),
        );
      }
    }
  }
}
