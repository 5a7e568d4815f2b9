/**
 * The black box of one device, in aligned blocks so that nothing is fetched twice: summaries for charts and the
 * timeline, whole samples for replay. A block that reaches into the present is fetched again when it has grown.
 */

import { getJson } from "fleet/api";
import { iso } from "fleet/format";

const BUCKETS = 300;
const MINUTE = 60_000;
const LEAD_MS = 15_000;
const PAGE = 2000;
const PAGES_AT_MOST = 10;
const BLOCKS_KEPT = 60;
const GAP_MS = 15_000;

export class History {
  /** `now()`: the server's clock in milliseconds. `texts`: paths of texts that summaries tell too. */
  constructor(deviceId, now, texts = []) {
    this.texts = texts.join();
    this.address = `/api/fleet/devices/${deviceId}/telemetry`;
    this.now = now;
    this.blocks = new Map();
  }

  /** Buckets of `seconds` between two times, oldest first: [{time, samples, fields, texts}], time in the bucket's middle. */
  async summary(from, to, seconds) {
    const length = seconds * BUCKETS * 1000;
    const parts = await this.#blocks(from, to, length, `s${seconds}`, seconds * 1000, (start, end) =>
      this.#fetchSummary(start, end, seconds),
    );
    return parts.filter(({ time }) => time >= from && time <= to);
  }

  /** Whole samples of the minute around a time, oldest first, each with the sections known so far. */
  minute(time) {
    const start = time - (time % MINUTE);
    return this.#block(`m${start}`, start, start + MINUTE, 1000, () => this.#fetchSamples(start - LEAD_MS, start + MINUTE));
  }

  async #blocks(from, to, length, name, grain, fetch) {
    const starts = [];
    for (let start = from - (from % length); start < to; start += length) starts.push(start);
    const parts = await Promise.all(
      starts.map((start) => this.#block(`${name}:${start}`, start, start + length, grain, () => fetch(start, start + length))),
    );
    return parts.flat();
  }

  /** `grain`: how much newer data must be before an unfinished block is worth another request, milliseconds. */
  #block(key, start, end, grain, fetch) {
    const known = this.blocks.get(key);
    const now = this.now();
    if (known && (known.asked >= end + 2000 || now - known.asked < Math.max(grain, 2000))) return known.rows;
    const rows = fetch().catch((error) => {
      this.blocks.delete(key);
      throw error;
    });
    this.blocks.delete(key);
    this.blocks.set(key, { asked: now, rows });
    if (this.blocks.size > BLOCKS_KEPT) this.blocks.delete(this.blocks.keys().next().value);
    return rows;
  }

  async #fetchSummary(from, to, seconds) {
    const half = seconds * 500;
    const rows = await this.#pages(from, to, { resolution: seconds, limit: BUCKETS + 1, texts: this.texts });
    return rows.map((row) => ({ ...row, time: Date.parse(row.time) + half }));
  }

  async #fetchSamples(from, to) {
    return carried(await this.#pages(from, to, { limit: PAGE }));
  }

  async #pages(from, to, params) {
    const rows = [];
    let cursor;
    for (let page = 0; page < PAGES_AT_MOST && cursor !== null; page++) {
      const { results, next } = await getJson(this.address, { from: iso(from), to: iso(to - 1), ...params, cursor });
      rows.push(...results);
      cursor = next;
    }
    return rows;
  }
}

/** A sample may bring one section only: the others are as they were, unless the silence before was long. */
function carried(rows) {
  let sections = {};
  let position = null;
  let before = -Infinity;
  return rows.map((row) => {
    const time = Date.parse(row.time);
    if (time - before > GAP_MS) [sections, position] = [{}, null];
    before = time;
    sections = { ...sections, ...row.sections };
    position = row.position ?? position;
    return { ...row, at: time, sections, position };
  });
}

/** The newest row at or before a time, null in a gap. Rows oldest first. */
export function rowAt(rows, time) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].at <= time) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  return row && time - row.at <= GAP_MS ? row : null;
}
