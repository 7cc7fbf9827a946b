import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { money } from "../shared/money";
import { checkFees, type Fees, type FeesWish, feeOf, TIERS, type Tier, thousandths, typedFees } from "./fees";
import { useMay } from "./may";
import type { PartProps } from "./settings_dialog";
import { FieldGroup, SaveFoot, TypedField, Waiting } from "./settings_parts";
import type { Typed } from "./stock_forms";
import { type Setting, useVersioned } from "./versioned";

/** What the zone's deliveries cost, and what one of them would. */
export function FeesPart({ token, zone }: PartProps) {
  const setting = useVersioned<Fees>(token, "/v1/fees", zone);
  return (
    <>
      <p class="faint">{t("fees.explained")}</p>
      <Waiting found={setting.found} onAgain={setting.look} />
      {setting.found && <FeesForm setting={setting} fees={setting.found} />}
    </>
  );
}

function FeesForm({ setting, fees }: { setting: Setting<Fees>; fees: Fees }) {
  const mayChange = useMay()("set_fees");
  const [typed, type] = useState<Typed>(() => typedFees(fees));
  const [reason, setReason] = useState("");
  useEffect(() => {
    type(typedFees(fees));
    setReason("");
  }, [fees]);
  const checked = checkFees(typed);
  const wrong = checked.wrong ?? {};
  const same = checked.body !== null && isSame(checked.body, fees);
  const send = (on_top?: number) =>
    void (checked.body && setting.change({ ...checked.body, reason: reason.trim() }, on_top));
  const anew = () => {
    type(typedFees(fees));
    setting.look();
  };
  const field = (name: string, label: string, unit: string) => (
    <TypedField
      name={name}
      label={label}
      unit={unit}
      value={typed[name] ?? ""}
      wrong={wrong[name]}
      readOnly={!mayChange}
      onValue={(next) => type({ ...typed, [name]: next })}
    />
  );
  const currency = (typed.currency ?? "").toUpperCase();
  return (
    <form
      class="fees"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="fees-rule">
        <FieldGroup title={t("fees.rule")} few>
          {field("base", t("fees.base"), currency)}
          {field("per_km", t("fees.per_km"), currency)}
          {field("free_kg", t("fees.free"), t("unit.kg"))}
          {field("per_kg", t("fees.per_kg"), currency)}
          <TypedField
            name="currency"
            label={t("fees.currency")}
            hint={t("fees.currency.hint")}
            inputMode="text"
            value={typed.currency ?? ""}
            wrong={wrong.currency}
            readOnly={!mayChange}
            onValue={(next) => type({ ...typed, currency: next })}
          />
        </FieldGroup>
        <FieldGroup title={t("fees.tiers")}>
          {TIERS.map((tier) => field(`tier_${tier}`, t(`fees.tier.${tier}`), "%"))}
        </FieldGroup>
      </div>
      <Example rule={checked.body} before={fees} same={same} />
      {mayChange ? (
        <SaveFoot
          setting={setting}
          wrong={checked.wrong !== null}
          same={same}
          reason={reason}
          reasonHint={t("settings.reason.kept")}
          onReason={setReason}
          onSend={send}
          onAnew={anew}
        />
      ) : (
        <p class="faint settings-foot">{t("settings.look_only")}</p>
      )}
    </form>
  );
}

function isSame(wish: FeesWish, fees: Fees): boolean {
  return JSON.stringify(typedFees({ ...wish, version: 0 })) === JSON.stringify(typedFees(fees));
}

interface ExampleProps {
  /** The rule as it was typed; null while it is none. */
  rule: FeesWish | null;
  before: Fees;
  same: boolean;
}

/** One delivery, priced as one types; and what it costs by the rule that holds. */
function Example({ rule, before, same }: ExampleProps) {
  const [km, setKm] = useState("3.2");
  const [kg, setKg] = useState("7");
  const [tier, setTier] = useState<Tier>(0);
  const [way_m, weight_g] = [thousandths(km), thousandths(kg)];
  const priced = rule && way_m !== null && weight_g !== null ? feeOf(rule, way_m, weight_g, tier) : null;
  const now = way_m !== null && weight_g !== null ? feeOf(before, way_m, weight_g, tier) : null;
  const shown = (minor: number | undefined) => (minor === undefined ? "–" : money(minor, rule?.currency ?? ""));
  return (
    <section class="fees-example" aria-label={t("fees.example")}>
      <h3>{t("fees.example")}</h3>
      <div class="fees-asked">
        <TypedField
          name="km"
          label={t("fees.example.way")}
          unit={t("unit.km")}
          value={km}
          wrong={way_m === null ? t("fees.wrong.weight") : ""}
          onValue={setKm}
        />
        <TypedField
          name="kg"
          label={t("fees.example.weight")}
          unit={t("unit.kg")}
          value={kg}
          wrong={weight_g === null ? t("fees.wrong.weight") : ""}
          onValue={setKg}
        />
        <label class="field">
          <span>{t("fees.example.tier")}</span>
          <select value={tier} onChange={(event) => setTier(Number(event.currentTarget.value) as Tier)}>
            {TIERS.map((each) => (
              <option key={each} value={each}>
                {t(`fees.tier.${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <dl class="sum">
        <Row label={t("fees.base")} value={shown(priced?.base_minor)} />
        <Row label={t("fees.example.distance")} value={shown(priced?.distance_minor)} />
        <Row label={t("fees.example.over")} value={shown(priced?.weight_minor)} />
        <Row label={t("fees.example.tier_part")} value={shown(priced?.tier_minor)} />
        <Row label={t("fees.example.total")} value={shown(priced?.total_minor)} total />
      </dl>
      {!same && now && <p class="faint">{t("fees.example.now", { price: money(now.total_minor, before.currency) })}</p>}
    </section>
  );
}

function Row({ label, value, total = false }: { label: string; value: string; total?: boolean }) {
  return (
    <div class={total ? "sum-row total" : "sum-row"}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
