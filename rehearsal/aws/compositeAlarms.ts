import { z } from "zod";
import type { Registration } from "../program/inputs";
import { type Alarm, readAlarmInputs, SHARED_INPUTS, sharedPart, unknownAlarm } from "./alarms";

/** An alarm on the states of others. */
export interface CompositeAlarm extends Alarm {
  readonly rule: AlarmRule;
}

/** A composite alarm's rule, read. */
export interface AlarmRule {
  /** Names of the alarms that it asks after, each once. */
  readonly alarms: readonly string[];
  readonly holds: (isInAlarm: (name: string) => boolean) => boolean;
}

// A suppressor is none of the program's: what it has held back is done when it ends, so that people would hear the
// end of what nobody told them.
const alarmShape = z.strictObject({ ...SHARED_INPUTS, alarmName: z.string(), alarmRule: z.string() });

/**
 * Reads a composite alarm as the program registered it.
 * Source: Amazon CloudWatch API Reference, PutCompositeAlarm.
 * @throws Error for a rule that is not implemented
 */
export function parseCompositeAlarm(it: Registration): CompositeAlarm {
  const { alarmName, alarmRule, ...inputs } = readAlarmInputs(it, alarmShape);
  const rule = parseAlarmRule(alarmRule, (why) => unknownAlarm(it, why));
  return { ...sharedPart(it, alarmName, inputs), rule };
}

// --- Rules -------------------------------------------------------------------------------------------------

const TOKEN = /\s*(?:([()])|"([^"]+)"|([^\s()"]+))/y;

interface Token {
  readonly kind: "mark" | "quoted" | "word";
  readonly text: string;
}

function tokens(rule: string, fault: (why: string) => Error): Token[] {
  const found: Token[] = [];
  const text = rule.trimEnd();
  for (let end = 0; end < text.length; end = TOKEN.lastIndex) {
    TOKEN.lastIndex = end;
    const match = TOKEN.exec(text);
    if (match === null) throw fault(`its rule cannot be read at \`${text.slice(end)}\``);
    const [, mark, quoted, word = ""] = match;
    if (mark !== undefined) found.push({ kind: "mark", text: mark });
    else if (quoted !== undefined) found.push({ kind: "quoted", text: quoted });
    else found.push({ kind: "word", text: word });
  }
  return found;
}

/**
 * Reads a rule. Implemented are `ALARM(name)` with or without quotation marks, `NOT`, `AND`, `OR` and parentheses;
 * `AND` beside `OR` needs them, because which of both binds first is not documented.
 * Source: "Create a composite alarm", rule expressions.
 * @throws what `fault` makes, for anything else
 */
export function parseAlarmRule(rule: string, fault: (why: string) => Error): AlarmRule {
  const rest = tokens(rule, fault);
  const alarms = new Set<string>();
  type Holds = AlarmRule["holds"];

  const is = (kind: Token["kind"], text: string) => rest[0]?.kind === kind && rest[0].text === text;
  const expect = (mark: string) => {
    if (!is("mark", mark)) throw fault(`its rule has ${shown(rest[0])} where \`${mark}\` has to stand`);
    rest.shift();
  };

  const term = (): Holds => {
    if (is("word", "NOT")) {
      rest.shift();
      const negated = term();
      return (isInAlarm) => !negated(isInAlarm);
    }
    if (is("mark", "(")) {
      rest.shift();
      const inner = expression();
      expect(")");
      return inner;
    }
    if (!is("word", "ALARM")) throw fault(`its rule has ${shown(rest[0])}; ALARM(name) is implemented`);
    rest.shift();
    expect("(");
    const name = rest.shift();
    if (name === undefined || name.kind === "mark") throw fault("its rule has an ALARM() without a name");
    expect(")");
    alarms.add(name.text);
    return (isInAlarm) => isInAlarm(name.text);
  };

  const expression = (): Holds => {
    const terms = [term()];
    const operator = is("word", "AND") ? "AND" : "OR";
    while (is("word", operator)) {
      rest.shift();
      terms.push(term());
    }
    if (is("word", "AND") || is("word", "OR")) {
      throw fault("its rule has AND beside OR; put parentheses");
    }
    return (isInAlarm) =>
      operator === "AND" ? terms.every((holds) => holds(isInAlarm)) : terms.some((holds) => holds(isInAlarm));
  };

  const holds = expression();
  if (rest.length > 0) throw fault(`its rule goes on with ${shown(rest[0])}`);
  return { alarms: [...alarms], holds };
}

function shown(token: Token | undefined): string {
  return token === undefined ? "its end" : `\`${token.text}\``;
}
