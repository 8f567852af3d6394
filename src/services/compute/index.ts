/** Compute: flavors, key pairs, servers and the hosts that run them; OpenStack's Nova API. */
import type { Readable } from 'node:stream';
import { messageOf } from '../../core/errors.ts';
import { createProjector, type Projector } from '../../ovn/index.ts';
import type { Service } from '../operation.ts';
import { consoleOperations } from './consoles/api.ts';
import { createConsoles, type Consoles } from './consoles/consoles.ts';
import { createConsoleReader } from './console_output/reader.ts';
import type { ComputeContext, ComputeDependencies } from './context.ts';
import { externalEventOperations } from './external_events/api.ts';
import { goneOperations } from './gone/api.ts';
import { imageOperations } from './images/api.ts';
import { imageMetadataOperations } from './images/metadata.ts';
import { networkOperations } from './networks/api.ts';
import { extensionOperations } from './extensions/api.ts';
import { flavorAccessOperations } from './flavor_access/api.ts';
import { flavorOperations } from './flavors/api.ts';
import { remembering } from './flavors/memory.ts';
import { floatingIpOperations } from './floating_ips/api.ts';
import { extraSpecOperations } from './extra_specs/api.ts';
import { createHostDirectory } from './hosts/directory.ts';
import { hypervisorOperations } from './hypervisors/api.ts';
import { serviceOperations } from './host_services/api.ts';
import { aggregateOperations } from './aggregates/api.ts';
import { aggregateImageOperations } from './aggregates/images.ts';
import { zoneOperations } from './availability_zones/api.ts';
import { instanceActionOperations } from './instance_actions/api.ts';
import { keypairOperations } from './keypairs/api.ts';
import { findMetadata, metadataOf } from './metadata/find.ts';
import type { MetadataDocument } from './metadata/document.ts';
import { computeMicroversions } from './microversions.ts';
import { moveOperations } from './moves/api.ts';
import { computeOptions } from './options.ts';
import { osHostOperations } from './os_hosts/api.ts';
import { quotaOperations } from './quotas/api.ts';
import { limitOperations } from './limits/api.ts';
import { securityGroupOperations } from './security_groups/api.ts';
import { serverOperations } from './servers/api.ts';
import { followNetworks } from './servers/follow.ts';
import { serverInterfaceOperations } from './interfaces/api.ts';
import { serverMetadataOperations } from './server_metadata/api.ts';
import { serverPartOperations } from './server_parts/api.ts';
import { diagnosticsOperations } from './diagnostics/api.ts';
import { desiredLoader, ovenbirdProjection } from './servers/projection.ts';
import { createSettler } from './servers/settler.ts';
import { createSoftwareDesk, type SoftwareDesk } from './software/desk.ts';
import { SnapshotKeeper } from './snapshots/keeper.ts';
import { TapFollower } from './servers/taps.ts';
import { serverGroupOperations } from './server_groups/api.ts';
import { serverTagOperations } from './server_tags/api.ts';
import { strict } from './strict.ts';
import { usageOperations } from './usage/api.ts';
import { usageAuditOperations } from './usage_audit/api.ts';
import { volumeAttachmentOperations } from './volume_attachments/api.ts';

export type { ConsoleLink } from './consoles/consoles.ts';
export type { ConsoleType } from './consoles/types.ts';
export type { ComputeDependencies } from './context.ts';
export type { MetadataDocument } from './metadata/document.ts';
export { computeSchema } from './migrations.ts';
export { computeOptions };

const TIDY_MILLISECONDS = 60_000;

export interface ComputeService extends Service {
  /** Keeps the `Ovenbird` database equal to what PostgreSQL says. */
  readonly projector: Projector;
  /** Interactive consoles: `http` carries them between browsers and hosts. */
  readonly consoles: Pick<Consoles, 'open' | 'join' | 'waitsFor'> & {
    /** Seconds after which one is closed into which nobody types. */
    readonly idleSeconds: number;
  };
  /**
   * All that a server may ask about itself, found by the address it asks from; undefined when no server has
   * that address in that network. The shape is `src/host/metadata/document.ts`.
   */
  metadataFor(networkId: string, address: string): Promise<MetadataDocument | undefined>;
  /** The same about a server by its id, for its config drive. */
  metadataOf(serverId: string): Promise<MetadataDocument | undefined>;
  /**
   * A host's answer to a task of this process (`POST /host/v1/tasks/<id>/result`); the stream is read to its end.
   * With the media type `application/json` it is the reason why there is no answer. False when nobody waits for it.
   */
  taskResult(taskId: string, stream: Readable, mediaType?: string): Promise<boolean>;
  /** Where orchestration has hosts run scripts in servers. */
  readonly software: SoftwareDesk;
}

/** Wires compute together. Nothing happens before `start`. */
export function createComputeService(dependencies: ComputeDependencies): ComputeService {
  const { ovenbird, log } = dependencies;
  const hosts = createHostDirectory({
    ...dependencies,
    ...(dependencies.hostGraceMilliseconds === undefined
      ? {}
      : { graceMilliseconds: dependencies.hostGraceMilliseconds }),
  });
  const projector = createProjector({
    client: ovenbird,
    projection: ovenbirdProjection,
    ...desiredLoader(dependencies),
    log,
  });
  const options = dependencies.options ?? computeOptions({});
  const settler = createSettler({
    ...dependencies,
    hosts,
    projector,
    confirmWindow: options.resize_confirm_window,
  });
  const console = createConsoleReader({ ovenbird, hosts, log });
  const consoles = createConsoles({
    ...dependencies,
    hosts,
    tokenSeconds: options.console_token_ttl,
  });
  const snapshots = new SnapshotKeeper({
    ...dependencies,
    projector,
    settler,
    offloadTime: options.shelved_offload_time,
  });
  const software = createSoftwareDesk({ ...dependencies, hosts });
  const context: ComputeContext = {
    ...dependencies,
    hosts,
    projector,
    settler,
    console,
    consoles,
    snapshots,
  };
  let tidying: NodeJS.Timeout | undefined;
  let unfollow: (() => void) | undefined;
  const taps = new TapFollower({ ...dependencies, projector });

  return {
    name: 'compute',
    microversions: computeMicroversions,
    operations: [
      ...remembering([
        ...flavorOperations(context),
        ...flavorAccessOperations(context),
        ...extraSpecOperations(context),
      ]),
      ...keypairOperations(context),
      ...serverOperations(context),
      ...serverMetadataOperations(context),
      ...serverTagOperations(context),
      ...serverInterfaceOperations(context),
      ...serverPartOperations(context),
      ...diagnosticsOperations(context),
      ...consoleOperations(context),
      ...securityGroupOperations(context),
      ...floatingIpOperations(context),
      ...instanceActionOperations(context),
      ...quotaOperations(context),
      ...limitOperations(context),
      ...usageOperations(context),
      ...hypervisorOperations(context),
      ...serviceOperations(context),
      ...zoneOperations(context),
      ...osHostOperations(context),
      ...aggregateOperations(context),
      ...aggregateImageOperations(context),
      ...serverGroupOperations(context),
      ...extensionOperations(),
      ...moveOperations(context),
      ...externalEventOperations(context),
      ...volumeAttachmentOperations(context),
      ...usageAuditOperations(context),
      ...imageOperations(context),
      ...imageMetadataOperations(context),
      ...networkOperations(context),
      ...goneOperations(),
    ].map(strict),
    projector,
    consoles: { ...consoles, idleSeconds: options.console_idle_timeout },
    software,
    async start() {
      await ovenbird.ready(60_000);
      await hosts.start();
      await projector.start();
      unfollow = followNetworks({ ...dependencies, projector });
      taps.start();
      await settler.start();
      snapshots.start();
      tidying = setInterval(() => {
        Promise.all([console.tidy(), consoles.tidy()]).catch((error: unknown) =>
          log.warn({ reason: messageOf(error) }, 'old tasks could not be removed'),
        );
      }, TIDY_MILLISECONDS);
      tidying.unref();
    },
    async stop() {
      clearInterval(tidying);
      unfollow?.();
      await taps.stop();
      await snapshots.stop();
      await settler.stop();
      await projector.stop();
      await hosts.stop();
    },
    metadataFor: (networkId, address) => findMetadata(context, networkId, address),
    metadataOf: (serverId) => metadataOf(context, serverId),
    taskResult: (taskId, stream, mediaType) => console.answer(taskId, stream, mediaType),
  };
}
