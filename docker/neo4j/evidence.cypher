// The evidence of a triple: each passage that states it, and where.
// :params {head: 'Marie Curie', type: 'PLACE_OF_BIRTH', tail: 'Warsaw'}
MATCH (h:Entity {name: $head})-[r]->(t:Entity {name: $tail})
WHERE type(r) = $type
UNWIND range(0, size(coalesce(r.passages, [])) - 1) AS n
MATCH (d:Document)-[:HAS_PASSAGE]->(p:Passage {uid: r.passages[n]})
RETURN d.title AS document, r.starts[n] AS start, r.ends[n] AS end,
  substring(d.text, r.starts[n], r.ends[n] - r.starts[n]) AS text, r.scores[n] AS score
ORDER BY score DESC, document, start
