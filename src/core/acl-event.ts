/** One end of a packet that was told of. */
export interface PacketEnd {
  readonly mac: string;
  /** Undefined for what is no IP. */
  readonly ip: string | undefined;
  readonly port: number | undefined;
}

/** One line of ovn-controller's about a packet that an ACL let through or dropped. */
export interface AclEvent {
  /** As ovn-controller writes it: 2026-01-01T00:00:00.000Z. */
  readonly time: string;
  /** Id of the log (Neutron's logging API) that the ACL writes to. */
  readonly log: string;
  readonly verdict: string;
  readonly severity: string;
  /** `to-lport`: to the port; `from-lport`: from it. */
  readonly direction: string;
  /** tcp, udp, icmp, … */
  readonly protocol: string;
  readonly source: PacketEnd;
  readonly destination: PacketEnd;
  /** The packet as Open vSwitch writes it. */
  readonly packet: string;
}

const LINE =
  /^(\S+)\|\d+\|acl_log\([^)]*\)\|\w+\|name="neutron-([0-9a-f-]{36})", verdict=([\w-]+), severity=(\w+), direction=([\w-]+): (.*)$/;

/** Reads a line of ovn-controller's log (`acl_log`); undefined when it is about something else. */
export function aclEvent(line: string): AclEvent | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, time, log, verdict, severity, direction, packet] = match as unknown as string[];
  const fields = new Map(
    packet!
      .split(',')
      .map((field) => field.split(/=(.*)/s))
      .map(([name, value]) => [name!, value]),
  );
  const end = (side: 'src' | 'dst'): PacketEnd => {
    const port = fields.get(`tp_${side}`);
    return {
      mac: fields.get(`dl_${side}`) ?? '',
      ip: fields.get(`nw_${side}`) ?? fields.get(`ipv6_${side}`),
      port: port === undefined ? undefined : Number(port),
    };
  };
  return {
    time: time!,
    log: log!,
    verdict: verdict!,
    severity: severity!,
    direction: direction!,
    protocol: packet!.split(',', 1)[0]!,
    source: end('src'),
    destination: end('dst'),
    packet: packet!,
  };
}
