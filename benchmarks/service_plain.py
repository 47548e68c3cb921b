"""What most would write first: FastAPI around transformers' `generate`, a request at a time.

The service is held against this in `benchmarks.service`.

    python -m benchmarks.service_plain PORT
"""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

import translator

MODEL = Path(translator.__file__).parent / "models" / "passerelle-fr-en"
BEAMS = 4


class Body(BaseModel):
    """One text."""

    q: str


def create_app() -> FastAPI:
    """The model is loaded here, as such scripts do."""
    from transformers import MarianMTModel, MarianTokenizer

    tokenizer: Any = MarianTokenizer.from_pretrained(MODEL)
    loaded: Any = MarianMTModel.from_pretrained(MODEL)
    model = loaded.float().eval()
    app = FastAPI()

    @app.post("/translate")
    def translate(body: Body) -> dict[str, str]:
        batch = tokenizer([body.q], return_tensors="pt")
        output = model.generate(**batch, num_beams=BEAMS, max_new_tokens=256)
        return {"translatedText": tokenizer.batch_decode(output, skip_special_tokens=True)[0]}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(), port=int(sys.argv[1]), log_level="warning")
