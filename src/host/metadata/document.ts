/**
 * What the control plane tells a host about the server that asks for metadata. The host knows only the network a
 * question came in on and the address it came from; it asks
 *
 *     GET /host/v1/metadata?network_id=<uuid>&address=<IPv4 or IPv6>
 *     X-Ovenbird-Host-Token: <secret>
 *
 * and is answered 200 with a `MetadataDocument` as JSON, or 404 when no server has that address on that network.
 * The paths and formats servers see (`/openstack/…`, `/2009-04-04/…`) are the host's business, the content is the
 * control plane's. The host keeps an answer for a second or two.
 */
export interface MetadataDocument {
  /** Nova's UUID, for the host's log. */
  readonly server_id: string;
  /**
   * `meta_data.json` of the newest version, sent as is: `uuid`, `name`, `hostname`, `launch_index`,
   * `availability_zone`, `project_id`, `meta`, `public_keys` (name → line), `keys` ([{name, type, data}]),
   * `random_seed` (base64, the same at each call), `devices`, `dedicated_cpus`.
   */
  readonly meta_data: Readonly<Record<string, unknown>>;
  /** `network_data.json`, sent as is: `links`, `networks`, `services`. */
  readonly network_data: Readonly<Record<string, unknown>>;
  /** `vendor_data.json`; `{}` when there is none. */
  readonly vendor_data: Readonly<Record<string, unknown>>;
  /** `vendor_data2.json`; `{}` when there is none. */
  readonly vendor_data2: Readonly<Record<string, unknown>>;
  /** As the user gave it to Nova: base64. Null: none (404 on `user-data`). */
  readonly user_data: string | null;
  readonly ec2: Ec2Metadata;
}

/** The values below `/2009-04-04/meta-data/`, by the names EC2 gives them. */
export interface Ec2Metadata {
  /** `ami-` and 8 hexadecimal digits. */
  readonly 'ami-id': string;
  readonly 'ami-launch-index': string;
  readonly 'ami-manifest-path': string;
  /** Such as `{ami: 'sda', root: '/dev/sda'}`. */
  readonly 'block-device-mapping': Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly 'instance-action': string;
  /** `i-` and 8 hexadecimal digits. */
  readonly 'instance-id': string;
  /** The flavor's name. */
  readonly 'instance-type': string;
  readonly 'local-hostname': string;
  /** First fixed IPv4 address, or empty. */
  readonly 'local-ipv4': string;
  readonly 'availability-zone': string;
  readonly 'public-hostname': string;
  /** First floating IP, or empty. */
  readonly 'public-ipv4': string;
  /** Key pairs in order; usually none or one. */
  readonly 'public-keys': readonly { readonly name: string; readonly 'openssh-key': string }[];
  /** `r-` and 8 characters. */
  readonly 'reservation-id': string;
  readonly 'security-groups': readonly string[];
}
