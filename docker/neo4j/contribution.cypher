// What a document contributed: its entities, and the triples that it states.
// :param title => 'Marie Curie'
MATCH (d:Document {title: $title})-[:HAS_PASSAGE]->(p:Passage)
OPTIONAL MATCH (p)-[:MENTIONS]->(h:Entity)
OPTIONAL MATCH (h)-[r]->(t:Entity) WHERE p.uid IN r.passages
RETURN d, p, h, r, t
LIMIT 300
