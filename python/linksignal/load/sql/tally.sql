-- Rows by what became of them, and whether some row has a note.
select
    {% for note in notes %}
    coalesce(bool_or({{ ("note:" ~ note) | identifier }}), false) as {{ note }},
    {% endfor %}
    count(*) filter (refusal is not null and {{ records }}) as refused,
    count(*) filter ({{ skipped }} and {{ records }}) as skipped,
    count(*) filter ({{ elements }}) as elements,
    count(*) filter (refusal is not null and {{ elements }}) as refused_parts,
    count(*) filter ({{ skipped }} and {{ elements }}) as skipped_parts
from judged;
