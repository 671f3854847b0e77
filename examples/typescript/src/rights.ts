// Masks: names of flags on the wire, of which the document knows the bits.

import { flagsOf, type MaskOwner } from "./document.js";

export interface Rights {
  /** The single rights, from the lowest bit on. */
  rights: string[];
  /** Names that the document does not know. */
  unknown: string[];
}

export function readRights(mask: string, owner: MaskOwner): Rights {
  const flags = Object.entries(flagsOf(owner));
  let bits = 0;
  const unknown: string[] = [];
  for (const name of mask.split(",").map((part) => part.trim()).filter((part) => part !== "")) {
    const known = flags.find(([flag]) => flag.toLowerCase() === name.toLowerCase());
    if (known === undefined) unknown.push(name);
    else bits |= known[1];
  }
  const single = new Map<number, string>(); // bit -> the first name that the document gives it
  for (const [name, bit] of flags) {
    if (bit !== 0 && (bit & (bit - 1)) === 0 && !single.has(bit)) single.set(bit, name);
  }
  const held = [...single].filter(([bit]) => bits & bit).sort(([one], [other]) => one - other);
  return { rights: held.map(([, name]) => name), unknown };
}
