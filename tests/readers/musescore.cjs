// Reads a MusicXML score with the engine of MuseScore 4 and writes what it made of it: MIDI, and MusicXML.
globalThis.fetch = undefined; // its loader then reads its parts from disk
const fs = require("fs");
const { default: WebMscore } = require(process.argv[2]);
(async () => {
  await WebMscore.ready;
  const [, , , source, folder] = process.argv;
  const score = await WebMscore.load("musicxml", new Uint8Array(fs.readFileSync(source)), [], false);
  fs.writeFileSync(`${folder}/read.mid`, await score.saveMidi(true, true));
  fs.writeFileSync(`${folder}/read.musicxml`, await score.saveXml());
  fs.writeFileSync(`${folder}/read.json`, JSON.stringify(await score.metadata()));
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
