import type { Cloud, HostState, Need } from './state.ts';

/** One question that a host must answer well. Pure. */
export interface Filter {
  /** As Nova calls the filter that asks it, where it has one. */
  readonly name: string;
  /** A few words for the server's owner, who must not learn of hosts: "are disabled". */
  readonly short: string;
  /** Asked also of a host that was named together with its zone. */
  readonly always?: boolean;
  /** Why the host cannot take the server, for administrators; undefined when it can. */
  why(state: HostState, need: Need, cloud: Cloud): string | undefined;
}
