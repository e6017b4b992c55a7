#!/bin/sh
# Run by the postgres image when it makes the database: a replica may copy it with the same password.
echo "host replication all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
