// Contradictions: two answers to a relation that has one, such as a place of birth.
MATCH (h:Entity)-[r]->(t:Entity)
WHERE type(r) IN ['PLACE_OF_BIRTH', 'PLACE_OF_DEATH', 'DATE_OF_BIRTH', 'DATE_OF_DEATH',
  'FATHER', 'MOTHER', 'INCEPTION']
WITH h, type(r) AS relation, r, t ORDER BY r.support DESC, t.name
WITH h, relation, collect({answer: t.name, support: r.support}) AS answers
WHERE size(answers) > 1
RETURN h.name AS entity, relation, answers
ORDER BY size(answers) DESC, entity, relation
LIMIT 100
