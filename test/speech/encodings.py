"""Makes wav/: the same 500 samples of speech in every kind of WAV file, by libsndfile and Python's own wave module.

    python3 -m venv venv
    venv/bin/pip install soundfile==0.14.0 numpy==2.4.6
    venv/bin/python test/speech/encodings.py      # from the root of the clone; Python 3.11

Of two channels the second is the speech, the first is the speech backwards.
"""

import os
import wave

import numpy as np
import soundfile as sf

with wave.open("data/wav/en/demo-nogo.wav") as file:
    file.setpos(20000)
    speech = np.frombuffer(file.readframes(500), "<i2")
os.makedirs("test/speech/wav", exist_ok=True)
both = np.stack([speech[::-1], speech], axis=1)
exact = speech / 32768

for name, subtype, format in [
    ("pcm16", "PCM_16", "WAV"), ("pcm24", "PCM_24", "WAV"), ("pcm32", "PCM_32", "WAV"), ("float32", "FLOAT", "WAV"),
    ("float64", "DOUBLE", "WAV"), ("extensible24", "PCM_24", "WAVEX"), ("extensible-float", "FLOAT", "WAVEX"),
    ("rf64", "PCM_16", "RF64"), ("unsigned8", "PCM_U8", "WAV"),
    ("a-law", "ALAW", "WAV"), ("mu-law", "ULAW", "WAV"), ("adpcm", "MS_ADPCM", "WAV"), ("extensible-mu-law", "ULAW", "WAVEX"),
]:
    sf.write(f"test/speech/wav/{name}.wav", exact, 8000, subtype, format=format)
sf.write("test/speech/wav/stereo24.wav", both / 32768, 8000, "PCM_24", format="WAV")
with wave.open("test/speech/wav/stereo16.wav", "wb") as file:
    file.setnchannels(2), file.setsampwidth(2), file.setframerate(8000)
    file.writeframes(both.astype("<i2").tobytes())
