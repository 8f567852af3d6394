"""What a program does with the identity service by the unmodified openstacksdk; any surprise is an exception."""

import openstack
from keystoneauth1.exceptions import HttpError
from openstack.exceptions import HttpException

cloud = openstack.connect()
identity = cloud.identity


def refused(status, call, *arguments, **named):
    """The call must fail, with this status."""
    try:
        call(*arguments, **named)
    except HttpException as failure:
        assert failure.status_code == status, failure
    except HttpError as failure:
        assert failure.http_status == status, failure
    else:
        raise AssertionError(f"{call} was not refused with {status}")


# The tree of domains and projects, with tags and pages.
domain = identity.create_domain(name="sdk", description="of a program")
project = identity.create_project(name="sdk", domain_id=domain.id, tags=["a", "b"])
below = identity.create_project(name="below", domain_id=domain.id, parent_id=project.id)
assert [one.id for one in identity.projects(domain_id=domain.id, tags="a,b")] == [project.id]
assert {one.id for one in identity.projects(domain_id=domain.id, limit=1)} == {project.id, below.id}
assert identity.update_project(project, description="changed").description == "changed"
assert identity.find_project("nothing") is None
refused(409, identity.create_project, name="sdk", domain_id=domain.id)

# Users, groups, roles.
user = identity.create_user(
    name="sdk", domain_id=domain.id, default_project_id=project.id, password="secret", email="a@b"
)
assert identity.get_user(user.id).email == "a@b" and user.password_expires_at is None
group = identity.create_group(name="sdk", domain_id=domain.id)
cloud.add_user_to_group(user.id, group.id)
assert cloud.is_user_in_group(user.id, group.id)
role = identity.create_role(name="sdk")
member = identity.find_role("member")
assert cloud.grant_role(member.id, user=user.id, project=project.id)
assert cloud.grant_role(role.id, group=group.id, domain=domain.id)
assignments = cloud.list_role_assignments({"user": user.id, "effective": True})
assert {one["role"]["id"] for one in assignments} >= {member.id, role.id}

# As that user: what it may see, and an application credential with it.
own = cloud.connect_as(
    username="sdk", password="secret", user_domain_id=domain.id, project_id=project.id
)
assert own.current_user_id == user.id and own.current_project_id == project.id
assert [one.id for one in own.identity.user_projects(user.id)] == [project.id]
refused(403, lambda: list(own.identity.users()))
key = own.identity.create_application_credential(user.id, name="sdk", roles=[{"name": "reader"}])
assert [one.id for one in own.identity.application_credentials(user.id)] == [key.id]
program = openstack.connect(
    load_envvars=False,
    load_yaml_config=False,
    auth_type="v3applicationcredential",
    auth={
        "auth_url": cloud.config.auth["auth_url"],
        "application_credential_id": key.id,
        "application_credential_secret": key.secret,
    },
)
assert program.current_project_id == project.id
refused(403, program.network.create_network, name="forbidden")
own.identity.delete_application_credential(user.id, key)
refused(401, lambda: list(program.network.networks()))

# A trust, a credential.
trust = own.identity.create_trust(
    trustor_user_id=user.id,
    trustee_user_id=cloud.current_user_id,
    project_id=project.id,
    impersonation=True,
    roles=[{"name": "member"}],
)
assert identity.get_trust(trust.id).is_impersonation
own.identity.delete_trust(trust)
credential = identity.create_credential(type="cert", blob="x", user_id=user.id)
assert identity.update_credential(credential, blob="y").blob == "y"
identity.delete_credential(credential)

# The catalog and limits.
region = identity.create_region(id="sdk")
service = identity.create_service(type="sdk", name="sdk")
endpoint = identity.create_endpoint(
    service_id=service.id, interface="public", region_id="sdk", url="http://sdk.example.org"
)
assert cloud.search_endpoints(filters={"service_id": service.id})[0].id == endpoint.id
identity.create_registered_limit(
    service_id=service.id, region_id="sdk", resource_name="cores", default_limit=5
)
# This SDK reads no ids in answers to these two.
registered = next(identity.registered_limits(service_id=service.id))
identity.create_limit(
    service_id=service.id,
    region_id="sdk",
    resource_name="cores",
    resource_limit=7,
    project_id=project.id,
)
limit = next(identity.limits(project_id=project.id))
assert identity.update_limit(limit, resource_limit=8).resource_limit == 8
assert [one.id for one in identity.limits(project_id=project.id)] == [limit.id]
assert identity.delete(f"/limits/{limit.id}").status_code == 204  # delete_limit of this SDK never works
identity.delete_registered_limit(registered)

# Disabled, the user's connection ends.
identity.update_user(user, is_enabled=False)
refused(401, lambda: list(own.identity.user_projects(user.id)))

for delete, thing in [
    (identity.delete_endpoint, endpoint),
    (identity.delete_service, service),
    (identity.delete_region, region),
    (identity.delete_role, role),
    (identity.delete_group, group),
    (identity.delete_user, user),
    (identity.delete_project, below),
    (identity.delete_project, project),
]:
    delete(thing, ignore_missing=False)
refused(403, identity.delete_domain, domain)
identity.update_domain(domain, is_enabled=False)
identity.delete_domain(domain)
refused(404, identity.get_domain, domain.id)
print("done")
