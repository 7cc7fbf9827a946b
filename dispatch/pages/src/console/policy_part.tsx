import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { useMay } from "./may";
import {
  checkRules,
  isSamePolicy,
  MOST_RULES,
  type Policy,
  type PolicyRule,
  ruleWords,
  TERMS,
  type TypedRule,
  typedRules,
  withOneMore,
} from "./policy";
import type { PartProps } from "./settings_dialog";
import { SaveFoot, TypedField, Waiting } from "./settings_parts";
import { fetchSkus } from "./stock_api";
import { type Setting, useVersioned } from "./versioned";

/** What customers may claim of what they got, until when, by category of the goods. */
export function PolicyPart({ token, zone }: PartProps) {
  const setting = useVersioned<Policy>(token, "/v1/after-sales/policy", zone);
  const categories = useCategories(token, zone);
  return (
    <>
      <p class="faint">{t("policy.explained")}</p>
      <Waiting found={setting.found} onAgain={setting.look} />
      {setting.found && <PolicyForm setting={setting} policy={setting.found} categories={categories} />}
    </>
  );
}

/** The categories that the zone's goods have, for who may see goods. */
function useCategories(token: string, zone: string): readonly string[] {
  const mayLook = useMay()("read_stock");
  const [found, setFound] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!mayLook) return;
    void fetchSkus(token, zone).then((skus) => {
      setFound([...new Set((skus ?? []).map(({ category }) => category))].filter(Boolean).sort());
    });
  }, [token, zone, mayLook]);
  return found;
}

interface FormProps {
  setting: Setting<Policy>;
  policy: Policy;
  categories: readonly string[];
}

function PolicyForm({ setting, policy, categories }: FormProps) {
  const mayChange = useMay()("set_claim_policy");
  const [typed, type] = useState(() => typedRules(policy));
  const [reason, setReason] = useState("");
  const list = useId();
  useEffect(() => {
    type(typedRules(policy));
    setReason("");
  }, [policy]);
  const checked = checkRules(typed);
  const same = checked.body !== null && isSamePolicy(checked.body, policy);
  const send = (on_top?: number) =>
    void (checked.body && setting.change({ rules: checked.body, reason: reason.trim() }, on_top));
  const anew = () => {
    type(typedRules(policy));
    setting.look();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <datalist id={list}>
        {categories.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <ul class="policy">
        {typed.map((rule, at) => (
          <li key={rule.key}>
            <RuleFields
              rule={rule}
              isForAll={at === 0}
              means={checked.body?.[at]}
              wrong={checked.wrong ?? {}}
              categories={list}
              readOnly={!mayChange}
              onType={(next) => type(typed.map((each) => (each.key === rule.key ? next : each)))}
              onRemove={() => type(typed.filter(({ key }) => key !== rule.key))}
            />
          </li>
        ))}
      </ul>
      {mayChange ? (
        <>
          {typed.length < MOST_RULES && (
            <button type="button" class="button" onClick={() => type(withOneMore(typed))}>
              <Icon name="plus" />
              {t("policy.add")}
            </button>
          )}
          <SaveFoot
            setting={setting}
            wrong={checked.wrong !== null || reason.trim() === ""}
            same={same}
            reason={reason}
            reasonHint={t("settings.reason.needed")}
            onReason={setReason}
            onSend={send}
            onAnew={anew}
          />
        </>
      ) : (
        <p class="faint settings-foot">{t("settings.look_only")}</p>
      )}
    </form>
  );
}

interface RuleProps {
  rule: TypedRule;
  isForAll: boolean;
  /** The rule itself; missing while something of the policy is wrong. */
  means: PolicyRule | undefined;
  wrong: Readonly<Record<string, string>>;
  categories: string;
  readOnly: boolean;
  onType(next: TypedRule): void;
  onRemove(): void;
}

function RuleFields({ rule, isForAll, means, wrong, categories, readOnly, onType, onRemove }: RuleProps) {
  const name = isForAll ? t("policy.others") : rule.category.trim() || t("policy.category.new");
  return (
    <fieldset class="policy-rule" aria-label={name}>
      {isForAll ? (
        <strong class="policy-all">{name}</strong>
      ) : (
        <TypedField
          name="category"
          label={t("policy.category")}
          inputMode="text"
          list={categories}
          value={rule.category}
          wrong={wrong[`category ${rule.key}`]}
          readOnly={readOnly}
          onValue={(category) => onType({ ...rule, category })}
        />
      )}
      {TERMS.map((term) => (
        <TypedField
          key={term}
          name={term}
          label={t(`policy.${term}`)}
          unit={t("unit.days")}
          inputMode="numeric"
          value={rule[term]}
          wrong={wrong[`${term} ${rule.key}`]}
          readOnly={readOnly}
          onValue={(days) => onType({ ...rule, [term]: days })}
        />
      ))}
      {!isForAll && !readOnly ? (
        <button
          type="button"
          class="icon-button"
          aria-label={t("policy.remove", { about: name })}
          title={t("policy.remove", { about: name })}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      ) : (
        <span />
      )}
      {means && <p class="policy-means">{ruleWords(means)}</p>}
    </fieldset>
  );
}
