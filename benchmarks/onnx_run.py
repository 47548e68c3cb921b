"""ONNX Runtime through optimum, in an environment of its own: sentences in, sentences out, the engine contest's jobs.

    python -m venv benchmarks/.peers/onnx && benchmarks/.peers/onnx/bin/pip install torch "optimum-onnx[onnxruntime]" \
        sentencepiece psutil

Arguments: a Marian model directory, ``float32`` or ``int8`` (optimum's dynamic quantisation for AVX-512 VNNI), how many
threads. This file imports nothing of the project, since the environment does not hold it.
"""

import json
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

_MIB = 2**20
_EXPORTED = ("encoder_model", "decoder_model", "decoder_with_past_model")


def _load(directory: Path, precision: str, threads: int) -> Any:
    """The model, exported and, where wanted, quantised, in a folder that goes when it is loaded."""
    onnxruntime: Any = import_module("onnxruntime")
    optimum: Any = import_module("optimum.onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait slow all down wherever another process wants a core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings = {"session_options": options, "use_merged": False}
    model = optimum.ORTModelForSeq2SeqLM.from_pretrained(directory, export=True, **settings)
    if precision == "float32":
        return model
    configuration: Any = import_module("optimum.onnxruntime.configuration").AutoQuantizationConfig
    how = configuration.avx512_vnni(is_static=False, per_channel=True)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        for name in _EXPORTED:
            quantizer = optimum.ORTQuantizer.from_pretrained(folder, file_name=f"{name}.onnx")
            quantizer.quantize(save_dir=folder, quantization_config=how)
        names = ("encoder_file_name", "decoder_file_name", "decoder_with_past_file_name")
        files = {name: f"{exported}_quantized.onnx" for name, exported in zip(names, _EXPORTED, strict=True)}
        return optimum.ORTModelForSeq2SeqLM.from_pretrained(folder, **files, **settings)


def main() -> None:
    """Answer jobs on standard input until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    directory, precision, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    torch: Any = import_module("torch")
    torch.set_num_threads(threads)
    sentencepiece: Any = import_module("sentencepiece")
    source = sentencepiece.SentencePieceProcessor(model_file=str(directory / "source.spm"))
    target = sentencepiece.SentencePieceProcessor(model_file=str(directory / "target.spm"))
    ids: dict[str, int] = json.loads((directory / "vocab.json").read_text(encoding="utf-8"))
    names = {index: piece for piece, index in ids.items()}
    end, unknown = ids["</s>"], ids["<unk>"]
    model = _load(directory, precision, threads)
    pad = model.config.pad_token_id
    process: Any = import_module("psutil").Process()

    def generate(rows: list[list[int]], beam: int, ratio: float, margin: int) -> list[list[int]]:
        width = max(map(len, rows))
        batch = torch.tensor([row + [pad] * (width - len(row)) for row in rows])
        output = model.generate(
            input_ids=batch,
            attention_mask=batch.ne(pad),
            num_beams=beam,
            do_sample=False,
            length_penalty=1.0,
            early_stopping=beam > 1,
            max_length=None,
            max_new_tokens=int((width - 1) * ratio) + margin,
            forced_eos_token_id=None,
        )
        found = [[index for index in row if index != pad] for row in output[:, 1:].tolist()]
        return [row[: row.index(end)] if end in row else row for row in found]

    for line in sys.stdin:
        job = json.loads(line)
        single = job.get("mode") == "single"
        beam, batch = job.get("beam", 4), 1 if single else job.get("batch") or len(job["texts"])
        latencies: list[float] = []
        start = time.process_time()
        encoded = [[ids.get(piece, unknown) for piece in source.encode(text, out_type=str)] for text in job["texts"]]
        rows = [[*row, end] for row in encoded]
        order = list(range(len(rows))) if single else sorted(range(len(rows)), key=lambda index: -len(rows[index]))
        made: list[list[int]] = [[] for _ in rows]
        for first in range(0, len(order), batch):
            group = order[first : first + batch]
            begin = time.perf_counter()
            found = generate([rows[index] for index in group], beam, job.get("ratio", 3.0), job.get("margin", 16))
            for index, output in zip(group, found, strict=True):
                made[index] = output
            latencies.append(time.perf_counter() - begin)
        answer = {
            "texts": [target.decode([names[index] for index in row if index != unknown]) for row in made],
            "tokens": sum(len(row) + 1 for row in made),
            "cpu_seconds": time.process_time() - start,
            "latencies": latencies if single else [],
            "rss_mib": round(process.memory_info().rss / _MIB, 1),
        }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
