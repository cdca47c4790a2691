"""More tiny pipelines with random weights: AudioLDM 2, LongCat-AudioDiT and MiniMax Music 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from transformers import (
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Model,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    RobertaTokenizer,
    SpeechT5HifiGan,
    SpeechT5HifiGanConfig,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

from tests.render.backends.tiny import WORDS, tokenizer

AUDIO_WORDS = 151_675 + 16_384
"""Words, marks and semantic codes of MiniMax Music 3, whose numbers are fixed in the pipeline."""


def _bytes() -> tuple[dict[str, int], list[str]]:
    from tokenizers import pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    return {word: place for place, word in enumerate([*marks, *alphabet])}, []


def audioldm2_tokenizers() -> tuple[RobertaTokenizer, T5Tokenizer]:
    """The two tokenizers that AudioLDM 2 insists on, of bytes and of letters."""
    vocab, merges = _bytes()
    letters = [(chr(code), -2.0) for code in range(32, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *letters, ("▁", -2.0)]
    return (
        RobertaTokenizer(vocab=vocab, merges=merges, model_max_length=77),
        T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=77),
    )


def qwen_tokenizer() -> Qwen2Tokenizer:
    """A tokenizer of bytes, with the marks of MiniMax Music 3."""
    vocab, merges = _bytes()
    marks = ("endoftext", "im_start", "im_end", "caption_start", "caption_end")
    for mark in (*marks, "lyrics_start", "lyrics_end", "audio_start"):
        vocab[f"<|{mark}|>"] = len(vocab)
    return Qwen2Tokenizer(vocab=vocab, merges=merges, model_max_length=4096)


def save_audioldm2(folder: Path, seed: int = 0, plain_gpt: bool = False) -> Path:
    """AudioLDM 2 at 16 kHz with 64 mel bins, as published; every width is reduced."""
    torch.manual_seed(seed)
    width = 8
    roberta, t5 = audioldm2_tokenizers()
    clap = ClapConfig(
        text_config={
            "vocab_size": WORDS,
            "hidden_size": width,
            "intermediate_size": width,
            "num_attention_heads": 1,
            "num_hidden_layers": 1,
            "max_position_embeddings": 80,
            "projection_dim": width,
        },
        audio_config={
            "spec_size": 8,
            "window_size": 4,
            "num_mel_bins": 8,
            "hidden_size": width,
            "intermediate_size": width,
            "patch_size": 2,
            "patch_stride": 2,
            "patch_embeds_hidden_size": 4,
            "depths": [1, 1],
            "num_hidden_layers": 2,
            "num_attention_heads": [1, 1],
            "projection_dim": width,
        },
        projection_dim=width,
    )
    gpt = GPT2Config(n_embd=width, n_layer=1, n_head=1, vocab_size=WORDS, n_ctx=99, n_positions=99)
    gpt.max_new_tokens = 8
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=64,
            sampling_rate=16_000,
            upsample_initial_channel=32,
            upsample_rates=[5, 4, 2, 2, 2],
            upsample_kernel_sizes=[16, 16, 8, 4, 4],
            resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1]],
            normalize_before=False,
        )
    )
    for weight in vocoder.parameters():  # as they are drawn, nothing could be heard
        if weight.dim() > 1:
            torch.nn.init.kaiming_normal_(weight)
    pipeline = diffusers.AudioLDM2Pipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=[4, 4, 4],
            in_channels=1,
            out_channels=1,
            down_block_types=["DownEncoderBlock2D"] * 3,
            up_block_types=["UpDecoderBlock2D"] * 3,
            layers_per_block=1,
            norm_num_groups=2,
            latent_channels=4,
            mid_block_add_attention=False,
        ),
        text_encoder=ClapModel(clap),
        text_encoder_2=T5EncoderModel(
            T5Config(vocab_size=WORDS, d_model=width, d_kv=4, d_ff=8, num_layers=1, num_heads=1)
        ),
        projection_model=diffusers.AudioLDM2ProjectionModel(
            text_encoder_dim=width, text_encoder_1_dim=width, langauge_model_dim=width
        ),
        language_model=(GPT2Model if plain_gpt else GPT2LMHeadModel)(gpt),
        tokenizer=roberta,
        tokenizer_2=t5,
        feature_extractor=ClapFeatureExtractor(feature_size=8, sampling_rate=16_000, hop_length=160),
        unet=diffusers.AudioLDM2UNet2DConditionModel(
            sample_size=32,
            in_channels=4,
            out_channels=4,
            block_out_channels=[8, 8],
            down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"],
            layers_per_block=1,
            norm_num_groups=4,
            cross_attention_dim=[None, width],
            attention_head_dim=4,
        ),
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.0015,
            beta_end=0.0195,
            beta_schedule="scaled_linear",
            clip_sample=False,
            steps_offset=1,
            set_alpha_to_one=False,
        ),
        vocoder=vocoder,
    )
    pipeline.save_pretrained(str(folder))
    return folder


def save_longcat_audio(folder: Path, seed: int = 0) -> Path:
    """LongCat-AudioDiT at 24 kHz, 2048 samples a frame, as published; every width is reduced."""
    torch.manual_seed(seed)
    text = UMT5Config(vocab_size=WORDS, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    pipeline = diffusers.LongCatAudioDiTPipeline(
        vae=diffusers.LongCatAudioDiTVae(
            channels=4,
            c_mults=[1, 1, 2, 2],
            strides=[8, 8, 8, 4],
            latent_dim=4,
            encoder_latent_dim=8,
            downsampling_ratio=2048,
            sample_rate=24_000,
        ),
        text_encoder=UMT5EncoderModel(text),
        tokenizer=tokenizer(128),
        transformer=diffusers.LongCatAudioDiTTransformer(
            dit_dim=16, dit_depth=2, dit_heads=2, dit_text_dim=16, latent_dim=4
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=1.0, invert_sigmas=True),
    )
    pipeline.save_pretrained(str(folder))
    return folder


def save_minimax_music_3(folder: Path, seed: int = 0) -> Path:
    """MiniMax Music 3 with 25 frames a second and 512 samples a latent frame, as published; every width
    is reduced, and the numbers of words and of semantic codes are not, since they are fixed."""
    torch.manual_seed(seed)
    width = 8
    sizes: dict[str, Any] = {"hidden_size": width, "intermediate_size": width, "num_attention_heads": 2}
    language = Qwen3Config(
        vocab_size=AUDIO_WORDS, num_hidden_layers=1, num_key_value_heads=1, head_dim=4, **sizes
    )
    pipeline = diffusers.MiniMaxMusic3Blocks().init_pipeline()
    pipeline.update_components(
        tokenizer=qwen_tokenizer(),
        language_model=Qwen3ForCausalLM(language),
        rvq_depth_decoder=diffusers.MiniMaxMusic3RVQDepthDecoder(
            num_layers=1, audio_vocab_size=64, **sizes
        ),
        condition_encoder=diffusers.MiniMaxMusic3ConditionEncoder(condition_hidden_dim=width, out_dim=8),
        transformer=diffusers.MiniMaxMusic3Transformer1DModel(
            in_channels=8,
            condition_dim=8,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=8,
            ff_inner_dim=16,
            rotary_dim=4,
            fourier_embedding_dim=16,
        ),
        vocoder=diffusers.MiniMaxMusic3Vocoder(
            latent_channels=8, decoder_input_dim=8, decoder_hidden_dim=16
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1, shift=1.0, invert_sigmas=True
        ),
    )
    pipeline.save_pretrained(str(folder))
    return folder
