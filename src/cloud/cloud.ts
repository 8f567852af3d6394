import type { Configuration } from '../core/configuration.ts';
import { readConfiguration } from '../core/configuration.ts';
import { layout, type Layout } from './layout.ts';

/** A cloud as the supervisor handles it: its configuration and the names of all that is made from it. */
export interface Cloud {
  readonly configuration: Configuration;
  readonly layout: Layout;
  /** Network namespace of the data plane, below /run/netns. */
  readonly namespace: string;
  /** Full path of the namespace, for `nsenter --net=`. */
  readonly namespaceFile: string;
  /** The veth's end on the machine's side. */
  readonly machineInterface: string;
  /** The nft table with the masquerading. */
  readonly table: string;
}

/** The veth's end on the cloud's side, a port of br-ex. */
export const CLOUD_INTERFACE = 'external';
/** Name under which OVN knows the external network: what a provider network calls `physical_network`. */
export const PHYSICAL_NETWORK = 'public';

/** Name of the cloud whose agent made a metadata namespace (`src/host/names.ts`); undefined for any other one. */
export const cloudOfMetadataNamespace = (namespace: string): string | undefined =>
  /^ovnmeta-.+-([a-z0-9]{1,8})$/.exec(namespace)?.[1];

/** Gives a configuration its names. */
export const cloudOf = (configuration: Configuration): Cloud => ({
  configuration,
  layout: layout(configuration.home),
  namespace: `ovb-${configuration.name}`,
  namespaceFile: `/run/netns/ovb-${configuration.name}`,
  machineInterface: `ovb-${configuration.name}`,
  table: `ovenbird_${configuration.name}`,
});

/** The cloud at a home; fails with a sentence when there is none. */
export const openCloud = (home: string): Cloud => cloudOf(readConfiguration(home));
