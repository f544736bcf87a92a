{% macro refused_by(readings) %}
case
    when not is_wanted then null
    {% for each in readings if each.refusal != "null" %}
    when {{ each.reason }} is not null
        then (
            {{ each.place }}
        )
    {% endfor %}
    else null::integer
end
{% endmacro %}

{% macro of_refused(name) %}
case refused_by
    {% for each in readings if each.refusal != "null" %}
    when {{ each.place }}
        then (
            {{ each[name] }}
        )
    {% endfor %}
    else null::varchar
end
{% endmacro %}

{% macro first_skip(skips) %}
coalesce({{ (skips + ["null::varchar"]) | join(", ") }})
{% endmacro %}

{% macro by_part(parts, outcome_of) %}
{% if parts | length == 1 %}
{{ outcome_of(parts.values() | first) }}
{% else %}
case coalesce(list, '')
    {% for part, readings in parts.items() %}
    when {{ part | literal }}
        then (
            {{ outcome_of(readings) }}
        )
    {% endfor %}
end
{% endif %}
{% endmacro %}

-- What becomes of each record (and element): its typed values, and why it is
-- rejected or skipped. Values come first, reasons next: no text is parsed
-- twice, nor by two fields that read it alike. What is the same in every row
-- stands in the view alone: in the table it would be written, hashed and read
-- for each.
create table judgements as
with found as (
    select
        {% for number in host_numbers %}
        hosts_{{ number }}.host as site_{{ number }}_host,
        hosts_{{ number }}.domain as site_{{ number }}_domain,
        hosts_{{ number }}.reason as site_{{ number }}_reason,
        hosts_{{ number }}.is_lookalike as site_{{ number }}_is_lookalike,
        {% endfor %}
        {% for each in readings | unique(attribute="value")
            if not each.is_fixed %}
        {{ each.parsed.value }} as {{ each.value }},
        {% endfor %}
        texts.*
    from texts
    {% for number in host_numbers %}
    left join hosts_{{ number }}
        on texts.site_{{ number }} = hosts_{{ number }}.site
    {% endfor %}
),

reasons as (
    select
        {% for each in readings | unique(attribute="reason") %}
        {% if each.refusal != "null" %}
        {{ each.refusal }} as {{ each.reason }},
        {% endif %}
        {% if each.skipped != "null" %}
        {{ each.skipped }} as {{ each.skip }},
        {% endif %}
        {% endfor %}
        *
    from found
),

judged_parts as (
    select
        *,
        {{ by_part(refusals, refused_by) }} as refused_by
    from reasons
)

select
    place,
    {% if has_lists %}
    part,
    list,
    {% endif %}
    {% for name, sql in columns.items() %}
    {{ sql }} as {{ name | identifier }},
    {% endfor %}
    case
        when refused_by is not null
            then
                struct_pack(
                    "column" := {{ of_refused("column") }},
                    reason := {{ of_refused("reason") }},
                    value_prefix := shown_value({{ of_refused("form") }})
                )
    end as refusal,
    {{ by_part(skips, first_skip) }} as skip
from judged_parts;

create view judged as
select
    {% for name, sql in constants.items() %}
    {{ sql }} as {{ name | identifier }},
    {% endfor %}
    *
from judgements;

{% if has_lists %}
-- The elements of a record that is rejected, or holds nothing, go with it.
delete from judgements
where
    part > 0
    and place in (
        select place
        from judgements
        where
            part = 0
            and (
                refusal is not null
                {% for code in empty_codes %}
                or skip = {{ code | literal }}
                {% endfor %}
            )
    );
{% endif %}
