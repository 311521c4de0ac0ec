#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, in deploy/secrets. What is there stays, so it is safe to run again.
#
# Nobody else on this machine can enter the folder (0700). Inside it the files are readable (0444), because Compose mounts them with the
# owner they have here, which is not the user that the containers run as.
set -eu
umask 077

dir=$(cd "$(dirname "$0")" && pwd)/secrets
mkdir -p "$dir"
chmod 700 "$dir"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# NAME VALUE
secret() {
  file=$dir/$1.txt
  if [ -s "$file" ]; then return; fi
  printf '%s\n' "$2" >"$file.new"
  chmod 444 "$file.new"
  mv "$file.new" "$file"
  echo "made $file"
}

url() { echo "mysql://$1:$2@mysql:3306/eshop_$3"; }

secret mysql_root_password "$(random)"
secret mysql_url "mysql://root:$(cat "$dir/mysql_root_password.txt")@mysql:3306/"

# npm run generate writes this line.
services="order stock coupon pay"

for service in $services; do
  secret "${service}_database_url" "$(url "$service" "$(random)" "$service")"
done

# Databases of things that run inside a service's process. npm run generate writes this line.
side_databases="test_provider"

for name in $side_databases; do
  secret "${name}_database_url" "$(url "$name" "$(random)" "$name")"
done

# One user in the databases of all services. USER [DATABASE ...]
urls() {
  user=$1 password=$(random)
  shift
  list=
  for database in $services "$@"; do list=$list,$(url "$user" "$password" "$database"); done
  echo "${list#,}"
}
secret relay_database_urls "$(urls relay)"
secret ops_database_urls "$(urls ops ops)"

secret console_database_url "$(url console "$(random)" console)"
# Who logs in to the console as "operator" with it may act. Others get their own: node console/user.ts NAME ROLE
secret console_operator_password "$(random)"
secret console_session_key "$(random)"

# Who may call the gateway: one key that acts for every user, and its hash. Others get their own: node gateway/api-key.ts NAME ROLE
secret gateway_operator_key "qk_$(random)"
secret gateway_api_keys "operator:operator:sha256\$$(tr -d '\n' <"$dir/gateway_operator_key.txt" | sha256sum | cut -d' ' -f1)"

# Every call between our processes carries it, so that none of another system is taken for ours.
secret system_token "$(random)"

# Signs and verifies what the payment provider tells. To change it: "NEW,OLD" for a while, then "NEW".
secret payment_webhook_secrets "$(random)"
