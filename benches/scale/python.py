# The usual way to do the same: PyYAML with its C loader, and one Jinja2 loop over all hosts. Of the
# checks it makes the one that everybody makes, of the manifest it keeps the sums.
import csv
import hashlib
import pathlib
import sys

import jinja2
import yaml

def disk(name, host):
    if "root_path" in host:
        return host["root_path"]["iscsi"]
    if host.get("group") == "diskless":
        return {"server": "172.16.0.20", "target": f"iqn.2020-01.example.scale:{name}", "lun": ""}
    return None


def main(path, out):
    with open(path, encoding="utf-8") as file:
        site = yaml.load(file, Loader=yaml.CSafeLoader)
    hosts = site["hosts"]
    for key in ["mac", "ip"]:
        if len({host[key] for host in hosts.values()}) < len(hosts):
            sys.exit(f"two hosts have the same {key}")
    disks = {name: found for name, host in hosts.items() if (found := disk(name, host))}
    template = pathlib.Path(__file__).with_name("dhcpd.conf.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True)
    text = environment.from_string(template).render(site=site)
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)
    print(hashlib.sha256(text.encode()).hexdigest())
    with open(out + ".csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        for name, one in disks.items():
            initiator = f"iqn.2010-04.org.ipxe:{name}"
            table.writerow([name, hosts[name]["ip"], initiator, one["target"], one["lun"], one["server"]])
    with open(out + ".csv", "rb") as file:
        print(hashlib.sha256(file.read()).hexdigest())


main(sys.argv[1], sys.argv[2])
