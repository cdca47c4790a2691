// Hands what the microphone hears to the page, block by block.
registerProcessor("collector", class extends AudioWorkletProcessor {
  process(inputs) {
    const heard = inputs[0]?.[0];
    if (heard) this.port.postMessage(heard.slice());
    return true;
  }
});
