"""Pipelines at the size that is published, with random weights, for measurements of time and memory.

Sizes are the defaults of diffusers' classes, which are those of the published weights, and what the
projects say of the parts that come from transformers. Words are cut by small tokenizers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch
import transformers as hf

from tests.render.backends import tiny, tiny_more


def riffusion() -> Any:
    """Stable Diffusion 1.5."""
    text = hf.CLIPTextConfig(
        vocab_size=49_408,
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
    )
    return diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            sample_size=512,
        ),
        text_encoder=hf.CLIPTextModel(text),
        tokenizer=tiny.tokenizer(77),
        unet=diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768),
        scheduler=diffusers.DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _cosine(**settings: Any) -> Any:
    """The scheduler of Stable Audio, whose numbers are wanted on the CPU."""
    with torch.device("cpu"):
        return diffusers.CosineDPMSolverMultistepScheduler(**settings)


def stable_audio() -> Any:
    """Stable Audio Open 1.0, with the encoder of T5 base."""
    text = hf.T5Config(
        vocab_size=32_128,
        d_model=768,
        d_kv=64,
        d_ff=3072,
        num_layers=12,
        num_heads=12,
        tie_word_embeddings=False,
    )
    return diffusers.StableAudioPipeline(
        vae=diffusers.AutoencoderOobleck(),
        text_encoder=hf.T5EncoderModel(text),
        projection_model=diffusers.StableAudioProjectionModel(768, 768, 0, 512),
        tokenizer=tiny.tokenizer(128),
        transformer=diffusers.StableAudioDiTModel(),
        scheduler=_cosine(
            sigma_min=0.3,
            sigma_max=500,
            sigma_data=1.0,
            sigma_schedule="exponential",
            solver_order=2,
            prediction_type="v_prediction",
        ),
    )


def stable_audio_3() -> Any:
    """Stable Audio 3 at the size of diffusers' defaults, with an encoder as wide as they say."""
    module = hf.T5GemmaModuleConfig(
        vocab_size=256_000,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=12,
        num_attention_heads=12,
        num_key_value_heads=12,
        head_dim=64,
    )
    text = hf.T5GemmaConfig(encoder=module, decoder=module, is_encoder_decoder=False, vocab_size=256_000)
    return diffusers.StableAudio3Pipeline(
        vae=diffusers.AutoencoderSAME(),
        text_encoder=hf.T5GemmaEncoderModel(text),
        tokenizer=tiny.tokenizer(128),
        duration_embedder=diffusers.StableAudio3DurationEmbedder(),
        transformer=diffusers.StableAudio3DiTModel(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1, shift=1.0, stochastic_sampling=True
        ),
    )


def ace_step() -> Any:
    """ACE-Step 1.5 turbo, with the encoder of Qwen3-Embedding-0.6B."""
    from diffusers.pipelines.ace_step import AceStepConditionEncoder

    text = hf.Qwen3Config(
        vocab_size=151_669,
        hidden_size=1024,
        intermediate_size=3072,
        num_hidden_layers=28,
        num_attention_heads=16,
        num_key_value_heads=8,
        head_dim=128,
    )
    return diffusers.AceStepPipeline(
        vae=diffusers.AutoencoderOobleck(downsampling_ratios=[2, 4, 4, 6, 10], sampling_rate=48_000),
        text_encoder=hf.Qwen3Model(text),
        tokenizer=tiny.tokenizer(2048),
        transformer=diffusers.AceStepTransformer1DModel(is_turbo=True),
        condition_encoder=AceStepConditionEncoder(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )


def minimax_music_3() -> Any:
    """MiniMax Music 3, with a language model of Qwen3-8B's size."""
    language = hf.Qwen3Config(
        vocab_size=tiny_more.AUDIO_WORDS,
        hidden_size=4096,
        intermediate_size=12_288,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
    )
    from render.backends.pipelines.minimax_blocks import blocks_with_own_noise

    pipeline = blocks_with_own_noise().init_pipeline()
    pipeline.update_components(
        tokenizer=tiny_more.qwen_tokenizer(),
        language_model=hf.Qwen3ForCausalLM(language),
        rvq_depth_decoder=diffusers.MiniMaxMusic3RVQDepthDecoder(),
        condition_encoder=diffusers.MiniMaxMusic3ConditionEncoder(),
        transformer=diffusers.MiniMaxMusic3Transformer1DModel(),
        vocoder=diffusers.MiniMaxMusic3Vocoder(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1, shift=1.0, invert_sigmas=True
        ),
    )
    return pipeline


def longcat_audio() -> Any:
    """LongCat-AudioDiT of one billion, with the encoder of UMT5 base."""
    text = hf.UMT5Config(vocab_size=256_384, d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_heads=12)
    return diffusers.LongCatAudioDiTPipeline(
        vae=diffusers.LongCatAudioDiTVae(strides=[2, 4, 4, 8, 8]),
        text_encoder=hf.UMT5EncoderModel(text),
        tokenizer=tiny.tokenizer(512),
        transformer=diffusers.LongCatAudioDiTTransformer(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=1.0, invert_sigmas=True),
    )


def audioldm2() -> Any:
    """AudioLDM 2 (base and music): CLAP, the encoder of Flan-T5 large, GPT-2, a UNet of 350 M."""
    text = hf.T5Config(
        vocab_size=32_128,
        d_model=1024,
        d_kv=64,
        d_ff=2816,
        num_layers=24,
        num_heads=16,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )
    gpt = hf.GPT2Config()
    gpt.max_new_tokens = 8
    roberta, t5 = tiny_more.audioldm2_tokenizers()
    widths = (128, 256, 384, 640)
    return diffusers.AudioLDM2Pipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=(128, 256, 512),
            in_channels=1,
            out_channels=1,
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            layers_per_block=2,
            latent_channels=8,
        ),
        text_encoder=hf.ClapModel(hf.ClapConfig()),
        text_encoder_2=hf.T5EncoderModel(text),
        projection_model=diffusers.AudioLDM2ProjectionModel(
            text_encoder_dim=512, text_encoder_1_dim=1024, langauge_model_dim=768
        ),
        language_model=hf.GPT2LMHeadModel(gpt),
        tokenizer=roberta,
        tokenizer_2=t5,
        feature_extractor=hf.ClapFeatureExtractor(),
        unet=diffusers.AudioLDM2UNet2DConditionModel(
            sample_size=256,
            in_channels=8,
            out_channels=8,
            block_out_channels=widths,
            down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * 3),
            up_block_types=(*("CrossAttnUpBlock2D",) * 3, "UpBlock2D"),
            layers_per_block=2,
            cross_attention_dim=([None, 768, 1024],) * len(widths),
            attention_head_dim=32,
        ),
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.0015,
            beta_end=0.0195,
            beta_schedule="scaled_linear",
            clip_sample=False,
            steps_offset=1,
            set_alpha_to_one=False,
        ),
        vocoder=hf.SpeechT5HifiGan(
            hf.SpeechT5HifiGanConfig(
                model_in_dim=64,
                sampling_rate=16_000,
                upsample_initial_channel=1024,
                upsample_rates=[5, 4, 2, 2, 2],
                upsample_kernel_sizes=[16, 16, 8, 4, 4],
                normalize_before=False,
            )
        ),
    )


PUBLISHED: dict[str, Callable[[], Any]] = {
    "riffusion": riffusion,
    "stable-audio": stable_audio,
    "stable-audio-3": stable_audio_3,
    "ace-step": ace_step,
    "minimax-music-3": minimax_music_3,
    "longcat-audio": longcat_audio,
    "audioldm2": audioldm2,
}
"""Each backend's pipeline, built when it is called."""
