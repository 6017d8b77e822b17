#!/usr/bin/env python3
"""Runs statements on a database and says how long each took: database.py psycopg2|pymysql PORT.

A line for each statement: milliseconds, the error's code or "ok", the statement."""
import sys
import time

driver, port = sys.argv[1], int(sys.argv[2])
if driver == "psycopg2":
    import psycopg2 as module

    connection = module.connect(host="127.0.0.1", port=port, user="shop", dbname="shop", sslmode="disable", gssencmode="disable")
    SLEEP = "SELECT pg_sleep(0.06)"
else:
    import pymysql as module

    connection = module.connect(host="127.0.0.1", port=port, user="shop", password="planted", database="shop")
    SLEEP = "SELECT SLEEP(0.06)"
connection.autocommit = True if driver == "psycopg2" else connection.autocommit(True)
cursor = connection.cursor()


def run(statement, *arguments):
    begin = time.perf_counter()
    outcome = "ok"
    try:
        cursor.execute(statement, arguments or None)
        if cursor.description:
            cursor.fetchall()
    except module.Error as error:
        outcome = getattr(error, "pgcode", None) or error.args[0]
    elapsed = (time.perf_counter() - begin) * 1000
    print(f"{elapsed:.3f}", outcome, " ".join(statement.split()), sep="\t", flush=True)


run("DROP TABLE IF EXISTS shelves")
run("CREATE TABLE shelves (id int PRIMARY KEY, name varchar(40))")
for number in range(20):
    run("INSERT INTO shelves VALUES (%s, %s)", number, f"it's \\ \"planted\" {number}")
run(SLEEP)
run("SELECT * FROM shelves -- with a comment\nWHERE id < 5")
run("SELECT * FROM missing")
run(SLEEP)
run("UPDATE shelves SET name = 'two' WHERE id IN (1, 2, 3)")
run("SELECT a.name, b.name, c.name FROM shelves a, shelves b, shelves c")
run("SELECT 1 FROM shelves WHERE name = 'planted" + "x" * 9000 + "'")
connection.close()
