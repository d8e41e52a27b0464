import { useEffect, useRef, useState, type ReactNode } from "react";
import { NavLink, useLocation, useNavigate } from "react-router";
import { listen, useKeys } from "../state/bindings";
import { useCommands } from "../state/commands";
import { signedOut } from "../state/connection";
import { useSession } from "../api/operation";
import { Account } from "./Account";
import { KeysHelp } from "./KeysHelp";
import { Palette } from "./Palette";
import { SignIn } from "./SignIn";
import { density, theme } from "../state/preferences";
import { useStore } from "../state/store";
import { AwayNote } from "../ui/notes/AwayNote";
import { Icon } from "../ui/marks/Icon";

const PAGES = [
  { to: "/", name: "Studies", keys: "g s" },
  { to: "/studies/new", name: "New study", keys: "g n" },
  { to: "/compare", name: "Compare", keys: "g c" },
  { to: "/floors", name: "Floors", keys: "g f" },
  { to: "/recipes", name: "Recipes", keys: "g r" },
  { to: "/data", name: "Data", keys: "g d" },
  { to: "/workers", name: "Workers", keys: "g w" },
  { to: "/alerts", name: "Alerts", keys: "g a" },
] as const;

const NEXT_THEME = { system: "light", light: "dark", dark: "system" } as const;

function ThemeButton() {
  const chosen = useStore(theme);
  const told = chosen === "system" ? "Theme: as the system's" : `Theme: ${chosen}`;
  return (
    <button type="button" className="quiet" onClick={() => theme.set(NEXT_THEME[chosen])} aria-label={told} title={told}>
      <Icon name={chosen} />
    </button>
  );
}

/** Keys and commands of every page; whoever reads a shared study has no other pages to go to. */
function useGlobalKeys(open: (what: "keys" | "palette") => void, shared: boolean): void {
  const navigate = useNavigate();
  const pages = shared ? [] : PAGES;
  useEffect(listen, []);
  useKeys([
    { keys: "mod+k", does: "Open the commands", run: () => open("palette") },
    { keys: "?", does: "Show the keys", run: () => open("keys") },
    ...pages.map(({ to, name, keys }) => ({ keys, does: name, run: () => void navigate(to) })),
  ]);
  useCommands([
    ...pages.map(({ to, name }) => ({ name: to === "/studies/new" ? name : `Go to ${name.toLowerCase()}`, run: () => void navigate(to) })),
    { name: "Use the light theme", run: () => theme.set("light") },
    { name: "Use the dark theme", run: () => theme.set("dark") },
    { name: "Use the system's theme", run: () => theme.set("system") },
    { name: "Comfortable rows", run: () => density.set("comfortable") },
    { name: "Compact rows", run: () => density.set("compact") },
    { name: "Show the keys", run: () => open("keys") },
  ]);
}

/** The pages; where they don't fit side by side they scroll, and the page at hand is in sight. */
function Navigation() {
  const root = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const nav = root.current;
    const link = nav?.children[PAGES.findIndex(({ to }) => to === pathname)];
    if (nav && link instanceof HTMLElement) nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
  }, [pathname]);
  return (
    <nav ref={root} aria-label="Pages">
      {PAGES.map(({ to, name }) => (
        <NavLink key={to} to={to} end>
          {name === "New study" ? (
            <>
              New<span className="wide-only"> study</span>
            </>
          ) : (
            name
          )}
        </NavLink>
      ))}
    </nav>
  );
}

/** What stands around every page: navigation, theme, the note while the service is away, palette and keys. */
export function Shell({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<"keys" | "palette" | null>(null);
  const shut = useStore(signedOut);
  const shared = useSession().data?.study;
  useGlobalKeys(setOpen, Boolean(shared));
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="shell-head">
        <NavLink to={shared ? `/studies/${shared}` : "/"} className="brand">
          <img src="/favicon.svg" alt="" width="20" height="20" />
          <span>Seedspread</span>
        </NavLink>
        {shut ? null : shared ? <span className="muted">Shared, read only</span> : <Navigation />}
        <div className="shell-tools">
          <button type="button" className="quiet keys-only" onClick={() => setOpen("palette")} aria-label="Ctrl K: commands">
            <kbd>Ctrl K</kbd>
          </button>
          <button type="button" className="quiet keys-only" onClick={() => setOpen("keys")} aria-label="?: keys">
            <kbd>?</kbd>
          </button>
          <ThemeButton />
          {shut ? null : <Account />}
        </div>
      </header>
      <AwayNote />
      <main id="main" tabIndex={-1} className={shared ? "shared-reader" : undefined}>
        {shut ? <SignIn /> : children}
      </main>
      {open === "keys" ? <KeysHelp onClose={() => setOpen(null)} /> : null}
      {open === "palette" ? <Palette onClose={() => setOpen(null)} /> : null}
    </>
  );
}
