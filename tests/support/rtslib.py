"""Restores a saveconfig.json by the real rtslib into a folder that stands for the kernel's configfs.

Arguments: the file, and a folder for the kernel. Prints rtslib's errors, then what the "kernel" was told:
one line for each file and link, without the folder.
"""

import json
import os
import sys
import types

try:
    import pyudev  # noqa: F401
except ImportError:  # only asked about devices that are plugged in
    sys.modules["pyudev"] = types.ModuleType("pyudev")
    sys.modules["pyudev"].Context = object

saveconfig, kernel = sys.argv[1:]
os.makedirs(os.path.join(kernel, "core"))
os.makedirs(os.path.join(kernel, "iscsi"))

import rtslib_fb.fabric  # noqa: E402
import rtslib_fb.node  # noqa: E402
import rtslib_fb.root  # noqa: E402
import rtslib_fb.target  # noqa: E402
import rtslib_fb.tcm  # noqa: E402
import rtslib_fb.utils  # noqa: E402

rtslib_fb.node.CFSNode.configfs_dir = kernel
real_mkdir = os.mkdir

# What the kernel makes by itself in a new folder, by the depth and kind of the folder.
STORE = ["control", "enable", "udev_path", "info", "wwn/vpd_unit_serial", "attrib/emulate_write_cache", "alua/"]
GROUP = ["enable", "attrib/authentication", "attrib/generate_node_acls", "attrib/demo_mode_write_protect",
         "attrib/cache_dynamic_acls", "param/", "lun/", "np/", "acls/"]
ACL = ["auth/userid", "auth/password", "auth/userid_mutual", "auth/password_mutual", "attrib/", "info", "cmdsn_depth"]


def made(path):
    parts = os.path.relpath(path, kernel).split(os.sep)
    if parts[0] == "core" and len(parts) == 3:
        return STORE
    if parts[0] == "iscsi":
        if len(parts) == 3 and parts[2].startswith("tpgt_"):
            return GROUP
        if len(parts) == 5 and parts[3] == "acls":
            return ACL
        if len(parts) == 5 and parts[3] == "np":
            return ["iser", "cxgbit"]
        if len(parts) == 6 and parts[3] == "acls":
            return ["write_protect"]
    return []


def mkdir(path, *rest):
    real_mkdir(path, *rest)
    for name in made(path):
        inner = os.path.join(path, name)
        if name.endswith("/"):
            os.makedirs(inner)
        else:
            os.makedirs(os.path.dirname(inner), exist_ok=True)
            with open(inner, "w") as file:
                file.write("0")


os.mkdir = mkdir
for module in (rtslib_fb.root, rtslib_fb.fabric):
    for name in ("modprobe", "mount_configfs"):
        if hasattr(module, name):
            setattr(module, name, lambda *_: None)
rtslib_fb.root.RTSRoot._set_dbroot = lambda self: None
# Reservations that outlive a restart are looked up in the kernel's own folder.
rtslib_fb.tcm.StorageObject._config_pr_aptpl = lambda self: None
# Devices are not here, and files stand for themselves.
rtslib_fb.tcm.get_blockdev_type = lambda path: 0 if path.startswith("/dev/") else None
rtslib_fb.tcm.is_dev_in_use = lambda *_: False

for error in rtslib_fb.root.RTSRoot().restore(json.load(open(saveconfig))):
    print("error:", error)
told = []
for folder, folders, files in os.walk(kernel):
    for name in folders + files:
        path = os.path.join(folder, name)
        shown = os.path.relpath(path, kernel)
        if os.path.islink(path):
            # The link's own name is drawn by lot.
            told.append(f"{os.path.relpath(folder, kernel)} -> {os.path.relpath(os.path.realpath(path), kernel)}")
        elif os.path.basename(folder) == "np":
            told.append(f"{shown}/")
        elif os.path.isfile(path):
            text = open(path).read().strip()
            if text != "0":
                told.append(f"{shown}: {text}")
print("\n".join(sorted(told)))
