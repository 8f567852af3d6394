import { badQuery } from '../errors.ts';

/** Standard traits that hosts of ours can have or that flavors commonly ask for (names from os-traits). */
export const STANDARD_TRAITS: readonly string[] = [
  'COMPUTE_ACCELERATORS',
  'COMPUTE_CONFIG_DRIVE',
  'COMPUTE_DEVICE_TAGGING',
  'COMPUTE_EXTEND_VOLUME',
  'COMPUTE_IMAGE_TYPE_AKI',
  'COMPUTE_IMAGE_TYPE_AMI',
  'COMPUTE_IMAGE_TYPE_ARI',
  'COMPUTE_IMAGE_TYPE_ISO',
  'COMPUTE_IMAGE_TYPE_QCOW2',
  'COMPUTE_IMAGE_TYPE_RAW',
  'COMPUTE_MANAGED_PCI_DEVICE',
  'COMPUTE_MIGRATE_AUTO_CONVERGE',
  'COMPUTE_MIGRATE_POST_COPY',
  'COMPUTE_NET_ATTACH_INTERFACE',
  'COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG',
  'COMPUTE_NET_VIF_MODEL_VIRTIO',
  'COMPUTE_NODE',
  'COMPUTE_RESCUE_BFV',
  'COMPUTE_SAME_HOST_COLD_MIGRATE',
  'COMPUTE_SECURITY_TPM_1_2',
  'COMPUTE_SECURITY_TPM_2_0',
  'COMPUTE_SECURITY_UEFI_SECURE_BOOT',
  'COMPUTE_SOCKET_PCI_NUMA_AFFINITY',
  'COMPUTE_STATUS_DISABLED',
  'COMPUTE_TRUSTED_CERTS',
  'COMPUTE_VOLUME_ATTACH',
  'COMPUTE_VOLUME_ATTACH_WITH_TAG',
  'COMPUTE_VOLUME_EXTEND',
  'COMPUTE_VOLUME_MULTI_ATTACH',
  'HW_ARCH_AARCH64',
  'HW_ARCH_X86_64',
  'HW_CPU_AARCH64_AES',
  'HW_CPU_HYPERTHREADING',
  'HW_CPU_X86_AESNI',
  'HW_CPU_X86_AVX',
  'HW_CPU_X86_AVX2',
  'HW_CPU_X86_AVX512F',
  'HW_CPU_X86_SSE42',
  'HW_CPU_X86_SVM',
  'HW_CPU_X86_VMX',
  'HW_GPU_API_CUDA_V10_0',
  'HW_NIC_SRIOV',
  'HW_NUMA_ROOT',
  'MISC_SHARES_VIA_AGGREGATE',
  'OWNER_CYBORG',
  'OWNER_NOVA',
  'STORAGE_DISK_HDD',
  'STORAGE_DISK_SSD',
];

/** What `required` asks for: traits that must be there and, written with `!`, that must not. */
export interface TraitFilter {
  readonly required: readonly string[];
  readonly forbidden: readonly string[];
}

/** `A,!B` → a filter; `!` is understood from 1.22 on. */
export function parseRequired(text: string, withForbidden: boolean): TraitFilter {
  const required: string[] = [];
  const forbidden: string[] = [];
  for (const part of text.split(',')) {
    const name = part.trim();
    if (!/^!?[A-Z0-9_]+$/.test(name) || (name.startsWith('!') && !withForbidden))
      throw badQuery(
        `Invalid query string parameters: Expected 'required' parameter value of the form: HW_CPU_X86_VMX,${withForbidden ? '!' : ''}CUSTOM_MAGIC. Got: ${text}`,
      );
    if (name.startsWith('!')) forbidden.push(name.slice(1));
    else required.push(name);
  }
  const both = required.filter((name) => forbidden.includes(name));
  if (both.length > 0)
    throw badQuery(
      `The traits ${both.join(', ')} are both required and forbidden: nothing can match.`,
    );
  return { required, forbidden };
}
