// Reads one JSON array of questions from standard input and prints one JSON array of answers: the instants, in UTC, at which each rule
// recurs. A question is {"rule":"FREQ=…","start":"20260329T023000","zone":"Europe/Berlin","from":"…Z","to":"…Z","exclude":["20260401T023000"]}.
// The recurrence is the rrule package's, over local times; which instants those are is told by Node's own time zones, by search: the first of
// a repeated hour, and of a skipped one the first instant after it.
'use strict';
const { RRule, RRuleSet } = require('rrule');

const formats = new Map();

/** The local time of an instant in a zone, as if it were UTC. */
function localOf(instant, zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** The first instant, to the second, whose local time is this one or later: clocks that go back pass it once before, those that jump over it land behind it. */
function instantOf(local, zone) {
  const around = 26 * 3600 * 1000;
  let low = local - around;
  let high = local + around;
  // Where clocks do not change for two days there is nothing to search.
  const [before, after] = [localOf(low, zone) - low, localOf(high, zone) - high];
  if (before === after) return local - before;
  // Local time is not monotonic where clocks go back, so the first hit is looked for a quarter of an hour at a time.
  const step = 15 * 60 * 1000;
  for (let at = low - (low % step); at <= high; at += step) {
    if (localOf(at, zone) >= local) {
      low = at - step;
      high = at;
      break;
    }
  }
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (localOf(middle, zone) >= local) high = middle;
    else low = middle;
  }
  return high;
}

function parse(text) {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(text).map(Number);
  return new Date(Date.UTC(y, mo - 1, d, h, mi, s));
}

function answer(question) {
  const set = new RRuleSet();
  set.rrule(new RRule({ ...RRule.parseString(question.rule), dtstart: parse(question.start) }));
  for (const excluded of question.exclude || []) set.exdate(parse(excluded));
  const [from, to] = [Date.parse(question.from), Date.parse(question.to)];
  const day = 24 * 3600 * 1000;
  return set
    .between(new Date(from - 2 * day), new Date(to + 2 * day), true)
    .map((local) => instantOf(local.getTime(), question.zone))
    .filter((instant) => instant >= from && instant < to)
    .map((instant) => new Date(instant).toISOString());
}

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => { process.stdout.write(JSON.stringify(JSON.parse(text).map(answer))); });
