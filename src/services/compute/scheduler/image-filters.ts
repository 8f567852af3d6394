import type { ServerImage } from '../tables.ts';
import type { Filter } from './filter.ts';

/** The formats that a driver can run. */
const FORMATS: Readonly<Record<string, (image: ServerImage) => boolean>> = {
  docker: (image) =>
    image.containerFormat === 'docker' ||
    (image.containerFormat === 'bare' && image.diskFormat === 'raw'),
  qemu: (image) => image.containerFormat === 'bare' && ['qcow2', 'raw'].includes(image.diskFormat),
  fake: () => true,
};

/**
 * Values of the image property `hypervisor_type` (`img_hv_type`) that each driver fits; what is in no list fits nobody.
 * A raw image without it may be a root file system or a disk: it is taken for the former, as long as there is a host
 * for containers.
 */
const HYPERVISOR_TYPES: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker', 'lxc'],
  qemu: ['qemu', 'kvm'],
  fake: ['docker', 'lxc', 'qemu', 'kvm', 'fake'],
};

/** What the image asks for. All of them are asked always: no order makes a host run what it cannot. */
export const IMAGE_FILTERS: readonly Filter[] = [
  {
    name: 'ImagePropertiesFilter',
    short: "do not run the image's format",
    always: true,
    why: ({ host }, { image }) =>
      FORMATS[host.live!.driver]?.(image)
        ? undefined
        : `its driver ${host.live!.driver} runs no image of container format ${image.containerFormat} and disk format ${image.diskFormat}`,
  },
  {
    name: 'ImagePropertiesFilter',
    short: "are not of the image's hypervisor type",
    always: true,
    why({ host }, { image: { hypervisorType } }) {
      const { driver } = host.live!;
      return hypervisorType === undefined || HYPERVISOR_TYPES[driver]?.includes(hypervisorType)
        ? undefined
        : `its driver is ${driver}, the image asks for the hypervisor type ${hypervisorType}`;
    },
  },
  {
    name: 'ImagePropertiesFilter',
    short: "are not of the image's architecture",
    always: true,
    why({ host }, { imageProperties }) {
      const wanted = imageProperties['hw_architecture'] ?? imageProperties['architecture'];
      return wanted === undefined || wanted === host.live!.architecture
        ? undefined
        : `it is ${host.live!.architecture}, the image is for ${wanted}`;
    },
  },
];
