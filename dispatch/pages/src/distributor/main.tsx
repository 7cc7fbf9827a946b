import "./texts";
import { render } from "preact";
import { currentLang, setLang } from "../shared/i18n";
import { applyTheme, storedTheme } from "../shared/theme";
import { DistributorPage } from "./page";

applyTheme(storedTheme());
setLang(currentLang());

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(<DistributorPage />, page);
}
