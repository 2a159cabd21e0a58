#!/bin/sh
# Train with verl: recipes/verl/launch.sh RECIPE [KEY=VALUE ...]
#   recipes/verl/launch.sh tools-1.5b rvpo.method=gdpo trainer.n_gpus_per_node=4
# RVPO_VERL_PYTHON is the interpreter of the environment with verl and rvpo; python by default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -eq 0 ] || [ ! -f "$here/$1.yaml" ]; then
    echo "usage: $0 RECIPE [KEY=VALUE ...]; recipes: $(cd "$here" && ls ./*.yaml | sed 's|^\./||; s|\.yaml$||' | tr '\n' ' ')" >&2
    exit 2
fi
recipe=$1
shift
exec "${RVPO_VERL_PYTHON:-python}" -m verl.trainer.main_ppo --config-dir "$here" --config-name "$recipe" "$@"
