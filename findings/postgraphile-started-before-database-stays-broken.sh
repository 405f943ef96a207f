#!/bin/sh
# PostGraphile 5.1.5 (grafserv): a server that starts before its database answers 500 for ever, also once it is there.
#
# The first request is told why in the log: ECONNREFUSED. Each later one fails with `TypeError: parseAndValidate is not a
# function`, with the database up or not: what failed once is not tried again. The process goes on and listens, so a check
# of the port, or of a page that reads no schema, keeps it in service. In compose files and pods, where all start at once,
# either the database has to be waited for, or the check has to ask GraphQL. The same server started anew answers 200.
# The database is PGlite's socket server 0.2.17 (PGlite 0.5.14), the Node is 24.21.0, both from npm.
#
# Seen on 2026-11-29:
#   before the database: 500
#   with the database: 500 500 500
#   TypeError: parseAndValidate is not a function
#   started anew: 200
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
running=
trap 'kill $running 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
cat >package.json <<'JSON'
{"private": true, "type": "module"}
JSON
npm install --silent --no-audit --no-fund node@24.21.0 2>/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund postgraphile@5.1.5 @electric-sql/pglite@0.5.14 \
    @electric-sql/pglite-socket@0.2.17 2>/dev/null
node=$folder/node_modules/node/bin/node
set -- $(python3 -c '
import socket
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in taken))')
cat >database.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const db = await PGlite.create();
await db.exec("CREATE TABLE note (id int PRIMARY KEY, body text)");
await new PGLiteSocketServer({ db, host: "127.0.0.1", port: Number(process.argv[2]) }).start();
JS
cat >server.mjs <<'JS'
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, database] = process.argv.slice(2);
const connectionString = `postgres://postgres@127.0.0.1:${database}/postgres`;
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ["public"], poolConfig: { max: 1 } })],
  grafserv: { graphiql: false, watch: false, websockets: false },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
JS
listens() { python3 -c '
import socket, sys, time
for _ in range(600):
    with socket.socket() as one:
        if not one.connect_ex(("127.0.0.1", int(sys.argv[1]))):
            sys.exit()
    time.sleep(0.1)
sys.exit("nothing listens")' "$1"; }
ask() {
    curl --silent --output /dev/null --write-out '%{http_code}' --header 'Content-Type: application/json' \
        --data '{"query": "{ __typename }"}' "http://127.0.0.1:$web/graphql"
}
serve() {
    GRAPHILE_ENV=production NODE_ENV=production "$node" server.mjs "$web" "$database" >server.log 2>&1 &
    server=$!
    running="$running $server"
    listens "$web"
}
web=$1 database=$2
serve
before=$(ask)
"$node" database.mjs "$database" >database.log 2>&1 &
running="$running $!"
listens "$database"
with="$(ask) $(ask) $(ask)"
fault=$(grep --only-matching 'TypeError: parseAndValidate is not a function' server.log | tail -n 1)
kill "$server"
wait "$server" 2>/dev/null || true
serve
anew=$(ask)
echo "before the database: $before"
echo "with the database: $with"
echo "$fault"
echo "started anew: $anew"
[ "$before $with $anew" = "500 500 500 500 200" ] && [ -n "$fault" ] || { echo "this has changed"; exit 1; }
