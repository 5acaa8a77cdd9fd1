# Installs the configuration files of a netboot server from a folder that `ipxegen render` wrote into the
# master's file_roots. pillar.example lists the settings.

{%- from tpldir ~ '/map.jinja' import ipxegen as given with context %}
{%- set tree = 'salt://' ~ given.tree %}
{%- set server = given.server or grains['id'].split('.')[0] %}
{%- set root = given.root %}
{%- set text = salt['cp.get_file_str'](tree ~ '/manifest.json') %}
{#- A path may contain characters that YAML, a shell or a pattern interprets, so every path is quoted. #}
{%- macro reference(path) -%}
{{ ('ipxegen-' ~ path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]')) | yaml_dquote }}
{%- endmacro %}
{%- set manifest = text | load_json if text else {'files': []} %}
{%- set files = manifest.files | selectattr('server', 'equalto', server) | list %}
{%- set packages = [] %}
{%- if given.packages and not root %}
{%-   for step in manifest.needs | default([]) if step.server == server and step.kind == 'package' %}
{%-     do packages.append(step.what) %}
{%-   endfor %}
{%- endif %}

{#- The files of an earlier run that the site no longer has. A run keeps the list of its files for the next one. #}
{%- set record = root ~ '/var/lib/ipxegen-salt/files.json' %}
{%- set stale = [] %}
{%- if files and given.stale and salt['file.file_exists'](record) %}
{%-   set paths = files | map(attribute='path') | list %}
{%-   for file in salt['file.read'](record) | load_json if file.path not in paths %}
{%-     do stale.append(file) %}
{%-   endfor %}
{%- endif %}

{#- Checks all new files in the minion's cache before any file is replaced. The check runs while Salt reads
    the states, so that test=True reports a wrong file, too. A checker that comes with a missing package runs after
    the package is installed. #}
{%- set cached = namespace(tree='') %}
{%- for file in files %}
{%-   set at = salt['cp.cache_file'](tree ~ '/' ~ server ~ file.path) %}
{%-   if at %}
{%-     set cached.tree = at[:(at | length) - (file.path | length)] %}
{%-   endif %}
{%- endfor %}
{%- set wrong = [] %}
{%- set later = [] %}
{%- if files and given.validate %}
{%-   set script = salt['cp.cache_file']('salt://' ~ tpldir ~ '/files/check-staged') %}
{%-   set checks = [] %}
{%-   for file in files if file.check is defined and file.check not in checks %}
{%-     do checks.append(file.check) %}
{%-   endfor %}
{%-   for check in checks %}
{%-     set words = ['sh', script, cached.tree] + check %}
{%-     set ran = salt['cmd.run_all'](words, python_shell=False, ignore_retcode=True) %}
{#-     127 is the shell's code for a program that is not there. #}
{%-     if ran.retcode == 127 and packages %}
{%-       do later.append(words) %}
{%-     elif ran.retcode != 0 %}
{%-       do wrong.append((check | join(' ')) ~ ':\n' ~ ran.stdout ~ ran.stderr) %}
{%-     endif %}
{%-   endfor %}
{%- endif %}

ipxegen-checked:
{%- if not files %}
  test.fail_without_changes:
    - name: {{ ('no files for the server ' ~ server ~ ' in ' ~ tree ~ '/manifest.json') | yaml_dquote }}
    - failhard: true
{%- elif wrong %}
  test.fail_without_changes:
    - name: {{ ("the daemons' own checkers refuse the new files:\n" ~ wrong | join('\n')) | yaml_dquote }}
    - failhard: true
{%- else %}
  test.succeed_without_changes:
    - name: {{ "the daemons' own checkers accept the new files" if not later else "some checkers come with packages" }}
{%- endif %}

{%- if packages %}

ipxegen-packages:
  pkg.installed:
    - pkgs: {{ packages | unique | list | json }}
    - failhard: true
    - require:
      - test: ipxegen-checked
{%- endif %}

{%- for words in later %}

{{ ('ipxegen-check-' ~ words[3:] | join(' ')) | yaml_dquote }}:
  cmd.run:
    - name: {{ words | map('quote') | join(' ') | yaml_dquote }}
    - failhard: true
    - require:
      - pkg: ipxegen-packages
{%- endfor %}

{%- for file in files %}

{{ ('ipxegen-' ~ file.path) | yaml_dquote }}:
  file.managed:
    - name: {{ (root ~ file.path) | yaml_dquote }}
    - source: {{ (tree ~ '/' ~ server ~ file.path) | yaml_dquote }}
    - user: {{ file.owner | yaml_dquote }}
    - group: {{ file.group | yaml_dquote }}
    - mode: {{ file.mode | yaml_dquote }}
    - makedirs: true
    {%- if given.backup %}
    - backup: minion
    {%- endif %}
    {%- if file.mode.endswith("0") or file.secret is defined %}
    {#- No diff if not every user may read the file. #}
    - show_changes: false
    {%- endif %}
    - require:
      - test: ipxegen-checked
{%- endfor %}

{%- for file in stale %}

{{ ('ipxegen-' ~ file.path) | yaml_dquote }}:
  file.absent:
    - name: {{ (root ~ file.path) | yaml_dquote }}
    - require:
      - test: ipxegen-checked
{%- endfor %}

{%- if files and given.stale %}

ipxegen-record:
  file.serialize:
    - name: {{ record | yaml_dquote }}
    - dataset:
      {%- for file in files %}
      - {{ {'path': file.path, 'reload': file.reload | default('')} | json }}
      {%- endfor %}
    - serializer: json
    - user: root
    - group: root
    - mode: '0644'
    - makedirs: true
    - show_changes: false
    - require:
      - test: ipxegen-checked
{%- endif %}

{%- if not root and given.reload %}
{%-   for unit in files | selectattr('reload', 'defined') | map(attribute='reload') | unique | sort %}
{%-     set read = (files + stale) | selectattr('reload', 'defined') | selectattr('reload', 'equalto', unit) | list %}
{%-     if unit == 'systemd-tmpfiles-setup.service' %}
{#-       systemd refuses to restart this unit, and it would process all files. #}
{%-       for file in read if file not in stale %}

{{ ('ipxegen-links-' ~ file.path) | yaml_dquote }}:
  cmd.run:
    - name: {{ ('systemd-tmpfiles --create ' ~ (file.path | quote)) | yaml_dquote }}
    - onchanges:
      - file: {{ reference(file.path) }}
{%-       endfor %}
{%-     else %}

{{ ('ipxegen-' ~ unit) | yaml_dquote }}:
  service.running:
    - name: {{ unit | replace('.service', '') | yaml_dquote }}
    - enable: true
    {%- if unit in given.reloadable %}
    - reload: true
    {%- endif %}
    - watch:
      {%- for file in read %}
      - file: {{ reference(file.path) }}
      {%- endfor %}
{%-     endif %}
{%-   endfor %}
{%- endif %}
