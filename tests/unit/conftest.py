"""Tiny causal LMs: Llama- and Qwen-shaped, two layers, with tokenizers of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

CITIES = ("Warsaw", "Paris", "London", "Cambridge", "New York", "Kraków")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)
_CORPUS = [
    "Answer the question in as few words as possible. Where the passages do not tell, write: "
    "no answer\nQuestion: In which city was the person born?",
    *(f"Marie Curie was born in {city}." for city in CITIES),
]


def _write(folder: Path, shape: str, seed: int) -> Path:
    """A model and its tokenizer as Hugging Face saves them; Llama's has no chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
        Qwen3Config,
        Qwen3ForCausalLM,
    )

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>"]
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator(_CORPUS, trainer)
    chat = shape == "qwen"
    PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        eos_token="<|im_end|>" if chat else "</s>",
        bos_token=None if chat else "<s>",
        pad_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE if chat else None,
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    size = {
        "vocab_size": pieces.get_vocab_size(),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 256,
        "initializer_range": 0.2,
        "tie_word_embeddings": chat,
    }
    model = Qwen3ForCausalLM(Qwen3Config(**size)) if chat else LlamaForCausalLM(LlamaConfig(**size))
    model.generation_config.eos_token_id = [pieces.token_to_id("<|endoftext|>")]
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_lm_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By shape: `llama`, `qwen`, and `other`, a Qwen with other weights."""
    folder = tmp_path_factory.mktemp("tiny-lm")
    return {
        "llama": _write(folder / "llama", "llama", 0),
        "qwen": _write(folder / "qwen", "qwen", 0),
        "other": _write(folder / "other", "qwen", 1),
    }


@pytest.fixture(scope="session", params=["llama", "qwen"])
def tiny_lm(request: pytest.FixtureRequest, tiny_lm_folders: dict[str, Path]):  # type: ignore[no-untyped-def]
    from kgqa.lm.causal import load_causal

    return load_causal(str(tiny_lm_folders[request.param]), "fp32")


@pytest.fixture(scope="session")
def tiny_qwen(tiny_lm_folders: dict[str, Path]):  # type: ignore[no-untyped-def]
    from kgqa.lm.causal import load_causal

    return load_causal(str(tiny_lm_folders["qwen"]), "fp32")
