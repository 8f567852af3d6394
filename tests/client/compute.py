"""What programs do with the compute service: by novaclient as scripts have done for long, and by openstacksdk."""

import os
import time

import openstack
from novaclient import client
from openstack.exceptions import HttpException

cloud = openstack.connect()
compute = cloud.compute


def refused(status, call, *arguments, **named):
    """The call must fail, with this status."""
    try:
        call(*arguments, **named)
    except HttpException as failure:
        assert failure.status_code == status, failure
    else:
        raise AssertionError(f"{call} was not refused with {status}")


def becomes(server_of, *wanted):
    """Waits for one of these states."""
    for _ in range(300):
        if server_of().status in wanted:
            return
        time.sleep(0.2)
    raise AssertionError(f"{server_of()} did not become {wanted}")


# A network with a way out, a flavor, the image.
network = cloud.network.create_network(name="sdk")
subnet = cloud.network.create_subnet(
    network_id=network.id, ip_version=4, cidr="10.78.0.0/24", name="sdk"
)
outside = cloud.network.find_network("public", ignore_missing=False)
router = cloud.network.create_router(name="sdk", external_gateway_info={"network_id": outside.id})
cloud.network.add_interface_to_router(router, subnet_id=subnet.id)
flavor = compute.create_flavor(name="sdk", ram=64, vcpus=1, disk=0)
compute.create_flavor_extra_specs(flavor, {"hw:cpu_policy": "shared"})
assert compute.fetch_flavor_extra_specs(flavor).extra_specs == {"hw:cpu_policy": "shared"}
assert flavor.id in {one.id for one in compute.flavors(is_public=True, min_ram=64)}
image = compute.find_image("busybox")
keypair = compute.create_keypair(name="sdk")
assert "PRIVATE KEY" in keypair.private_key and compute.find_keypair("sdk").fingerprint

# The classic: a server by the cloud layer, with a floating IP, that a script of novaclient's finds and restarts.
server = cloud.create_server(
    "test_vm1",
    image="busybox",
    flavor="sdk",
    network="sdk",
    key_name="sdk",
    meta={"made": "by a program"},
    auto_ip=True,
    wait=True,
    timeout=120,
)
assert server.status == "ACTIVE" and server.private_v4.startswith("10.78.0.") and server.public_v4
assert server.public_v4 in {one.floating_ip_address for one in cloud.list_floating_ips()}

nova = client.Client(
    "2",
    os.environ["OS_USERNAME"],
    os.environ["OS_PASSWORD"],
    project_name=os.environ["OS_PROJECT_NAME"],
    auth_url=os.environ["OS_AUTH_URL"],
    user_domain_name="Default",
    project_domain_name="Default",
)
assert "test_vm1" in [one.name for one in nova.servers.list()]
found = nova.servers.find(name="test_vm1")
found.reboot()
assert nova.servers.get(found.id).status in ("REBOOT", "ACTIVE")
becomes(lambda: nova.servers.get(found.id), "ACTIVE")
assert [one.action for one in nova.instance_action.list(found.id)] == ["reboot", "create"]
latest = client.Client("2.90", session=cloud.session)
assert latest.servers.list(search_opts={"name": "test_vm"}, limit=1)[0].id == found.id
assert latest.versions.get_current().version == "2.96"

# Servers by openstacksdk.
other = compute.create_server(
    name="sdk2",
    image_id=image.id,
    flavor_id=flavor.id,
    networks=[{"uuid": network.id}],
    key_name="sdk",
    tags=["one"],
    description="another",
)
other = compute.wait_for_server(other, interval=1, wait=120)
assert {one.id for one in compute.servers(details=False, limit=1)} >= {other.id, found.id}
assert [one.id for one in compute.servers(tags="one")] == [other.id]
assert compute.find_server("sdk2").id == other.id and compute.find_server("nothing") is None
compute.update_server(other, name="sdk3", description="renamed")
assert compute.get_server(other.id).name == "sdk3"
compute.set_server_metadata(other, role="db")
assert compute.get_server_metadata(other).metadata == {"role": "db"}
compute.delete_server_metadata(other, ["role"])
latest.servers.add_tag(other.id, "two")
latest.servers.delete_tag(other.id, "one")
assert latest.servers.tag_list(other.id) == ["two"]
assert compute.get_server(other.id).tags == ["two"]
refused(409, compute.unpause_server, other)
compute.pause_server(other)
becomes(lambda: compute.get_server(other.id), "PAUSED")
compute.unpause_server(other)
becomes(lambda: compute.get_server(other.id), "ACTIVE")
compute.lock_server(other)
compute.unlock_server(other)
compute.stop_server(other)
becomes(lambda: compute.get_server(other.id), "SHUTOFF")
compute.start_server(other)
becomes(lambda: compute.get_server(other.id), "ACTIVE")
interface = compute.create_server_interface(other, net_id=network.id)
assert interface.port_id in {one.port_id for one in compute.server_interfaces(other)}
compute.delete_server_interface(interface, server=other)
assert "sdk" in {one.name for one in compute.keypairs()}
group = cloud.create_security_group("sdk", "of a program")
compute.add_security_group_to_server(other, group)
compute.fetch_server_security_groups(other)
assert {"name": "sdk"} in compute.get_server(other.id).security_groups
compute.remove_security_group_from_server(other, group)
assert "is up" in compute.get_server_console_output(other)["output"]
assert "memory" in nova.servers.get(other.id).diagnostics()[1]
snapshot = compute.create_server_image(other, "sdk-picture", wait=True, timeout=120)
assert cloud.image.get_image(snapshot.id).status == "active"
compute.rebuild_server(other, image=image.id)
becomes(lambda: compute.get_server(other.id), "ACTIVE")

# Hosts, groups, quotas.
assert {one.hypervisor_type for one in compute.hypervisors(details=True)} == {"docker"}
assert {one.binary for one in compute.services()} >= {"nova-compute"}
assert "nova" in {one.name for one in compute.availability_zones()}
aggregate = compute.create_aggregate(name="sdk", availability_zone="sdk-zone")
compute.set_aggregate_metadata(aggregate, {"ssd": "true"})
assert compute.get_aggregate(aggregate.id).metadata["ssd"] == "true"
compute.delete_aggregate(aggregate)
friends = compute.create_server_group(name="sdk", policies=["anti-affinity"])
assert compute.find_server_group("sdk").id == friends.id
compute.delete_server_group(friends)
assert compute.get_limits().absolute.instances_used == 2
assert cloud.get_compute_quotas(os.environ["OS_PROJECT_NAME"]).instances == 10
assert cloud.get_compute_usage(os.environ["OS_PROJECT_NAME"]).total_hours >= 0
refused(404, compute.get_server, "00000000-0000-4000-8000-000000000000")

# And nothing stays.
cloud.delete_server("test_vm1", wait=True, delete_ips=True)
compute.delete_server(other)
compute.wait_for_delete(other, interval=1, wait=60)
cloud.image.delete_image(snapshot.id)
cloud.delete_security_group("sdk")
cloud.network.remove_interface_from_router(router, subnet_id=subnet.id)
cloud.network.delete_router(router)
cloud.network.delete_network(network)
compute.delete_keypair(keypair)
compute.delete_flavor(flavor)
print("done")
