-- Records that are parts of one total: of those about a domain the first has
-- their sums and the number of distinct domains among them, and stands for the
-- others. A sum of which a part is unknown is unknown.
create table sums as
select
    min(place) as place,
    {% for column in sums %}
    case
        when count({{ column | identifier }}) = count(*)
            then sum({{ column | identifier }})
    end as {{ column | identifier }},
    {% endfor %}
    count(distinct {{ counted | identifier }}) as {{ counted | identifier }}
from judgements
where refusal is null and skip is null
group by {{ domain | identifier }};

update judgements set skip = 'added_up'
where
    refusal is null
    and skip is null
    and place not in (select place from sums);

update judgements set
{%- for column in sums + [counted] %}
    {{ column | identifier }} = sums.{{ column | identifier }}
    {{- "," if not loop.last }}
{%- endfor %}
from sums
where judgements.place = sums.place;
