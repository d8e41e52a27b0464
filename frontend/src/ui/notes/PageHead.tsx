import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";
import { start } from "../../lib/values";
import { label } from "../../lib/words";

export interface Crumb {
  name: string;
  to: string;
}

interface Props {
  crumbs?: readonly Crumb[];
  title: string;
  aside?: ReactNode;
  actions?: ReactNode;
}

/** The top of a page: where it lies, its name, and what can be done with it. */
export function PageHead({ crumbs = [], title, aside, actions }: Props) {
  useEffect(() => {
    document.title = `${start(label(title), 80)} · Seedspread`;
  }, [title]);
  return (
    <div className="page-head">
      <div className="page-name">
        {crumbs.length === 0 ? null : (
          <nav aria-label="Breadcrumbs" className="crumbs">
            {crumbs.map((crumb, place) => (
              <span key={crumb.to}>
                <Link to={crumb.to} className="cut" title={crumb.name}>
                  {label(crumb.name)}
                </Link>
                {place === crumbs.length - 1 ? null : <span aria-hidden="true"> / </span>}
              </span>
            ))}
          </nav>
        )}
        <h1 className={title.length > 120 ? "long" : undefined} title={title.length > 120 ? title : undefined}>
          {label(title)}
        </h1>
      </div>
      {aside === undefined ? null : <div className="page-aside">{aside}</div>}
      {actions === undefined ? null : <div className="page-actions">{actions}</div>}
    </div>
  );
}
