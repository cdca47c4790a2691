// Hands what the microphone hears to the page, block by block, each with its frame of the context's clock.
registerProcessor("collector", class extends AudioWorkletProcessor {
  process(inputs) {
    const heard = inputs[0]?.[0];
    if (heard) this.port.postMessage([currentFrame, heard.slice()]);
    return true;
  }
});
