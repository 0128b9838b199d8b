// The best-connected entities: by triples, and by passages that mention them.
MATCH (e:Entity)
WITH e, COUNT { (e)--(:Entity) } AS triples, COUNT { (e)<-[:MENTIONS]-(:Passage) } AS passages
RETURN e.name AS entity, e.type AS type, triples, passages
ORDER BY triples DESC, passages DESC, entity
LIMIT 25
