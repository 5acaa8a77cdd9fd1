# Installs the configuration files of a netboot server from a folder that `ipxegen render` wrote into the
# master's file_roots. pillar.example lists the settings.

{%- set given = salt['pillar.get']('ipxegen', {}) %}
{%- set tree = 'salt://' ~ given.get('tree', 'ipxegen-tree') %}
{%- set server = given.get('server', grains['id'].split('.')[0]) %}
{%- set root = given.get('root', '') %}
{%- set reloadable = given.get('reloadable', [
      'apache2.service', 'nfs-kernel-server.service', 'nginx.service', 'smbd.service']) %}
{%- set text = salt['cp.get_file_str'](tree ~ '/manifest.json') %}
{#- A path may contain characters that YAML, a shell or a pattern interprets, so every path is quoted. #}
{%- macro reference(path) -%}
{{ ('ipxegen-' ~ path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]')) | yaml_dquote }}
{%- endmacro %}
{%- set manifest = text | load_json if text else {'files': []} %}
{%- set files = manifest.files | selectattr('server', 'equalto', server) | list %}

{#- Checks all new files in the minion's cache before any file is replaced. The check runs while Salt reads
    the states, so that test=True reports a wrong file, too. #}
{%- set cached = namespace(tree='') %}
{%- for file in files %}
{%-   set at = salt['cp.cache_file'](tree ~ '/' ~ server ~ file.path) %}
{%-   if at %}
{%-     set cached.tree = at[:(at | length) - (file.path | length)] %}
{%-   endif %}
{%- endfor %}
{%- set wrong = [] %}
{%- if files and given.get('validate', true) %}
{%-   set script = salt['cp.cache_file']('salt://' ~ tpldir ~ '/files/check-staged') %}
{%-   set checks = [] %}
{%-   for file in files if file.check is defined and file.check not in checks %}
{%-     do checks.append(file.check) %}
{%-   endfor %}
{%-   for check in checks %}
{%-     set words = ['sh', script, cached.tree] + check %}
{%-     set ran = salt['cmd.run_all'](words, python_shell=False, ignore_retcode=True) %}
{%-     if ran.retcode != 0 %}
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
    - name: the daemons' own checkers accept the new files
{%- endif %}

{%- for file in files %}

{{ ('ipxegen-' ~ file.path) | yaml_dquote }}:
  file.managed:
    - name: {{ (root ~ file.path) | yaml_dquote }}
    - source: {{ (tree ~ '/' ~ server ~ file.path) | yaml_dquote }}
    - user: {{ file.owner | yaml_dquote }}
    - group: {{ file.group | yaml_dquote }}
    - mode: {{ file.mode | yaml_dquote }}
    - makedirs: true
    {%- if given.get('backup', true) %}
    - backup: minion
    {%- endif %}
    {%- if file.mode.endswith("0") or file.secret is defined %}
    {#- No diff if not every user may read the file. #}
    - show_changes: false
    {%- endif %}
    - require:
      - test: ipxegen-checked
{%- endfor %}

{%- if not root and given.get('reload', true) %}
{%-   for unit in files | selectattr('reload', 'defined') | map(attribute='reload') | unique | sort %}
{%-     set read = files | selectattr('reload', 'defined') | selectattr('reload', 'equalto', unit) | list %}
{%-     if unit == 'systemd-tmpfiles-setup.service' %}
{#-       systemd refuses to restart this unit, and it would process all files. #}
{%-       for file in read %}

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
    {%- if unit in reloadable %}
    - reload: true
    {%- endif %}
    - watch:
      {%- for file in read %}
      - file: {{ reference(file.path) }}
      {%- endfor %}
{%-     endif %}
{%-   endfor %}
{%- endif %}
