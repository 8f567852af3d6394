import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';

let cloud: TestNetworkService;
before(async () => {
  cloud = await startTestNetworkService();
});
after(() => cloud.stop());

test('flavors are the administrators’, everybody may look; profiles in use stay', async () => {
  const { admin } = cloud;
  const member = cloud.member();
  const flavor = await cloud.create(admin, 'flavor', { name: 'f', service_type: 'L3_ROUTER_NAT' });
  const profile = await cloud.create(admin, 'service_profile', { driver: 'ovn' });
  const binding = { flavor_id: flavor['id'] };
  const body = { service_profile: { id: profile['id'] } };
  await cloud.call('create_flavor_service_profile', { params: binding, body });
  await refuses(
    'FlavorServiceProfileBindingExists',
    /already associated/,
    cloud.call('create_flavor_service_profile', { params: binding, body }),
  );
  const [seen] = await cloud.list(member, 'flavors');
  assert.deepEqual(seen?.['service_profiles'], [profile['id']]);
  assert.deepEqual(await cloud.list(member, 'service_profiles'), []);
  await refuses(
    'PolicyNotAuthorized',
    /disallowed by policy/,
    cloud.update(member, 'flavor', flavor['id'], { name: 'mine' }),
  );
  await refuses(
    'ServiceProfileEmpty',
    /either a driver or metainfo/,
    cloud.create(admin, 'service_profile', {}),
  );
  const remove = () =>
    cloud.call('delete_service_profile', { params: { profile_id: profile['id'] } });
  await refuses('ServiceProfileInUse', /take it away/, remove());
  await cloud.call('delete_flavor_service_profile', {
    params: { ...binding, profile_id: profile['id'] },
  });
  await remove();
  await cloud.remove(admin, 'flavor', flavor['id']);
});
