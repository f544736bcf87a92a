{% for name in settings() -%}
select
    '{{ name }}' as setting,
    '{{ setting(name).replace("'", "''") }}' as value
{% if not loop.last %}union all{% endif %}
{% endfor %}
