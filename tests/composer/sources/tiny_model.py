"""A language model that is small enough for tests, of a real class and with a real tokenizer."""

from __future__ import annotations

from pathlib import Path

TEXT = [
    "a dreamy synthwave song in A minor with soft pads and a gritty lead",
    '{"title": "Last Light", "genre": "rock", "tempo": 92, "key": "D major", "meter": "4/4",',
    '"stems": [{"role": "drums"',
    '"form": ["intro", "verse", "chorus"], ',
    '"sections": {"verse": {"chords": "I | V | vi | IV", "energy": 0.5}}}',
]


def save_tiny_model(folder: Path, seed: int = 0, chat: bool = True) -> Path:
    """A Llama with random weights and a byte-level BPE tokenizer of its own."""
    # Here, since they load for seconds and few of the tests of a file need a model.
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXT, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    if chat:
        fast.chat_template = "{% for m in messages %}<s>{{ m['content'] }}\n{% endfor %}"
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
