"""The embedded diffusion model as a diffusers pipeline: a score and a prompt in, audio out.

:class:`ScorePipeline` holds two diffusion models for one kind of stem (pitched or drums), one that
imagines a timbre for a prompt and one that paints the mel of a score with it, and a diffusers scheduler
that follows a rectified flow for both. It is saved and loaded with ``save_pretrained`` and
``from_pretrained``. The sentence model is not part of it: it is installed as a package and shared.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from diffusers import DiffusionPipeline, DPMSolverMultistepScheduler
from numpy.typing import NDArray
from torch import Tensor, nn

from render.audio.shape import splice
from render.model import editing
from render.model.conditioning import score_condition
from render.model.decoder import decode
from render.model.excitation import Comb, comb, stiff_comb, struck_comb
from render.model.features import LAYOUTS, SCALE_DB, MelLayout, from_tokens, to_tokens
from render.model.network import MelDenoiser, TimbrePrior, standardise
from render.model.pianos import FILE as PIANOS_FILE
from render.model.pianos import PianoWords, read_piano_words
from render.model.placing import has_kit, list_places, make_side
from render.model.playing.force import find_brightening
from render.model.playing.individual import FILE as INDIVIDUALS_FILE
from render.model.playing.individual import Individuals, read_individuals
from render.model.playing.notes import NoteTable
from render.model.sharpening import find_attack_gains
from render.model.shipped import WEIGHTS
from render.model.sketch import NoteSketch, NoteSpans
from render.model.text import TextEncoder, quiet_loading
from render.model.threads import one_thread
from structure.presets.programs import guess_program

DEFAULT_STEPS = {"pitched": 1, "drums": 2}
REPAINT_STEPS = 2
DEFAULT_GUIDANCE = 2.0
"""Steps of the painter and guidance of the prior, as measured to be best (see ``README.md`` here). The
painter of pitched sounds has learned to paint a take in one step; what is kept in a repaint it hears from
the second one on."""

TAKE_SPREAD = {"pitched": 0.5, "drums": 1.0}
TIMBRE_SPREAD = {"pitched": 0.7, "drums": 1.0}
"""Spread of the noise that takes are painted from, and timbres imagined from, 1 in training: with less they
are truer to the timbre and to the words, with more they differ more from others (truncation; Brock, Donahue
and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis", ICLR 2019)."""

SHARPENED = frozenset({"pitched"})
"""Kinds whose attacks rise as the sketch draws them (see :mod:`render.model.sharpening`). Drums are
painted well enough."""

_STRUCK_PROGRAMS = {9: "bars", 14: "tubes"}
"""General MIDI's glockenspiel and tubular bells, and what is struck there."""

TIMBRE_STEPS = 12
"""Steps of the prior: it is so small that they cost nothing beside the painter's."""

_FEW_TOKENS = 256
"""Up to half of it BLAS was seen to share out the painter's sums; see :mod:`render.model.threads`."""


def flow_scheduler() -> DPMSolverMultistepScheduler:
    """Return DPM-Solver++ (Lu et al. 2022), second order, on the straight path from noise to data.

    It is for a network that predicts the clean sample.
    """
    return DPMSolverMultistepScheduler(
        prediction_type="sample",
        use_flow_sigmas=True,
        solver_order=2,
        final_sigmas_type="zero",
    )


def align(array: NDArray[np.float32] | NDArray[np.int64] | Tensor) -> Tensor:
    """Return a copy in torch's own memory.

    BLAS rounds otherwise where data is not aligned, and files that are mapped to memory and NumPy's arrays
    need not be, so the same clip could differ in a last bit.
    """
    return torch.as_tensor(array).clone(memory_format=torch.contiguous_format)


def align_weights(net: nn.Module) -> None:
    """Put the weights of a network into torch's own memory, in place."""
    for weight in net.parameters():
        weight.data = align(weight.data)


_TEXT_LOCK = Lock()
"""A tokenizer serves one thread at a time."""


@lru_cache(maxsize=1)
def load_text_encoder() -> TextEncoder:
    """Return the sentence model, loaded once."""
    return TextEncoder()


@lru_cache(maxsize=256)
def text_vector(text: str) -> Tensor:
    """Return the sentence vector of a prompt, (1, size).

    The stems of a song say the same in section after section.
    """
    with _TEXT_LOCK, one_thread():
        return align(load_text_encoder().encode([text]))


def mel_condition(notes: NoteTable, layout: MelLayout, n_frames: int) -> Tensor:
    """Return the condition tokens of a score, (1, tokens, condition_size)."""
    return to_tokens(align(score_condition(notes, layout, n_frames)), layout)[None]


@dataclass(frozen=True, slots=True)
class Morph:
    """What the prompt turns into between two samples of the clip.

    ``latents`` is the noise of the take that it turns into.
    """

    prompt: str
    first_sample: int
    n_samples: int
    latents: Tensor


@dataclass(frozen=True, slots=True)
class Beginning:
    """Audio (n_samples,) to begin from, and its side; see :class:`render.backends.request.InitAudio`."""

    audio: NDArray[np.float32]
    strength: float
    repaint: tuple[tuple[int, int], ...] | None = None
    side: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class GeneratedClip:
    """A clip, its mel, and the time that it took.

    ``audio``: float32 (samples,); ``side``: what the left channel has more and the right one less, None
    where both are alike; ``mel``: scaled log-mel (frames, n_mels) of ``audio``; ``seconds``: wall time
    spent on ``text``, ``network`` and ``decoder``.
    """

    audio: NDArray[np.float32]
    side: NDArray[np.float32] | None
    mel: NDArray[np.float32]
    seconds: Mapping[str, float]


class Painting(NamedTuple):
    """The scaled log-mel (frames, n_mels) of a score, and the place of what sounds in each of its cells."""

    mel: Tensor
    places: Tensor | None


class ScorePipeline(DiffusionPipeline):  # type: ignore[misc]
    """Imagines a timbre for a prompt, paints the log-mel of a score with it, and decodes that."""

    denoiser: MelDenoiser
    sketch: NoteSketch
    prior: TimbrePrior
    scheduler: DPMSolverMultistepScheduler

    def __init__(
        self,
        denoiser: MelDenoiser,
        sketch: NoteSketch,
        prior: TimbrePrior,
        scheduler: DPMSolverMultistepScheduler,
        kind: str = "pitched",
    ) -> None:
        super().__init__()
        self.register_modules(denoiser=denoiser, sketch=sketch, prior=prior, scheduler=scheduler)
        self.register_to_config(kind=kind)
        self.layout = LAYOUTS[kind]
        self.pianos: PianoWords | None = None
        self.individuals: Individuals | None = None

    def latent_shape(self, n_samples: int) -> tuple[int, int]:
        """Return the shape of the noise for a clip of ``n_samples``: (tokens, token_size)."""
        frames = self.layout.frames_for(n_samples)
        return frames // self.layout.patch, self.layout.token_size

    @property
    def timbre_shape(self) -> tuple[int]:
        """Return the shape of the noise from which a timbre is imagined: (timbre_size,)."""
        return (self.prior.config.timbre_size,)

    def __call__(
        self,
        notes: NoteTable,
        n_samples: int,
        prompt: str,
        negative_prompt: str = "",
        *,
        latents: Tensor,
        timbre_latents: Tensor,
        decoder_seed: int = 0,
        num_inference_steps: int | None = None,
        guidance_scale: float = DEFAULT_GUIDANCE,
        take_spread: float | None = None,
        morph: Morph | None = None,
        begin: Beginning | None = None,
    ) -> GeneratedClip:
        """Generate one clip of ``n_samples`` samples at 44.1 kHz.

        ``latents`` and ``timbre_latents``: standard normal noise of :meth:`latent_shape` and
        :attr:`timbre_shape`. Two clips with the same prompt and timbre noise are played on the same
        instrument. ``guidance_scale`` 1 asks for no classifier-free guidance (Ho and Salimans 2022);
        above it the timbre moves away from ``negative_prompt`` (from "no text" where that is empty).
        ``num_inference_steps`` is that of :data:`DEFAULT_STEPS`, or :data:`REPAINT_STEPS` where some of
        what it begins from is kept, and ``take_spread`` that of :data:`TAKE_SPREAD`, unless they are given.
        ``decoder_seed`` decides the noise in the excitation.
        """
        begun = time.perf_counter()
        wanted, prompts = text_vector(prompt), [prompt]
        if morph is not None:
            prompts.append(morph.prompt)
        unwanted = text_vector(negative_prompt) if negative_prompt else None

        def imagine(text: Tensor) -> Tensor:
            return self.imagine(text, unwanted, latents=timbre_latents, guidance_scale=guidance_scale)

        if morph is None:
            timbre = imagine(wanted)
        else:
            timbre, latents = self._morphing(morph, wanted, imagine, latents)
        said = time.perf_counter()
        start = (
            None
            if begin is None
            else editing.start_from(begin.audio, self.layout, n_samples, begin.strength, begin.repaint)
        )
        mel, spread = self.paint(
            notes,
            n_samples,
            timbre,
            latents=latents,
            num_inference_steps=num_inference_steps,
            take_spread=take_spread,
            start=start,
            places=self._find_places(*prompts),
            brightening=0.0 if self.config.kind == "drums" else find_brightening(prompt),
            colour=None if self.individuals is None else self.individuals.draw(timbre_latents.numpy()),
        )
        painted = time.perf_counter()
        heard = None if begin is None else (torch.from_numpy(begin.audio), begin.strength)
        make_comb = self.find_comb(*prompts)
        audio = decode(mel, notes, self.layout, n_samples, decoder_seed, heard, make_comb=make_comb)
        side = None
        if spread is not None:
            is_kit = self.config.kind == "drums" and has_kit(notes)
            side = make_side(audio, spread, self.layout, is_kit=is_kit)
        if begin is not None and begin.repaint is not None:
            audio = splice(begin.audio, audio, begin.repaint, self.layout.sample_rate)
            if side is not None:
                kept = np.zeros_like(side) if begin.side is None else begin.side
                side = splice(kept, side, begin.repaint, self.layout.sample_rate)
        seconds = {
            "text": said - begun,
            "network": painted - said,
            "decoder": time.perf_counter() - painted,
        }
        return GeneratedClip(audio, side, np.asarray(mel.numpy(), dtype=np.float32), seconds)

    def _find_places(self, *prompts: str) -> Tensor | None:
        """Return where the note of each key is from left to right, (128,), for a sound of these prompts.

        None where all comes from one place, or where the prompts ask for several instruments.
        """
        programs: set[int | None] = {None}  # drums
        if self.config.kind != "drums":
            programs = {guess_program(prompt, "lead") for prompt in prompts}
        places = list_places(programs.pop()) if len(programs) == 1 else None
        return None if places is None else torch.from_numpy(places)

    def find_comb(self, *prompts: str) -> Comb:
        """Return what gives the partials of the sound that prompts ask for, of several in their mean."""
        struck = {_STRUCK_PROGRAMS.get(guess_program(prompt, "lead")) for prompt in prompts}
        if len(struck) == 1 and (kind := struck.pop()) is not None:
            return struck_comb(kind)
        if self.pianos is not None and self.pianos.ask_for_piano(torch.cat([*map(text_vector, prompts)])):
            return stiff_comb
        return comb

    def _morphing(
        self, morph: Morph, wanted: Tensor, imagine: Callable[[Tensor], Tensor], latents: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return a timbre and noise for each token of a morph.

        They are (1, tokens, timbre_size) and (tokens, token_size). The text between the two is interpolated
        linearly.
        """
        shares = editing.token_shares(self.layout, latents.shape[0], morph.first_sample, morph.n_samples)
        other = text_vector(morph.prompt)
        texts = [torch.lerp(wanted, other, k / editing.PATH_POINTS) for k in range(editing.PATH_POINTS + 1)]
        path = torch.cat([imagine(torch.nn.functional.normalize(text, dim=-1)) for text in texts])
        return editing.even_path(path, shares), editing.turning(latents, morph.latents, shares)

    @torch.inference_mode()
    def imagine(
        self,
        wanted: Tensor,
        unwanted: Tensor | None = None,
        *,
        latents: Tensor,
        guidance_scale: float = DEFAULT_GUIDANCE,
    ) -> Tensor:
        """Return a timbre (1, timbre_size) for a text vector (1, text_size).

        It is made from noise of :attr:`timbre_shape`; ``unwanted`` is the text vector to move away from.
        Raises ValueError where the noise has another shape.
        """
        if tuple(latents.shape) != self.timbre_shape:
            raise ValueError(f"timbre latents have shape {tuple(latents.shape)}, not {self.timbre_shape}")
        guided = guidance_scale != 1.0
        texts = wanted
        if guided:
            away = self.prior.null_text.detach()[None].float() if unwanted is None else unwanted
            texts = torch.cat([away, wanted])

        def clean(sample: Tensor, sigma: Tensor) -> Tensor:
            guess: Tensor = self.prior(sample.expand(len(texts), -1), sigma.expand(len(texts)), texts)
            return guess[:1] + guidance_scale * (guess[1:] - guess[:1]) if guided else guess

        noise = TIMBRE_SPREAD[self.config.kind] * align(latents[None].float())
        with one_thread():
            return standardise(self._sample(noise, clean, TIMBRE_STEPS))

    @torch.inference_mode()
    def paint(
        self,
        notes: NoteTable,
        n_samples: int,
        timbre: Tensor,
        *,
        latents: Tensor,
        num_inference_steps: int | None = None,
        take_spread: float | None = None,
        start: editing.Start | None = None,
        places: Tensor | None = None,
        brightening: float = 0.0,
        colour: NDArray[np.float32] | None = None,
    ) -> Painting:
        """Return the scaled log-mel (frames, n_mels) of a score in a timbre.

        The timbre is (1, timbre_size), or one for each token (1, tokens, timbre_size); ``start`` is what to
        begin from instead of noise alone. ``colour`` is what its instrument has more or less in each band
        than others of its kind, in dB, (n_mels,). Beside the mel is the mean of the ``places`` (128,) of
        the notes' keys in each of its cells. Raises ValueError where ``latents`` have the wrong shape.
        """
        if tuple(latents.shape) != self.latent_shape(n_samples):
            raise ValueError(
                f"latents have shape {tuple(latents.shape)}, not {self.latent_shape(n_samples)}"
            )
        n_frames = self.layout.frames_for(n_samples)
        device = self.denoiser.device
        timbre = timbre.to(device)
        condition = mel_condition(notes, self.layout, n_frames).to(device)
        (drawn, played), means = self._draw_sketches(
            notes, n_frames, timbre, brightening, None if places is None else places.to(device)
        )
        means = None if means is None else means.cpu()
        sketch = to_tokens(drawn, self.layout)[None]
        start = None if start is None else start.to(device)

        def clean(sample: Tensor, sigma: Tensor) -> Tensor:
            with one_thread() if condition.shape[1] <= _FEW_TOKENS else nullcontext():
                moment = sigma.expand(1).to(device)
                painted: Tensor = self.denoiser(sample, moment, condition, sketch, timbre)
            if start is None or start.kept is None:
                return painted
            return torch.where(start.kept, start.tokens, painted)

        first = 1.0 if start is None else start.time
        if start is not None and first == 0.0:
            return Painting(from_tokens(start.tokens[0], self.layout).cpu(), means)
        spread = TAKE_SPREAD[self.config.kind] if take_spread is None else take_spread
        sample = (1.0 - first * (1.0 - spread)) * align(latents[None].float()).to(device)
        if start is not None:
            sample = (1.0 - first) * start.tokens + first * sample
        repaints = start is not None and start.kept is not None
        usual = REPAINT_STEPS if repaints else DEFAULT_STEPS[self.config.kind]
        tokens = self._sample(sample, clean, num_inference_steps or usual, first)
        mel = from_tokens(tokens[0], self.layout).cpu()
        gains = torch.zeros_like(mel)
        if self.config.kind in SHARPENED and first == 1.0:
            rises = find_attack_gains(mel.numpy(), drawn.cpu().numpy(), notes, self.layout)
            gains += torch.from_numpy(rises / np.float32(SCALE_DB))[:, None]
        gains += first * (played - drawn).cpu()  # what it begins from is played already, on that instrument
        if colour is not None:
            gains += torch.from_numpy(colour * np.float32(first / SCALE_DB))
        if start is not None and start.kept is not None:
            gains[start.kept[0, :, 0].cpu().repeat_interleave(self.layout.patch)] = 0.0
        return Painting(mel + gains, means)

    def draw_sketch(self, notes: NoteTable, n_frames: int, timbre: Tensor) -> Tensor:
        """Return the sketch of a score, (n_frames, n_mels), in a timbre as :meth:`paint` takes it."""
        return self._draw_sketches(notes, n_frames, timbre)[0][0]

    @torch.inference_mode()
    def _draw_sketches(
        self,
        notes: NoteTable,
        n_frames: int,
        timbre: Tensor,
        brightening: float = 0.0,
        places: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the sketch of a score as the painter has learned it, and as it is played.

        They are (2, n_frames, n_mels). Beside them is the mean of the notes' ``places`` in each cell. Where
        the timbre changes on the way, a few of the timbres there are sketched, and decibels interpolated
        between them; places are those in the first.
        """
        spans = NoteSpans.of(notes, self.layout, n_frames, brightening=brightening).to(timbre.device)
        path = timbre if timbre.dim() == 3 else timbre[:, None]
        moving = (path[0, 1:] != path[0, :-1]).any(1).nonzero().flatten()
        if len(moving) == 0:
            alone: tuple[Tensor, Tensor | None] = self.sketch.draw_played(spans, path[:, 0], places)
            return alone
        ends = int(moving[0]), int(moving[-1]) + 1
        tokens = np.unique(np.linspace(*ends, editing.PATH_POINTS).round().astype(np.int64))
        knots = torch.from_numpy(tokens)
        at_knots = [self.sketch.draw_played(spans, path[:, knot], places) for knot in knots]
        sketches = torch.stack([drawn for drawn, _ in at_knots], dim=1)
        token = torch.arange(n_frames) // self.layout.patch
        after = torch.searchsorted(knots, token).clamp(1, len(knots) - 1)
        begin, end = knots[after - 1], knots[after]
        share = ((token - begin) / (end - begin)).clamp(0.0, 1.0)[:, None].to(timbre.device)
        frame = torch.arange(n_frames)
        changing = torch.lerp(sketches[:, after - 1, frame], sketches[:, after, frame], share)
        return changing, at_knots[0][1]

    def _sample(
        self, sample: Tensor, clean: Callable[[Tensor, Tensor], Tensor], steps: int, first: float = 1.0
    ) -> Tensor:
        """Run the sampler from time ``first``, 1 being noise alone.

        ``clean`` predicts the clean sample from a noisy one and time.
        """
        scheduler = copy.deepcopy(self.scheduler)  # it counts steps, and several clips may be made at once
        scheduler.set_timesteps(steps)
        if first != 1.0:
            scheduler.sigmas = scheduler.sigmas * first
            scheduler.timesteps = scheduler.timesteps * first
        for timestep, sigma in zip(scheduler.timesteps, scheduler.sigmas, strict=False):
            sample = scheduler.step(clean(sample, sigma), timestep, sample).prev_sample
        return sample


def save_weights(
    denoiser: MelDenoiser, sketch: NoteSketch, prior: TimbrePrior, kind: str, folder: Path
) -> None:
    """Write a pipeline's networks, in float16, and its scheduler as the pipeline ``folder / kind``."""
    copies: list[Any] = []
    for net in (denoiser, sketch, prior):
        copy = type(net)(**net.config)
        copy.load_state_dict(net.state_dict())
        copies.append(copy.half())
    ScorePipeline(copies[0], copies[1], copies[2], flow_scheduler(), kind).save_pretrained(folder / kind)


def load_pipeline(kind: str, folder: Path = WEIGHTS, device: str = "cpu") -> ScorePipeline:
    """Return the trained pipeline of a kind of stem (see :data:`LAYOUTS`) from a local folder, in float32.

    Sketch and painter compute on ``device``. The prior, which is tiny, and the decoder stay on the CPU.
    """
    with quiet_loading():
        pipeline: ScorePipeline = ScorePipeline.from_pretrained(
            str(folder / kind), local_files_only=True, use_safetensors=True, low_cpu_mem_usage=False
        )
    pipeline.pianos = read_piano_words(folder / kind / PIANOS_FILE)
    pipeline.individuals = read_individuals(folder / kind / INDIVIDUALS_FILE)
    for net in (pipeline.denoiser, pipeline.sketch, pipeline.prior):
        net.float().eval()
        align_weights(net)
    if device != "cpu":
        pipeline.denoiser.to(device)
        pipeline.sketch.to(device)
    return pipeline
