# Copyright: The ipxegen authors
# MIT (LICENSE-MIT) or Apache-2.0 (LICENSE-APACHE)
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The inventory plugin: the servers of a site, and on request its clients."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ipxegen
short_description: The servers of a netboot site, and on request its clients
author: The ipxegen authors
description:
  - Reads a C(site.yaml) with C(ipxegen inventory), on the control node.
  - The servers of the site are in the group C(servers), and those of each service in C(service_dhcp), C(service_tftp) and
    so on. With O(clients), the machines of the site are in C(hosts), C(subnet_NAME) and C(group_NAME).
  - If the site has an error, Ansible ends with exit code 4. An inventory plugin that only reports a failure does not stop
    Ansible, which would go on without the hosts and end with 0.
  - No secret of the site is read, so the inventory needs no vault password and no variable.
  - Every text of the site is marked as unsafe, so that Ansible does not render it as a template.
requirements:
  - ipxegen on the control node
notes:
  - The name of the inventory file must end with C(ipxegen.yml) or C(ipxegen.yaml).
extends_documentation_fragment:
  - ansible.builtin.constructed
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [ipxegen.netboot.ipxegen]
  site:
    description: The site, a file or a folder, relative to the inventory file.
    type: str
    default: site.yaml
  clients:
    description:
      - Whether the machines of the site are in the inventory, too. Ansible puts every machine of an inventory into the
        group C(all), so that C(ansible all) then reaches the clients as well.
    type: bool
    default: false
  program:
    description: The ipxegen program.
    type: str
    default: ipxegen
  arguments:
    description: Further arguments of C(ipxegen inventory), such as C(--with) and C(--allow-path).
    type: list
    elements: str
    default: []
  timeout:
    description: The number of seconds after which ipxegen is stopped.
    type: int
    default: 120
"""

EXAMPLES = r"""
# netboot.ipxegen.yml, beside site.yaml
plugin: ipxegen.netboot.ipxegen

---
# The clients as well, and a group of those that install themselves at each boot
plugin: ipxegen.netboot.ipxegen
site: ../site
clients: true
groups:
  reinstalled: ipxegen_host.reinstall is defined
"""

import json
import os
import subprocess
import sys

from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var

# The exit code of Ansible for an inventory that cannot be parsed.
PARSER_ERROR = 4

display = Display()


class Refused(Exception):
    """The site cannot be read; the message says why."""


class InventoryModule(BaseInventoryPlugin, Constructable):
    """Adds the machines that ``ipxegen inventory`` prints."""

    NAME = "ipxegen.netboot.ipxegen"

    def verify_file(self, path):
        """Whether the name of a file is that of a configuration of this plugin."""
        return super().verify_file(path) and path.endswith(("ipxegen.yml", "ipxegen.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Reads the configuration and adds the machines."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            listed = self._listed(os.path.dirname(os.path.abspath(path)))
        except Refused as why:
            # Ansible turns every exception of a plugin into a warning, goes on without the hosts, and ends with 0.
            display.error(to_text(why), wrap_text=False)
            sys.exit(PARSER_ERROR)
        self._add(listed)

    def _listed(self, folder):
        """The answer of ``ipxegen inventory``."""
        site = os.path.join(folder, os.path.expanduser(self.get_option("site")))
        command = [os.path.expanduser(self.get_option("program")), "inventory", "--format", "ansible"]
        command += self.get_option("arguments") + [site]
        limit = self.get_option("timeout")
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(f"{command[0]} did not read {site} within {limit} seconds") from error
        except OSError as error:
            raise Refused(f"{command[0]} cannot be run: {error.strerror}; set `program`") from error
        said = to_text(done.stderr).strip()
        if done.returncode != 0:
            raise Refused(f"ipxegen refuses {site} (exit code {done.returncode}):\n{said}")
        if said:
            display.warning(said, formatted=True)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise Refused(f"the answer of {command[0]} is not JSON: {error}") from error

    def _add(self, listed):
        """Adds the groups, machines and variables of an answer."""
        variables = listed.pop("_meta")["hostvars"]
        servers = set(listed["servers"]["hosts"])
        wanted = set(variables) if self.get_option("clients") else servers
        for group, members in listed.items():
            members = [name for name in members["hosts"] if name in wanted]
            # Plays name these groups whether or not they have members.
            if members or group in ("servers", "hosts"):
                self.inventory.add_group(group)
            for name in members:
                self.inventory.add_host(name, group=group)
        strict = self.get_option("strict")
        for name in sorted(wanted):
            own = marked(variables[name])
            for key, value in own.items():
                self.inventory.set_variable(name, key, value)
            self._set_composite_vars(self.get_option("compose"), own, name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), own, name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), own, name, strict=strict)


def marked(value):
    """The value, with every text that ipxegen has marked as unsafe marked in Ansible's way."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return wrap_var(value["__ansible_unsafe"])
        return {key: marked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    return value
