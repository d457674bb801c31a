-- Who asks what about what: pairs per generator, kind of chunk and shape of the question, and how good the generated ones are held to be.
select
    generator,
    kind,
    shape,
    count(*) as pairs,
    count(distinct parent_ids[1]) as chunks,
    avg(sample_quality_score) as mean_quality
from {{ ref('stg_qa_pairs') }}
group by all
order by generator, kind, pairs desc, shape
