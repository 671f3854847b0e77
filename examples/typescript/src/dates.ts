// Date-times in every form that servers write.

/** A date-time whose zone is not known, as it came: it is not an instant, and none is guessed. */
export class LocalDateTime {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type Moment = Date | LocalDateTime;

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/;
const MINUTE = 60_000;

/** Read a date-time; null is the empty date, and undefined says that it is none. */
export function readMoment(text: string, naiveIsUtc: boolean): Moment | null | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone] = found;
  // Looked at first: shifted by a zone, the year 1 may be none in UTC.
  const empty = year === "0001";
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const instant = new Date(`${plain}.${fraction.padEnd(3, "0").slice(0, 3)}Z`);
  // Date takes the 30th of February for the 1st or 2nd of March.
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(plain)) return undefined;
  if (empty) return null;
  if (zone === undefined) return naiveIsUtc ? instant : new LocalDateTime(text);
  if (zone === "Z") return instant;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  const shift = (hours * 60 + minutes) * MINUTE * (zone.startsWith("-") ? -1 : 1);
  return new Date(instant.getTime() - shift);
}
