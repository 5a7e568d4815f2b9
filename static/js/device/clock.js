/** The page's one time cursor: live, or a moment of the past that stands still or runs. */

export const SPEEDS = [1, 2, 5, 10, 30, 60];
const LIVE_EDGE_MS = 1000;

export class TimeCursor {
  constructor(now, onChange) {
    this.now = now;
    this.onChange = onChange;
    this.live = true;
    this.playing = true;
    this.speed = 1;
    this.at = 0;
  }

  /** The moment that the page shows, milliseconds since 1970. */
  get time() {
    return this.live ? this.now() : this.at;
  }

  seek(time) {
    if (time >= this.now() - LIVE_EDGE_MS) return this.goLive();
    const leaving = this.live;
    this.live = false;
    this.at = time;
    if (leaving) this.playing = false;
    this.onChange({ leaving });
  }

  /** Leaves the live picture even for a moment at its very edge, which seek() takes for live. */
  jump(time) {
    this.seek(Math.min(time, this.now() - LIVE_EDGE_MS - 1));
  }

  step(milliseconds) {
    this.seek(this.time + milliseconds);
  }

  goLive() {
    this.live = true;
    this.playing = true;
    this.onChange({});
  }

  toggle() {
    if (this.live) return this.jump(this.now());
    this.playing = !this.playing;
    this.onChange({});
  }

  setSpeed(speed) {
    this.speed = speed;
    this.onChange({});
  }

  faster(step) {
    const index = SPEEDS.indexOf(this.speed) + step;
    if (SPEEDS[index]) this.setSpeed(SPEEDS[index]);
  }

  /** `elapsed`: milliseconds since the call before. */
  tick(elapsed) {
    if (this.live || !this.playing) return;
    this.at += elapsed * this.speed;
    if (this.at >= this.now() - LIVE_EDGE_MS) this.goLive();
  }
}
