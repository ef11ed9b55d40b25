/** Three short tones and a shake: an offer must be noticed in a pocket. Silent where the browser does not let us. */
export function ring(): void {
  navigator.vibrate?.([200, 100, 200, 100, 400]);
  try {
    const sound = new AudioContext();
    for (const at of [0, 0.25, 0.5]) {
      const tone = sound.createOscillator();
      const loudness = sound.createGain();
      loudness.gain.value = 0.2;
      tone.frequency.value = 880;
      tone.connect(loudness).connect(sound.destination);
      tone.start(sound.currentTime + at);
      tone.stop(sound.currentTime + at + 0.15);
    }
    setTimeout(() => void sound.close(), 1_500);
  } catch {
    // A device without sound.
  }
}
