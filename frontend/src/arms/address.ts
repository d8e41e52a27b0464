/** An arm in an address: `STUDY.POSITION`. */
export interface ArmRef {
  study: number;
  arm: number;
}

/** `1.0,1.1,3.0` as arms; what isn't one is passed over, and each counts once. */
export function parseArms(text: string | null): ArmRef[] {
  const found = (text ?? "").split(",").flatMap((part) => {
    const match = /^(\d+)\.(\d+)$/.exec(part.trim());
    return match === null ? [] : [{ study: Number(match[1]), arm: Number(match[2]) }];
  });
  return found.filter((one, at) => found.findIndex((other) => armKey(other) === armKey(one)) === at);
}

export function armKey({ study, arm }: ArmRef): string {
  return `${study}.${arm}`;
}

export function armsText(arms: readonly ArmRef[]): string {
  return arms.map(armKey).join(",");
}
