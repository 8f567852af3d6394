import type { DriveFile } from '../wish.ts';
import type { MetadataDocument } from './document.ts';
import { lookUp } from './tree.ts';

/** Versions that are on a drive: the first, which everybody knows, the newest that cloud-init asks for, and the latest. */
const VERSIONS = ['2012-08-10', '2018-08-27', 'latest'];

/**
 * What is on a server's config drive: the same as its metadata service says, in files.
 * Source: https://docs.openstack.org/nova/latest/admin/config-drive.html.
 */
export function driveFiles(document: MetadataDocument): DriveFile[] {
  const files: DriveFile[] = [];
  for (const version of VERSIONS) {
    const folder = `openstack/${version}`;
    const names = lookUp(document, `/${folder}`)?.body.toString().split('\n') ?? [];
    for (const name of names) {
      const found = name === 'password' ? undefined : lookUp(document, `/${folder}/${name}`);
      if (found !== undefined) files.push({ path: `${folder}/${name}`, content: found.body });
    }
  }
  files.push({
    path: 'ec2/latest/meta-data.json',
    content: Buffer.from(JSON.stringify(document.ec2)),
  });
  const userData = lookUp(document, '/latest/user-data');
  if (userData !== undefined) files.push({ path: 'ec2/latest/user-data', content: userData.body });
  return files;
}
