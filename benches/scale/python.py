# The usual way to do the same: PyYAML with its C loader, and one Jinja2 loop over all hosts.
# It resolves no more than what the benchmark's hosts need, and checks nothing.
import sys

import jinja2
import yaml

TEMPLATE = """\
authoritative;
{% for name, subnet in site.subnets.items() %}
subnet {{ name }} { range {{ subnet.ranges }}; option routers {{ subnet.routers }}; }
{% endfor %}
{% for name, host in site.hosts.items() %}

host {{ name }} {
\thardware ethernet {{ host.mac }};
\tfixed-address {{ host.ip }};
\toption host-name "{{ name }}";
{% if host.root_path is defined %}
\toption root-path "iscsi:{{ host.root_path.iscsi.server }}:::{{ host.root_path.iscsi.lun }}:{{ host.root_path.iscsi.target }}";
{% elif host.group == "diskless" %}
\toption root-path "iscsi:172.16.0.20::::iqn.2020-01.example.scale:{{ name }}";
{% endif %}
}
{% endfor %}
"""

with open(sys.argv[1], encoding="utf-8") as file:
    site = yaml.load(file, Loader=yaml.CSafeLoader)
environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.ChainableUndefined)
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write(environment.from_string(TEMPLATE).render(site=site))
