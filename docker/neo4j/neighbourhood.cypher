// An entity's neighbourhood: all triples with it at one end, best supported first.
// :param name => 'Marie Curie'
MATCH (e:Entity)-[r]-(other:Entity)
WHERE e.name = $name OR EXISTS { (e)-[:ALSO_CALLED]->(:Alias {name: $name}) }
RETURN e, r, other
ORDER BY r.support DESC
LIMIT 100
