"""Operations are those of the model's shapes."""

from benchmarks.arithmetic import matrices

CONFIG = {
    "d_model": 8,
    "pad_token_id": 100,
    "encoder_layers": 3,
    "encoder_ffn_dim": 32,
    "decoder_layers": 2,
    "decoder_ffn_dim": 16,
}


def test_operations_of_a_small_model() -> None:
    encoder_layer = 4 * 8 * 8 + 2 * 8 * 32
    decoder_layer = 6 * 8 * 8 + 2 * 8 * 16
    keys_and_values = 2 * 8 * 8
    assert matrices(CONFIG).operations == (
        2 * (3 * encoder_layer + 2 * keys_and_values),
        2 * (2 * decoder_layer + 8 * 100),
    )
