import "./ui/tokens.css";
import "./ui/page.css";
import "./ui/timeline.css";
import { render } from "preact";
import { App } from "./app";
import { listen } from "./net/live";
import { readFrames } from "./net/audio";
import { Peaks } from "./net/peaks";
import { capture } from "./sound/capture";
import { audioFile } from "./sound/sources";
import { firstSound, pause, play, position } from "./sound/player";
import { move } from "./sound/mixer";
import { onNotice, refresh, state } from "./state/store";
import { onKeyDown } from "./ui/keyboard";

render(<App />, document.getElementById("app")!);
addEventListener("keydown", onKeyDown);
void refresh().then(() => {
  performance.mark("interactive");
  listen(onNotice);
});

/** For measuring: what is heard, as samples, and where the player is. */
Object.assign(globalThis, {
  ritornello: { Peaks, capture, readFrames, audioFile, state, play, pause, position, firstSound, move, onNotice },
});
