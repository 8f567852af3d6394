import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { homeFolder } from '../../core/configuration.ts';
import type { AclEvent, PacketEnd } from '../../core/acl-event.ts';
import { sleep } from '../../core/time.ts';
import {
  AclEventNames,
  aclEventsIn,
  aclEventsOf,
  type NamedAclEvent,
} from '../../cloud/acl-events.ts';
import { openCloud, type Cloud } from '../../cloud/cloud.ts';
import { lastLines } from '../../cloud/files.ts';
import { flag, text, UsageError, type Command } from '../command.ts';

/** Milliseconds between two looks at a log that is followed. */
const LOOK = 200;

export const command: Command = {
  summary: "prints a component's log, or the packets that security groups accepted and dropped",
  positionals: ['COMPONENT'],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on printing what is added' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'NUMBER',
      help: 'how many of the last lines; default 50',
    },
    acl: { type: 'boolean', help: 'packets that security groups accepted and dropped' },
    json: { type: 'boolean', help: 'with --acl: each as an object of JSON' },
  },
  details: [
    '"ovenbird status" names the components; "supervisor" has a log too.',
    '',
    'With --acl: the packets that logs of the API ("openstack network log create") tell of, with port and project. Of a',
    'connection that is accepted only some packets are told of, and never more than network_log.rate_limit a second.',
  ].join('\n'),
  examples: [
    'npx ovenbird logs control-plane',
    'npx ovenbird logs ovn-controller -n 200 -f',
    'npx ovenbird logs --acl -f',
  ],
  async run(given) {
    const cloud = openCloud(homeFolder());
    const { layout } = cloud;
    const wish = text(given, 'lines') ?? '50';
    if (!/^\d{1,7}$/.test(wish)) throw new UsageError(`--lines ${wish}: not a number of lines`);
    if (flag(given, 'acl')) {
      if (given.positionals.length > 0) throw new UsageError('--acl goes without a component');
      return printAclEvents(cloud, Number(wish), flag(given, 'follow'), flag(given, 'json'));
    }
    if (flag(given, 'json')) throw new UsageError('--json goes with --acl');
    const known = readdirSync(layout.log)
      .filter((name) => name.endsWith('.log'))
      .map((name) => name.slice(0, -'.log'.length));
    const [component] = given.positionals;
    if (component === undefined || !known.includes(component))
      throw new UsageError(
        `${component === undefined ? 'name a component' : `there is no log of "${component}"`}: ${known.join(', ')}`,
      );
    const file = layout.logOf(component);
    for (const line of lastLines(file, Number(wish))) process.stdout.write(`${line}\n`);
    if (!flag(given, 'follow')) return 0;
    // Without a reader there is nothing left to do.
    process.stdout.once('error', () => process.exit(0));
    await follow(file, (added) => void process.stdout.write(added));
    return 0;
  },
};

async function printAclEvents(
  cloud: Cloud,
  lines: number,
  following: boolean,
  json: boolean,
): Promise<number> {
  const names = new AclEventNames(cloud);
  const show = async (events: readonly AclEvent[]) => {
    for (const event of await names.name(events)) {
      process.stdout.write(`${json ? JSON.stringify(event) : describeAclEvent(event)}\n`);
    }
  };
  const last = aclEventsOf(cloud);
  await show(last.slice(Math.max(0, last.length - lines)));
  if (!following) return 0;
  process.stdout.once('error', () => process.exit(0));
  let rest = '';
  await follow(cloud.layout.logOf('ovn-controller'), async (added) => {
    const whole = rest + added.toString('utf8');
    const end = whole.lastIndexOf('\n') + 1;
    rest = whole.slice(end);
    await show(aclEventsIn(whole.slice(0, end)));
  });
  return 0;
}

/** One line for people. */
function describeAclEvent(event: NamedAclEvent): string {
  const at = ({ ip, mac, port }: PacketEnd) => {
    if (ip === undefined) return mac;
    if (port === undefined) return ip;
    return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  };
  const named = (id: string | undefined, name: string | undefined) =>
    id === undefined ? 'unknown' : name ? `${id} (${name})` : id;
  return [
    event.time,
    event.verdict.padEnd(5),
    event.direction === 'to-lport' ? 'in ' : 'out',
    `${event.protocol} ${at(event.source)} > ${at(event.destination)}`,
    `port ${named(event.portId, event.portName)}`,
    `project ${event.projectId ?? 'unknown'}`,
    `log ${named(event.log, event.logName)}`,
  ].join('  ');
}

/** Prints what is added, also after the log was set aside and begun anew; ends with the process. */
async function follow(file: string, print: (added: Buffer) => void | Promise<void>): Promise<void> {
  let position = (await sizeOf(file)) ?? 0;
  for (;;) {
    const size = (await sizeOf(file)) ?? 0;
    if (size < position) position = 0;
    if (size > position) {
      const handle = await open(file, 'r');
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(size - position),
        0,
        size - position,
        position,
      );
      await handle.close();
      await print(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    await sleep(LOOK);
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  if (!existsSync(file)) return undefined;
  const handle = await open(file, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
