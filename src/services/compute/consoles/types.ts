import { badRequest } from '../../../core/errors.ts';

/** Nova's types of consoles that there are here. */
export type ConsoleType = 'novnc' | 'serial';

/** By type: what the driver of the server's host must be able to do, which is also what the host calls it. */
export const CONSOLE_TYPES = {
  novnc: { capability: 'display', protocol: 'vnc' },
  serial: { capability: 'terminal', protocol: 'serial' },
} as const satisfies Record<ConsoleType, object>;

/** Until 2.5 each protocol has an action of its own, with these types. */
export const CONSOLE_ACTIONS = {
  'os-getVNCConsole': { protocol: 'vnc', types: ['novnc', 'xvpvnc'] },
  'os-getSPICEConsole': { protocol: 'spice', types: ['spice-html5'] },
  'os-getRDPConsole': { protocol: 'rdp', types: ['rdp-html5'] },
  'os-getSerialConsole': { protocol: 'serial', types: ['serial'] },
} as const;

export const typeUnavailable = (type: string) => badRequest(`Unavailable console type ${type}.`);

/** The type that is asked for; Nova's 400 when the protocol is none of ours, and when it has no such type. */
export function consoleTypeOf(protocol: string, type: string): ConsoleType {
  const ours = Object.entries(CONSOLE_TYPES).find(([, known]) => known.protocol === protocol);
  if (ours === undefined) throw typeUnavailable(type);
  if (ours[0] !== type) throw badRequest(`Invalid console type ${type}`);
  return ours[0] as ConsoleType;
}
