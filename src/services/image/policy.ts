import type { Caller } from '../identity/caller.ts';
import { Policy } from '../policy.ts';
import type { ImageRow } from './tables.ts';

/** What an action is about: an image, one of its members, or a namespace of definitions. */
export interface Target {
  /** Project that owns the image or the namespace. */
  readonly owner?: string | null;
  readonly visibility?: ImageRow['visibility'];
  /** The caller's project is a member of the shared image. */
  readonly shared?: boolean;
  /** The project that a sharing is about. */
  readonly member?: string;
}

const owns = ({ projectId }: Caller, { owner }: Target): boolean =>
  projectId !== undefined && owner === projectId;

const sees = (caller: Caller, target: Target): boolean =>
  owns(caller, target) ||
  target.visibility === 'public' ||
  target.visibility === 'community' ||
  (target.visibility === 'shared' && target.shared === true);

/**
 * Who may do what with images: the names and the rules are those of Glance's default policy with project personas
 * (`enforce_secure_rbac`). What a caller may not see (`get_image`, `get_metadef_namespace`) is not there for it: 404.
 */
export const policy = new Policy(
  {
    anyone: { text: 'no more', holds: () => true },
    nobody: { text: 'nobody else', holds: () => false },
    owner: { text: 'its project owns the image', holds: owns },
    seen: {
      text: 'its project owns the image, or it is public, community, or shared with it',
      holds: sees,
    },
    member: {
      text: 'its project is that member',
      holds: ({ projectId }, { member }) => projectId !== undefined && member === projectId,
    },
    party: {
      text: 'its project owns the image or is that member',
      holds: (caller, target) =>
        owns(caller, target) ||
        (caller.projectId !== undefined && target.member === caller.projectId),
    },
    defined: {
      text: 'its project owns the namespace, or it is public',
      holds: (caller, target) => owns(caller, target) || target.visibility === 'public',
    },
  },
  {
    add_image: { what: 'create an image', role: 'member', where: 'owner' },
    get_images: { what: 'list the images that one sees', role: 'reader', where: 'anyone' },
    get_image: { what: 'show an image and its tasks', role: 'reader', where: 'seen' },
    modify_image: {
      what: 'change attributes, properties and tags; stage and import data',
      role: 'member',
      where: 'owner',
    },
    delete_image: { what: 'delete an image', role: 'member', where: 'owner' },
    set_image_owner: { what: 'give an image to a project', role: 'admin', where: 'nobody' },
    publicize_image: { what: 'make an image public', role: 'admin', where: 'nobody' },
    communitize_image: { what: 'make an image community', role: 'member', where: 'owner' },
    upload_image: { what: 'upload the data', role: 'member', where: 'owner' },
    download_image: { what: 'download the data', role: 'member', where: 'seen' },
    download_deactivated_image: {
      what: 'download the data of a deactivated image',
      role: 'admin',
      where: 'nobody',
    },
    copy_image: { what: 'copy the data to further stores', role: 'admin', where: 'nobody' },
    delete_image_location: {
      what: 'remove the data from one of its stores',
      role: 'admin',
      where: 'nobody',
    },
    deactivate: { what: 'deactivate an image', role: 'member', where: 'owner' },
    reactivate: { what: 'reactivate an image', role: 'member', where: 'owner' },
    add_member: { what: 'share an image', role: 'member', where: 'owner' },
    delete_member: { what: 'stop sharing an image', role: 'member', where: 'owner' },
    modify_member: { what: 'accept or reject an image', role: 'member', where: 'member' },
    get_member: { what: 'show a member', role: 'reader', where: 'party' },
    get_members: { what: 'list members: all, or oneself', role: 'reader', where: 'seen' },
    tasks_api_access: { what: 'list and show the tasks of all', role: 'admin', where: 'nobody' },
    stores_info_detail: { what: 'see how stores are set up', role: 'admin', where: 'nobody' },
    get_metadef_namespace: {
      what: 'see a namespace of definitions and what is in it',
      role: 'reader',
      where: 'defined',
    },
    modify_metadef_namespace: {
      what: 'create, change and delete namespaces and what is in them',
      role: 'admin',
      where: 'nobody',
    },
  },
);
