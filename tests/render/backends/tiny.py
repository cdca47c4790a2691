"""Tiny pipelines with random weights, of the same classes as the published ones, saved to folders.

The autoencoders can be made lossless (``lossless_*``): a wave's samples become channels, scaled to what
a diffusion model expects, so that what passes through the whole pipeline can be compared with what went
in.
"""

from __future__ import annotations

import math
from pathlib import Path

import diffusers
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5GemmaConfig,
    T5GemmaEncoderModel,
    T5GemmaModuleConfig,
)

WORDS = 300
LATENT_GAIN = 6.0
"""Brings a wave of about -16 dBFS to the unit variance of latents."""
TEXT = [
    "warm electric bass, solo bass, isolated stem, 120 BPM, A minor",
    "[verse] city lights are calling [chorus] we return",
    "# Instruction Fill the audio semantic mask # Caption # Metas - bpm: 120 - timesignature: 4",
]


def tokenizer(length: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer, trained here."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<pad>", "<s>", "</s>", "<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    made.train_from_iterator(TEXT, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=length,
    )


def _oobleck(channels: int, latents: int, ratios: list[int], rate: int) -> diffusers.AutoencoderOobleck:
    return diffusers.AutoencoderOobleck(
        encoder_hidden_size=2 * latents,
        downsampling_ratios=ratios,
        channel_multiples=[1] * len(ratios),
        decoder_channels=2 * latents,
        decoder_input_channels=latents,
        audio_channels=channels,
        sampling_rate=rate,
    )


def _same() -> diffusers.AutoencoderSAME:
    return diffusers.AutoencoderSAME(
        patch_size=256,
        encoder_channels=8,
        encoder_c_mults=(2,),
        encoder_strides=(2,),
        encoder_transformer_depths=(1,),
        latent_dim=8,
        dim_heads=8,
        ff_mult=1,
    )


def _kl(channels: list[int], groups: int, *, attends: bool = True) -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=channels,
        down_block_types=["DownEncoderBlock2D"] * len(channels),
        up_block_types=["UpDecoderBlock2D"] * len(channels),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=groups,
        mid_block_add_attention=attends,
        sample_size=512,
    )


def _set(convolution: torch.nn.Module, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
    """Give a convolution its weight, by way of weight normalisation where it has that."""
    with torch.no_grad():
        if hasattr(convolution, "weight_g"):
            norm = weight.flatten(1).norm(dim=1)
            empty = norm == 0
            direction = weight.clone()
            direction[empty] = 1.0
            convolution.weight_v.copy_(direction)
            convolution.weight_g.copy_(norm.view_as(convolution.weight_g))
        else:
            convolution.weight.copy_(weight)
        if convolution.bias is not None:
            convolution.bias.copy_(torch.zeros_like(convolution.bias) if bias is None else bias)


def _centre(convolution: torch.nn.Module, matrix: torch.Tensor, bias: torch.Tensor | None = None) -> None:
    """A convolution whose middle tap is ``matrix`` (out, in), filled up with zeros."""
    shape = (convolution.weight_v if hasattr(convolution, "weight_v") else convolution.weight).shape
    weight = torch.zeros(shape)
    middle = (slice(0, matrix.shape[0]), slice(0, matrix.shape[1]), *[size // 2 for size in shape[2:]])
    weight[middle] = matrix
    _set(convolution, weight, bias)


def lossless_oobleck(ratios: list[int], rate: int) -> diffusers.AutoencoderOobleck:
    """Each downsampling by ``n`` deals n samples out to n channels; the way back collects them."""
    latents = 2 * math.prod(ratios)
    vae = _oobleck(2, latents, ratios, rate)
    for module in vae.modules():
        if type(module).__name__ == "Snake1d":
            torch.nn.init.constant_(module.alpha, -20.0)
        elif type(module).__name__ == "OobleckResidualUnit":
            _centre(module.conv2, torch.zeros(1, 1))
    width = 2
    _centre(vae.encoder.conv1, torch.eye(2))
    for block, ratio in zip(vae.encoder.block, ratios, strict=True):
        weight = torch.zeros(block.conv1.weight_v.shape)
        for channel in range(width):
            for phase in range(ratio):
                weight[channel * ratio + phase, channel, phase + ratio // 2] = 1.0
        _set(block.conv1, weight)
        width *= ratio
    hidden = torch.cat([torch.zeros(latents), torch.full((latents,), -20.0)])
    _centre(vae.encoder.conv2, LATENT_GAIN * torch.eye(latents), hidden)
    _centre(vae.decoder.conv1, torch.eye(latents) / LATENT_GAIN)
    for block, ratio in zip(vae.decoder.block, reversed(ratios), strict=True):
        width //= ratio
        weight = torch.zeros(block.conv_t1.weight_v.shape)
        for channel in range(width):
            for phase in range(ratio):
                weight[channel * ratio + phase, channel, phase + ratio // 2] = 1.0
        _set(block.conv_t1, weight)
    _centre(vae.decoder.conv2, torch.eye(2))
    return vae


def lossless_same() -> diffusers.AutoencoderSAME:
    """Patches of 128 samples become channels. A token comes out of each patch; it looks at its patch and
    nowhere else, by way of the rotary embedding: what it asks for is one place before it."""
    size = 256
    vae = diffusers.AutoencoderSAME(
        patch_size=128,
        encoder_channels=size,
        encoder_c_mults=(1,),
        encoder_strides=(1,),
        encoder_transformer_depths=(1,),
        latent_dim=size,
        dim_heads=size,
        ff_mult=1,
        use_differential_attention=False,
    )
    with torch.no_grad():
        for stack, gain in ((vae.encoder, LATENT_GAIN), (vae.decoder, 1.0 / LATENT_GAIN)):
            stack.proj.weight.copy_(gain * torch.eye(size))
            stack.proj.bias.zero_()
            layer = stack.blocks[0].transformers[0]
            layer.norm_attn.alpha.fill_(0.001)
            layer.norm_attn.gamma.fill_(1000.0)
            attention = layer.attn
            attention.to_qkv.weight.copy_(torch.eye(size).repeat(3, 1))
            attention.to_out.weight.copy_(torch.eye(size))
            turned = attention.rope(2, torch.device("cpu"))[1]
            place = torch.zeros(size)
            place[: len(turned)] = 8.0
            for norm in (attention.q_norm, attention.k_norm):
                norm.gamma.zero_()
                norm.beta.copy_(place)
            half = len(turned) // 2
            cosine, sine = turned[:half].cos(), turned[:half].sin()
            attention.k_norm.beta[:half] = 8.0 * (cosine - sine)
            attention.k_norm.beta[half : 2 * half] = 8.0 * (sine + cosine)
    return vae


def lossless_kl() -> diffusers.AutoencoderKL:
    """Colours pass through. Each is in a group with its negative and with two large constants, which
    decide the group's norm, and is lifted far above zero before the activation."""
    constant, lift, width = 100.0, 20.0, 12
    # attention over all pixels of an image would take minutes, and would add nothing here
    vae = _kl([width], groups=3, attends=False)
    vae.register_to_config(scaling_factor=1.0)
    spread = torch.zeros(width, 3)
    for colour in range(3):
        spread[4 * colour, colour], spread[4 * colour + 1, colour] = 1.0, -1.0
    constants = torch.tensor([0.0, 0.0, constant, -constant] * 3)
    gather = torch.zeros(3, width)
    for colour in range(3):
        gather[colour, 4 * colour] = 1.0
    for module in vae.modules():
        if type(module).__name__ == "ResnetBlock2D":
            _centre(module.conv2, torch.zeros(1, 1))
    for half in (vae.encoder, vae.decoder):
        torch.nn.init.constant_(half.conv_norm_out.weight, constant / math.sqrt(2.0))
        torch.nn.init.constant_(half.conv_norm_out.bias, lift)
        _centre(half.conv_in, spread, constants)
    means = torch.tensor([-lift] * 3 + [0.0] + [-30.0] * 4)
    _centre(vae.encoder.conv_out, gather, means)
    _centre(vae.quant_conv, torch.eye(8))
    _centre(vae.post_quant_conv, torch.eye(4))
    _centre(vae.decoder.conv_out, gather, torch.full((3,), -lift))
    return vae


def save_stable_audio(folder: Path, seed: int = 0, lossless: bool = False) -> Path:
    """Stable Audio Open with windows of about three seconds, or of 0.7 where it is lossless."""
    latents = 8 if lossless else 4
    torch.manual_seed(seed)
    text = T5Config(
        vocab_size=WORDS, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2, tie_word_embeddings=False
    )
    network = diffusers.StableAudioDiTModel(
        sample_size=2048 if lossless else 256,
        in_channels=latents,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        num_key_value_attention_heads=2,
        out_channels=latents,
        cross_attention_dim=16,
        time_proj_dim=8,
        global_states_input_dim=32,
        cross_attention_input_dim=16,
    )
    pipeline = diffusers.StableAudioPipeline(
        vae=lossless_oobleck([4], 44_100) if lossless else _oobleck(2, 4, [8, 8, 8], 44_100),
        text_encoder=T5EncoderModel(text),
        projection_model=diffusers.StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=60
        ),
        tokenizer=tokenizer(48),
        transformer=network,
        scheduler=diffusers.CosineDPMSolverMultistepScheduler(
            sigma_min=0.3,
            sigma_max=500,
            sigma_data=1.0,
            sigma_schedule="exponential",
            solver_order=2,
            prediction_type="v_prediction",
        ),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_stable_audio_3(
    folder: Path, seed: int = 0, distilled: bool = False, lossless: bool = False
) -> Path:
    """Stable Audio 3."""
    torch.manual_seed(seed)
    latents = 256 if lossless else 8
    module = {
        "vocab_size": WORDS,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 8,
    }
    text = T5GemmaConfig(
        encoder=T5GemmaModuleConfig(**module),
        decoder=T5GemmaModuleConfig(**module),
        is_encoder_decoder=False,
        vocab_size=WORDS,
    )
    pipeline = diffusers.StableAudio3Pipeline(
        vae=lossless_same() if lossless else _same(),
        text_encoder=T5GemmaEncoderModel(text),
        tokenizer=tokenizer(48),
        duration_embedder=diffusers.StableAudio3DurationEmbedder(output_dim=16, fourier_dim=16),
        transformer=diffusers.StableAudio3DiTModel(
            io_channels=latents,
            embed_dim=16,
            depth=1,
            num_heads=2,
            cond_token_dim=16,
            global_cond_dim=16,
            local_add_cond_dim=latents + 1,
            timestep_features_dim=16,
            ff_mult=1.0,
            num_memory_tokens=2,
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1, shift=1.0, stochastic_sampling=distilled
        ),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_ace_step(folder: Path, seed: int = 0, turbo: bool = True, lossless: bool = False) -> Path:
    """ACE-Step 1.5, at 48 kHz with 25 latent frames a second, or 3000 where it is lossless."""
    torch.manual_seed(seed)
    latents = 32 if lossless else 4
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "sliding_window": 16,
    }
    text = Qwen3Config(
        vocab_size=WORDS,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    from diffusers.pipelines.ace_step import AceStepConditionEncoder

    pipeline = diffusers.AceStepPipeline(
        vae=lossless_oobleck([4, 4], 48_000) if lossless else _oobleck(2, 4, [8, 15, 16], 48_000),
        text_encoder=Qwen3Model(text),
        tokenizer=tokenizer(2048),
        transformer=diffusers.AceStepTransformer1DModel(
            **sizes,
            num_hidden_layers=2,
            in_channels=3 * latents,
            audio_acoustic_hidden_dim=latents,
            is_turbo=turbo,
        ),
        condition_encoder=AceStepConditionEncoder(
            **sizes,
            text_hidden_dim=16,
            timbre_hidden_dim=latents,
            num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )
    pipeline.save_pretrained(folder)
    return folder


def save_riffusion(folder: Path, seed: int = 0, lossless: bool = False) -> Path:
    """Stable Diffusion as Riffusion uses it; latents are as large as the image where it is lossless."""
    torch.manual_seed(seed)
    levels = 4 if lossless else 2
    text = CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=1,
        eos_token_id=2,
    )
    pipeline = diffusers.StableDiffusionPipeline(
        vae=lossless_kl() if lossless else _kl([4, 4, 4, 4], groups=2),
        text_encoder=CLIPTextModel(text),
        tokenizer=tokenizer(77),
        unet=diffusers.UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(*[4] * (levels - 1), 8),
            layers_per_block=1,
            down_block_types=(*["DownBlock2D"] * (levels - 1), "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", *["UpBlock2D"] * (levels - 1)),
            cross_attention_dim=16,
            attention_head_dim=4,
            norm_num_groups=2,
        ),
        scheduler=diffusers.DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder
