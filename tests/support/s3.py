"""OpenStack's object store as an S3 server: proxy, account, container and object server in one process.

Usage: s3.py FOLDER PORT ACCESS_KEY SECRET_KEY; answers at http://127.0.0.1:PORT until it is ended.
The user "test:tester" of tempauth gives the access key its name; state is in FOLDER.
"""
import logging
import os
import sys

import eventlet
eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)
from eventlet import listen, wsgi
from swift.account.server import AccountController
from swift.common import storage_policy
from swift.common.ring import RingBuilder
from swift.common.utils import set_swift_dir
from swift.common.wsgi import loadapp
from swift.container.server import ContainerController
from swift.obj.server import ObjectController

PROXY = '''
[DEFAULT]
swift_dir = %(folder)s
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth bulk slo copy dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = false
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = test-region
min_segment_size = 5242880
auth_pipeline_check = true
[filter:tempauth]
use = egg:swift#tempauth
user_%(account)s_%(user)s = %(secret)s .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:copy]
use = egg:swift#copy
[filter:dlo]
use = egg:swift#dlo
'''


def main(folder, port, access, secret):
    account, user = access.split(':')
    devices = os.path.join(folder, 'devices')
    os.makedirs(os.path.join(devices, 'd'), exist_ok=True)
    with open(os.path.join(folder, 'swift.conf'), 'w') as file:
        file.write('[swift-hash]\nswift_hash_path_suffix = test\n')
    set_swift_dir(folder)
    sockets = {name: listen(('127.0.0.1', 0)) for name in ('account', 'container', 'object')}
    for name, sock in sockets.items():
        builder = RingBuilder(2, 1, 0)
        builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': sock.getsockname()[1],
                         'device': 'd', 'weight': 1})
        builder.rebalance()
        builder.get_ring().save(os.path.join(folder, name + '.ring.gz'))
    storage_policy.reload_storage_policies()
    quiet = logging.getLogger('null')
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    conf = {'swift_dir': folder, 'devices': devices, 'mount_check': 'false', 'log_level': 'ERROR',
            'fallocate_reserve': '0', 'disable_fallocate': 'true'}
    for name, kind in (('account', AccountController), ('container', ContainerController),
                       ('object', ObjectController)):
        eventlet.spawn(wsgi.server, sockets[name], kind(conf), log=quiet, log_output=False)
    file = os.path.join(folder, 'proxy-server.conf')
    with open(file, 'w') as out:
        out.write(PROXY % {'folder': folder, 'account': account, 'user': user, 'secret': secret})
    os.chmod(file, 0o600)
    app = loadapp(file, global_conf={'log_name': 'proxy'})
    front = listen(('127.0.0.1', int(port)))
    print(front.getsockname()[1], flush=True)
    wsgi.server(front, app, log=quiet, log_output=False)


if __name__ == '__main__':
    main(*sys.argv[1:])
