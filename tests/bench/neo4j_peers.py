"""Writes one made graph into Neo4j with another library; prints the seconds. Runs in the
peers' own environment (see bench_neo4j.py), and imports nothing of kgqa.

    python neo4j_peers.py bare|graphrag|langchain ADDRESS PASSWORD GRAPH.json
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import neo4j


def bare(driver, address, password, graph):
    """CREATE without any check for what exists, in batches of 10,000; an index on the id."""
    driver.execute_query("CREATE INDEX bare_id IF NOT EXISTS FOR (n:Bare) ON (n.id)")
    driver.execute_query("CALL db.awaitIndexes(60)")
    started = time.perf_counter()
    for at in range(0, len(graph["entities"]), 10_000):
        driver.execute_query(
            "UNWIND $rows AS row CREATE (:Bare {id: row[0], type: row[1], name: row[2]})",
            rows=graph["entities"][at : at + 10_000],
        )
    for at in range(0, len(graph["triples"]), 10_000):
        driver.execute_query(
            "UNWIND $rows AS row MATCH (h:Bare {id: row[0]}) MATCH (t:Bare {id: row[2]}) "
            "CREATE (h)-[:$(row[1]) {p_id: row[1]}]->(t)",
            rows=graph["triples"][at : at + 10_000],
        )
    return time.perf_counter() - started


def graphrag(driver, address, password, graph):
    from neo4j_graphrag.components.kg_writer import Neo4jWriter
    from neo4j_graphrag.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship

    made = Neo4jGraph(
        nodes=[
            Neo4jNode(id=uid, label="Person", properties={"name": name})
            for uid, _, name in graph["entities"]
        ],
        relationships=[
            Neo4jRelationship(start_node_id=h, end_node_id=t, type=r)
            for h, r, t in graph["triples"]
        ],
    )
    writer = Neo4jWriter(driver, neo4j_database="neo4j")
    started = time.perf_counter()
    result = asyncio.run(writer.run(made))
    if result.status != "SUCCESS":
        raise SystemExit(f"Neo4jWriter: {result}")
    return time.perf_counter() - started


def langchain(driver, address, password, graph):
    from langchain_core.documents import Document
    from langchain_neo4j import Neo4jGraph
    from langchain_neo4j.graphs.graph_document import GraphDocument, Node, Relationship

    nodes = {
        uid: Node(id=uid, type="Person", properties={"name": name})
        for uid, _, name in graph["entities"]
    }
    made = GraphDocument(
        nodes=list(nodes.values()),
        relationships=[
            Relationship(source=nodes[h], target=nodes[t], type=r) for h, r, t in graph["triples"]
        ],
        source=Document(page_content="made"),
    )
    store = Neo4jGraph(
        f"bolt://{address}", "neo4j", password, database="neo4j", refresh_schema=False
    )
    started = time.perf_counter()
    store.add_graph_documents([made], baseEntityLabel=True)
    return time.perf_counter() - started


def main() -> None:
    name, address, password, path = sys.argv[1:]
    with open(path) as stream:
        graph = json.load(stream)
    with neo4j.GraphDatabase.driver(f"bolt://{address}", auth=("neo4j", password)) as driver:
        seconds = {"bare": bare, "graphrag": graphrag, "langchain": langchain}[name](
            driver, address, password, graph
        )
    print(seconds)


if __name__ == "__main__":
    main()
