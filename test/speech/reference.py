"""Makes reference.npz and reference.json: features of some speech by programs that are not ours.

    python3 -m venv venv
    venv/bin/pip install kaldi-native-fbank==1.23.0 librosa==0.11.0 numpy==2.4.6
    venv/bin/python test/speech/reference.py      # from the root of the clone; Python 3.11

kaldi-native-fbank is Kaldi's code for MFCC and filter banks, in float32. Differences and running normalisation are Kaldi's
formulas (add-deltas, apply-cmvn-sliding --center=false) written anew in numpy, without anything running; `librosa-*` has the
spectrum, the cosine transform and the first differences by librosa, in doubles.
"""

import json
import wave

import kaldi_native_fbank as knf
import librosa
import numpy as np

SOUND, FIRST, SAMPLES = "data/wav/en/demo-nogo.wav", 12000, 3200


def sound():
    with wave.open(SOUND) as file:
        file.setpos(FIRST)
        return np.frombuffer(file.readframes(SAMPLES), "<i2").astype(np.float64)


FRAME = dict(
    sampleRate="samp_freq", frameLength="frame_length_ms", frameShift="frame_shift_ms", preEmphasis="preemph_coeff",
    removeDcOffset="remove_dc_offset", windowType="window_type", snipEdges="snip_edges", blackmanCoefficient="blackman_coeff",
)
MEL = dict(melBins="num_bins", lowFrequency="low_freq", highFrequency="high_freq")
OWN = dict(
    coefficients="num_ceps", cepstralLifter="cepstral_lifter", useEnergy="use_energy", rawEnergy="raw_energy",
    energyFloor="energy_floor", htkCompatible="htk_compat", usePower="use_power",
)


def kaldi(settings):
    is_mfcc = settings.get("features", "mfcc") == "mfcc"
    options = (knf.MfccOptions if is_mfcc else knf.FbankOptions)()
    options.frame_opts.dither = 0
    for name, value in settings.items():
        value = "hanning" if value == "hann" else value
        for target, names in ((options.frame_opts, FRAME), (options.mel_opts, MEL), (options, OWN)):
            if name in names:
                assert hasattr(target, names[name]), name
                setattr(target, names[name], value)
    computer = (knf.OnlineMfcc if is_mfcc else knf.OnlineFbank)(options)
    computer.accept_waveform(settings["sampleRate"], sound().tolist())
    computer.input_finished()
    return np.array([computer.get_frame(t) for t in range(computer.num_frames_ready)])


def with_deltas(x, order, window):
    """compute-mfcc-feats | add-deltas --delta-order --delta-window"""
    scales = [np.ones(1)]
    kernel = np.arange(-window, window + 1) / np.sum(np.arange(-window, window + 1) ** 2)
    for _ in range(order):
        scales.append(np.convolve(scales[-1], kernel))
    out = []
    for t in range(len(x)):
        row = []
        for scale in scales:
            reach = len(scale) // 2
            row.append(scale @ x[np.clip(np.arange(t - reach, t + reach + 1), 0, len(x) - 1)])
        out.append(np.concatenate(row))
    return np.array(out)


def sliding(x, window, minimum, variance):
    """apply-cmvn-sliding --center=false --cmn-window --min-cmn-window --norm-vars"""
    out = []
    for t in range(len(x)):
        start, end = t - window, t + 1
        if start < 0:
            end -= start
            start = 0
        if end > t:
            end = max(t + 1, minimum)
        if end > len(x):
            start = max(0, start - (end - len(x)))
            end = len(x)
        some = x[start:end]
        out.append((x[t] - some.mean(0)) / (some.std(0) if variance else 1))
    return np.array(out)


cases, arrays = {}, {}


def case(name, values, tolerance=1e-5, **settings):
    cases[name] = dict(settings=settings, tolerance=tolerance)
    arrays[name] = np.ascontiguousarray(values, np.float32)


def by_kaldi(name, **settings):
    settings = dict(sampleRate=8000) | settings
    case(name, kaldi(settings), **settings, deltas=0)


by_kaldi("mfcc")
by_kaldi("mfcc-16k", sampleRate=16000)
by_kaldi("mfcc-htk-energy", htkCompatible=True)
by_kaldi("mfcc-htk-c0", htkCompatible=True, useEnergy=False)
by_kaldi("mfcc-20-of-40", sampleRate=16000, useEnergy=False, coefficients=20, melBins=40, cepstralLifter=0)
by_kaldi("mfcc-hamming-windowed-energy", windowType="hamming", rawEnergy=False, preEmphasis=0.9, energyFloor=1e7)
by_kaldi("mfcc-mirrored", snipEdges=False)
by_kaldi("mfcc-mirrored-odd", snipEdges=False, frameLength=27.2, frameShift=8.7)
by_kaldi("mfcc-100-to-3800", lowFrequency=100, highFrequency=-200)
by_kaldi("mfcc-hann-32ms", windowType="hann", frameLength=32, frameShift=12.5, removeDcOffset=False, highFrequency=3500)
by_kaldi("mfcc-blackman", windowType="blackman", blackmanCoefficient=0.4)
by_kaldi("mfcc-rectangular", windowType="rectangular")
by_kaldi("mfcc-sine", windowType="sine")
by_kaldi("mfcc-sparse", frameLength=5, frameShift=15, melBins=8, coefficients=8)
by_kaldi("fbank", features="fbank", useEnergy=False)
by_kaldi("fbank-energy", features="fbank", useEnergy=True)
by_kaldi("fbank-energy-htk", features="fbank", useEnergy=True, htkCompatible=True)
by_kaldi("fbank-magnitudes", features="fbank", useEnergy=False, usePower=False, melBins=15)

statics = kaldi(dict(sampleRate=8000)).astype(np.float64)
case("deltas", with_deltas(statics, 2, 2), sampleRate=8000)
case("deltas-3", with_deltas(statics, 1, 3), sampleRate=8000, deltas=1, deltaWindow=3)
full = with_deltas(statics, 2, 2)
case("mean", full - full.mean(0), sampleRate=8000, normalisation="mean")
case("mean-variance", (full - full.mean(0)) / full.std(0), sampleRate=8000, normalisation="mean-variance")
running = dict(sampleRate=8000, deltas=0, normalisationOver="running")
case("running", sliding(statics, 20, 10, False), **running, normalisation="mean",
     normalisationWindow=20, normalisationMinimum=10)
case("running-variance", sliding(statics, 20, 10, True), **running, normalisation="mean-variance",
     normalisationWindow=20, normalisationMinimum=10)
case("running-defaults", sliding(statics, 600, 100, False), **running, normalisation="mean")


def mel(f):
    return 1127 * np.log(1 + f / 700)


x = sound()
hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 255)
power = np.abs(librosa.stft(x, n_fft=256, hop_length=80, window=hann, center=False, dtype=np.complex128)) ** 2
edges = np.linspace(mel(20), mel(4000), 25)
bins = mel(np.arange(129) * 8000 / 256)
bank = np.array([np.maximum(0, np.minimum((bins - a) / (b - a), (c - bins) / (c - b)))
                 for a, b, c in zip(edges, edges[1:], edges[2:])])
bank[:, 128] = 0
logs = np.log(bank @ power)
plain = dict(sampleRate=8000, frameLength=32, windowType="hann", preEmphasis=0, removeDcOffset=False)
case("librosa-fbank", logs.T, 1e-6, **plain, features="fbank", deltas=0)
cepstra = librosa.feature.mfcc(S=logs, n_mfcc=13, dct_type=2, norm="ortho", lifter=0)
slopes = librosa.feature.delta(cepstra, width=5, order=1, mode="nearest")
case("librosa-mfcc", np.concatenate([cepstra, slopes]).T, 1e-6, **plain, useEnergy=False, cepstralLifter=0, deltas=1)

np.savez_compressed("test/speech/reference.npz", **arrays)
with open("test/speech/reference.json", "w") as file:
    json.dump(dict(sound=SOUND, first=FIRST, samples=SAMPLES, cases=cases), file, indent=2)
    file.write("\n")
